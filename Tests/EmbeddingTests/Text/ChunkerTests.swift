import Embedding
import Synchronization
import Testing

/// Words count one token, plus two for the marks around each text, as with WordPiece; letters beyond twelve count again.
private struct WordCounter: TokenCounting {
    func count(_ text: String) -> Int {
        text.split(whereSeparator: \.isWhitespace).reduce(2) { $0 + ($1.unicodeScalars.count + 11) / 12 }
    }
}

/// How much text was counted in all.
private final class MeteredCounter: TokenCounting {
    private let total = Mutex(0)
    var bytes: Int { self.total.withLock { $0 } }

    func count(_ text: String) -> Int {
        self.total.withLock { $0 += text.utf8.count }
        return EstimatedTokenCounter().count(text)
    }
}

struct ChunkerTests {
    private static let alphabets = [
        Array("abcdefghij     ..!?\n\n,"), Array("äöüßé e\u{301} 🙂👩‍👩‍👧 .\n"), Array("日本語の文。です！\u{3000}"),
        Array("a\u{300}\u{301}\r\n\t \0x"),
        Array("xyz"), Array(" \n\t"),
    ]

    private func text(seed: Int, length: Int) -> String {
        var generator = SplitMix(seed: UInt64(seed))
        let alphabet = Self.alphabets[seed % Self.alphabets.count]
        return String((0..<length).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] })
    }

    /// The chunk without its heading.
    private func stretch(_ chunk: String, heading: String) -> String {
        guard !heading.isEmpty, let line = chunk.firstIndex(of: "\n") else { return chunk }
        return String(chunk[chunk.index(after: line)...])
    }

    /// Whether every scalar of `body` but white space stands in the stretches, in order, allowing for overlap.
    private func covers(_ stretches: [String], body: String) -> Bool {
        let wanted = body.unicodeScalars.filter { !$0.properties.isWhitespace }.map(\.value)
        // How far the stretches so far may reach: repetitive texts match in several places.
        var reached: Set<Int> = [0]
        for stretch in stretches {
            let found = stretch.unicodeScalars.filter { !$0.properties.isWhitespace }.map(\.value)
            var next: Set<Int> = []
            for covered in reached {
                for start in max(0, covered - found.count)...covered where start + found.count <= wanted.count {
                    if wanted[start..<start + found.count].elementsEqual(found) { next.insert(max(covered, start + found.count)) }
                }
            }
            reached = next
        }
        return reached.contains(wanted.count)
    }

    @Test(
        "Every character of the body stands in the chunks in order, no chunk passes the limit, and it is the same each time",
        arguments: 0..<240
    )
    func properties(seed: Int) {
        let body = self.text(seed: seed, length: [0, 1, 40, 400, 3000][seed % 5])
        let heading = seed % 3 == 0 ? "" : "PAY-\(seed) heading of some words"
        let limit = [24, 40, 120][seed % 3]
        let counters: [any TokenCounting] = [WordCounter(), EstimatedTokenCounter()]
        let counter = counters[seed / 7 % 2]
        let chunker = Chunker(limit: limit, overlap: limit / 10, counter: counter)
        let chunks = chunker.chunks(heading: heading, body: body)
        #expect(!chunks.isEmpty)
        #expect(chunks.allSatisfy { $0.contains { !$0.isWhitespace } })
        #expect(chunks.allSatisfy { counter.count($0) <= limit })
        #expect(chunks == chunker.chunks(heading: heading, body: body))
        if body.contains(where: { !$0.isWhitespace }) {
            let isCovered = self.covers(chunks.map { self.stretch($0, heading: heading) }, body: body)
            #expect(isCovered)
        }
    }

    @Test("Characters of several scalars stay whole", arguments: [1, 7, 13, 3, 9])
    func characters(seed: Int) {
        let body = self.text(seed: seed, length: 2000)
        let chunks = Chunker(limit: 60, overlap: 6, counter: EstimatedTokenCounter()).chunks(heading: "", body: body)
        #expect(chunks.count > 10)
        let known = Set(body)
        for chunk in chunks { #expect(chunk.allSatisfy { known.contains($0) }, "\(chunk)") }
    }

    @Test("A text that fits is one chunk, heading first")
    func fits() {
        let chunker = Chunker(limit: 256, overlap: 25, counter: WordCounter())
        #expect(
            chunker.chunks(heading: "PAY-1", body: " The card is refused.\n\nAgain. ") == [
                "PAY-1\nThe card is refused.\n\nAgain."
            ]
        )
        #expect(chunker.chunks(heading: "", body: "Body") == ["Body"])
        #expect(chunker.chunks(heading: "PAY-1", body: " \n ") == ["PAY-1"])
        #expect(chunker.chunks(heading: "", body: "") == [Chunker.placeholder])
    }

    @Test("A chunk ends at a paragraph where one ends near the limit, else at a sentence")
    func boundaries() {
        let paragraph = "One two three four. Five six seven eight. Nine ten."
        let body = Array(repeating: paragraph, count: 8).joined(separator: "\n\n")
        let chunks = Chunker(limit: 36, overlap: 0, counter: WordCounter()).chunks(heading: "H", body: body)
        #expect(chunks.count > 2)
        #expect(chunks.allSatisfy { $0.hasSuffix("Nine ten.") })
        let sentences = Array(repeating: "One two three four.", count: 30).joined(separator: " ")
        let cut = Chunker(limit: 30, overlap: 0, counter: WordCounter()).chunks(heading: "", body: sentences)
        #expect(cut.count > 3)
        #expect(cut.allSatisfy { $0.hasSuffix("four.") })
    }

    @Test("Neighbouring chunks share whole sentences up to the overlap")
    func overlap() {
        let body = (1...60).map { "Sentence number \($0) is here." }.joined(separator: " ")
        let chunks = Chunker(limit: 60, overlap: 12, counter: WordCounter()).chunks(heading: "", body: body)
        for (before, after) in zip(chunks, chunks.dropFirst()) {
            let first = String(after.prefix { $0 != "." }) + "."
            #expect(first.hasPrefix("Sentence number"))
            #expect(before.contains(first))
        }
    }

    @Test("A heading that is too long is cut, and the body still has room")
    func longHeading() {
        let counter = EstimatedTokenCounter()
        let heading = String(repeating: "endless heading ", count: 500)
        let chunks = Chunker(limit: 64, overlap: 6, counter: counter).chunks(
            heading: heading,
            body: String(repeating: "body ", count: 300)
        )
        #expect(chunks.allSatisfy { counter.count($0) <= 64 && $0.hasPrefix("endless heading") && $0.contains("\nbody") })
        let line = Chunker(limit: 64, overlap: 6, counter: counter).chunks(heading: "two\nlines", body: "b")
        #expect(line == ["two lines\nb"])
    }

    @Test(
        "Large bodies take counting in proportion to their length",
        arguments: [
            String(repeating: "The quick brown fox jumps. ", count: 7600), String(repeating: "x", count: 200_000),
            String(repeating: "word ", count: 40_000), String(repeating: "日", count: 66_000),
            "a" + String(repeating: "\u{301}", count: 100_000),
        ]
    )
    func linear(body: String) {
        let counter = MeteredCounter()
        let start = ContinuousClock().now
        let chunks = Chunker(limit: 256, overlap: 25, counter: counter).chunks(heading: "PAY-1 Heading", body: body)
        #expect(ContinuousClock().now - start < .seconds(20))
        #expect(chunks.count > 100)
        #expect(counter.bytes < body.utf8.count * 8)
        #expect(chunks.allSatisfy { EstimatedTokenCounter().count($0) <= 256 })
    }

    @Test("Letters without a space count more than words, and words what they did")
    func unbrokenLetters() {
        let counter = EstimatedTokenCounter()
        #expect(counter.count("Customers were charged twice after a time-out.") == 17)
        #expect(counter.count(String(repeating: "a", count: 20)) == 7)
        // Tokenizers make a token of one to two characters of base64, keys and digests.
        var generator = SplitMix(seed: 7)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        let base64 = String((0..<3_000).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] })
        #expect((1_700...2_300).contains(counter.count(base64)))
        let digest = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
        #expect((20...27).contains(counter.count(digest)))
        // A file that knows of a tokenizer with smaller pieces is believed.
        let bytes = EstimatedTokenCounter(charactersPerToken: 1)
        #expect(bytes.count(String(repeating: "a", count: 300)) == 300)
        for chunk in Chunker(limit: 256, overlap: 25, counter: counter).chunks(heading: "Key", body: base64) {
            #expect(counter.count(chunk) <= 256)
        }
    }

    @Test("The estimate never counts fewer tokens for two parts than for the whole")
    func estimate() {
        let counter = EstimatedTokenCounter()
        #expect(counter.count("") == 0)
        #expect(counter.count("abc") == 1)
        #expect(counter.count("日本") == 4)
        #expect(counter.count("{\"a\":1}") >= 5)
        for seed in 0..<60 {
            let text = self.text(seed: seed, length: 200)
            let cut = text.index(text.startIndex, offsetBy: text.count / 3)
            #expect(counter.count(String(text[..<cut])) + counter.count(String(text[cut...])) >= counter.count(text))
        }
    }
}
