import AsyncHTTPClient
import AsyncHTTPTransport
import FloatJSON
import Foundation
import HTTPTransport
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Embedding

@Suite("Request bodies go out in pieces")
struct StreamedBodyTests {
    private static let templates = [
        #"{"model":"m","input":"{{texts}}","end":true}"#,
        #"{"requests":{"$each":{"model":"m","content":{"parts":[{"text":"{{text}}"}]}}}}"#,
        #"{"texts":"{{texts}}"}"#, #"{"a":1,"inputText":"{{text}}","b":[2]}"#,
    ]

    private func template(_ text: String, prefix: String) throws -> BodyTemplate {
        BodyTemplate(try JSONNodeParser.parse(Array(text.utf8)), prefix: prefix) { _ in nil }
    }

    /// Texts of every length, with everything that JSON escapes.
    private func text(_ random: inout SplitMix) -> String {
        let alphabet = Array("abc \"\\/\n\t\r\u{8}\u{c}\u{1}\u{1F}äß漢😀e\u{301}")
        let count = [0, 3, 40, 700, 9_000][Int.random(in: 0..<5, using: &random)]
        return String((0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] })
    }

    @Test("The pieces are the body, its length is told exactly, and no piece is large", arguments: 0..<40)
    func pieces(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let prefix = ["", "query: ", "\"\n"][Int.random(in: 0..<3, using: &random)]
        let template = try self.template(Self.templates[Int(seed % 4)], prefix: prefix)
        let texts = (0..<Int.random(in: 0...60, using: &random)).map { _ in self.text(&random) }
        let pieces = template.pieces(for: texts)
        let whole = HTTPBody.pieces(pieces).bytes
        #expect(whole == template.body(for: texts).bytes)
        #expect(whole.count == pieces.length)
        #expect(HTTPBody.pieces(pieces).bytes == whole, "a second time")
        let longest = texts.map { JSONByteWriter.length(of: prefix + $0) }.max() ?? 0
        #expect(pieces.allSatisfy { $0.count <= BodyTemplate.pieceBytes + longest + 200 })
        let strings = Self.strings(try JSONNodeParser.parse(whole))
        #expect(texts.prefix(seed % 4 == 3 ? 1 : texts.count).allSatisfy { strings.contains(prefix + $0) })
    }

    private static func strings(_ node: JSONNode) -> Set<String> {
        switch node.value {
        case .string(let text): [text]
        case .array(let elements): elements.reduce(into: []) { $0.formUnion(self.strings($1)) }
        case .object(let members): members.reduce(into: []) { $0.formUnion(self.strings($1.value)) }
        default: []
        }
    }

    @Test("A small body is one array, a large one is never in memory whole")
    func threshold() throws {
        let template = try self.template(Self.templates[0], prefix: "")
        guard case .bytes = template.body(for: Array(repeating: "short", count: 100)) else {
            Issue.record("100 short texts are in pieces")
            return
        }
        let texts = (0..<2_048).map { "\($0) " + String(repeating: "x", count: 2_000) }
        guard case .pieces(let pieces) = template.body(for: texts) else {
            Issue.record("four megabytes are one array")
            return
        }
        #expect(pieces.reduce(0) { max($0, $1.count) } < BodyTemplate.pieceBytes + 2_100)
    }

    @Test("Over a connection a body in pieces arrives whole, with its length before it")
    func overTheWire() async throws {
        let seen = Mutex<(length: String?, body: [UInt8])>((nil, []))
        let router = Router()
        router.post("embed") { request, _ in
            let body = Array(buffer: try await request.body.collect(upTo: 1 << 24))
            seen.withLock { $0 = (request.headers[.contentLength], body) }
            let count = try FloatScanner.strings(in: body, at: "input[*]").count
            let vectors = Array(repeating: #"{"embedding":[1,0,0,0,0,0,0,0]}"#, count: count).joined(separator: ",")
            return Response(status: .ok, body: .init(byteBuffer: .init(string: #"{"data":[\#(vectors)]}"#)))
        }
        let texts = (0..<1_500).map { "\($0) \"quoted\" " + String(repeating: "wörter ", count: 200) }
        try await Application(router: router).test(.live) { client in
            let port = try #require(client.port)
            let http = HTTPClient(eventLoopGroupProvider: .singleton)
            let result: Result<EmbeddingBatch, any Error>
            do {
                let text = ProviderDefinitionTests.good.replacing("\"items\": 4", with: "\"items\": 2048")
                let provider = try HTTPEmbeddingProvider(
                    definition: try ProviderDefinition.read(bytes: Array(text.utf8), fileName: "acme.json").get(),
                    transport: AsyncHTTPTransport(client: http),
                    environment: { ["ACME_KEY": "k", "ACME_URL": "http://127.0.0.1:\(port)"][$0] }
                )
                result = .success(try await provider.embed(texts, as: .document))
            } catch {
                result = .failure(error)
            }
            try await http.shutdown()
            #expect(try result.get().vectors.count == texts.count)
        }
        let (length, body) = seen.withLock { $0 }
        #expect(length == "\(body.count)" && body.count > 2 << 20)
        #expect(try FloatScanner.strings(in: body, at: "input[*]") == texts)
    }
}
