import FloatJSON
import HTTPTransport

/// Upserts go out in pieces: of a body's points only the encoded ones are in memory, and no second copy of all of them.
extension PointWriter {
    /// A piece holds so many bytes, and one point more at most.
    static let pieceBytes = 256 << 10

    /// The points that go out in one body, encoded: as many as its limit holds, but one at least.
    func encoded(_ points: ArraySlice<VectorPoint>, generation: Int64) throws -> [[UInt8]] {
        let limit = self.scope.client.configuration.maximumRequestBytes
        var encoded: [[UInt8]] = []
        var size = 0
        for point in points {
            let bytes = try self.point(point, generation: generation)
            if !encoded.isEmpty, size + bytes.count + 1 > limit { break }
            size += bytes.count + 1
            encoded.append(bytes)
        }
        return encoded
    }

    /// The body of an upsert of encoded points.
    func upsertBody(_ points: ArraySlice<[UInt8]>, fence: Int64) throws -> HTTPBody {
        let frame = try self.operation.body { json throws(FloatJSONError) in
            self.upsert([[UInt8]](), fence: fence, to: &json)
        }
        // What stands before the points, `{"points":[`, and what follows them.
        let cut = (frame.firstIndex(of: UInt8(ascii: "[")) ?? -1) + 1
        let (head, tail) = (frame[..<cut], frame[cut...])
        let length = points.reduce(frame.count + max(0, points.count - 1)) { $0 + $1.count }
        let pieces = HTTPPieces(length: length) {
            var next = points.startIndex
            var isEnded = false
            return AnyIterator {
                guard !isEnded else { return nil }
                var piece = next == points.startIndex ? Array(head) : []
                while next < points.endIndex, piece.count < Self.pieceBytes {
                    if next > points.startIndex { piece.append(UInt8(ascii: ",")) }
                    piece += points[next]
                    next += 1
                }
                if next == points.endIndex {
                    piece += tail
                    isEnded = true
                }
                return piece
            }
        }
        return length > Self.pieceBytes ? .pieces(pieces) : .bytes(HTTPBody.pieces(pieces).bytes)
    }
}
