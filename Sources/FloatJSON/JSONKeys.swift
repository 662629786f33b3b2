/// The members that a reader knows of an object, told apart by their bytes, without a `String` of each: for objects that come by the
/// hundred.
public struct JSONKeys: Sendable {
    /// All of them, each in its quotation marks.
    let bytes: [UInt8]
    /// Where each ends in `bytes`.
    let ends: [Int]
    let names: [String]

    /// - Parameter names: best in the order in which they come.
    public init(_ names: [String]) {
        var (bytes, ends): ([UInt8], [Int]) = ([], [])
        for name in names {
            bytes += [UInt8(ascii: "\"")] + Array(name.utf8) + [UInt8(ascii: "\"")]
            ends.append(bytes.count)
        }
        self.bytes = bytes
        self.ends = ends
        self.names = names
    }

    /// The place of the one that stands, as it is written here, at the beginning of `text`.
    ///
    /// - Parameter likely: the place to try first.
    func place(at text: UnsafeRawBufferPointer, likely: Int) -> Int? {
        var place = likely < self.ends.count ? likely : 0
        for _ in self.ends {
            let start = place == 0 ? 0 : self.ends[place - 1]
            let count = self.ends[place] - start
            let stands = count <= text.count && (0..<count).allSatisfy { text[$0] == self.bytes[start + $0] }
            if stands { return place }
            place = place + 1 == self.ends.count ? 0 : place + 1
        }
        return nil
    }

    /// Bytes of a key with its quotation marks.
    func length(at place: Int) -> Int { self.ends[place] - (place == 0 ? 0 : self.ends[place - 1]) }
}
