public import Foundation

/// Points in order of their ids.
public struct ScrollPage: Sendable, Equatable {
    public var points: [StoredPoint]
    /// Where the next page begins; nil after the last.
    public var next: UUID?

    public init(points: [StoredPoint], next: UUID?) {
        self.points = points
        self.next = next
    }
}
