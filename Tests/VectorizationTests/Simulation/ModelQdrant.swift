/// Qdrant as the protocol may count on it, and no better: conditional upserts and deletes by filter are atomic each, and a request
/// that was sent is applied within the write deadline or never.
struct ModelQdrant {
    struct Point: Equatable {
        var fence: Int64
        var version: Int
    }

    enum Request {
        /// Points of `(entity, version)`, chunks `0..<chunks(version)`.
        case upsert([(entity: Int, version: Int)])
        case sweep(present: [Int], absent: [Int])
    }

    /// By entity, then by chunk.
    private(set) var points: [[Int: Point]]
    private var late: [(at: Double, request: Request, fence: Int64)] = []
    private let ignoresCondition: Bool
    /// Set where an earlier claim's point took the place of a later one's.
    private(set) var wentBack = false

    init(entities: Int, ignoresCondition: Bool) {
        self.points = Array(repeating: [:], count: entities)
        self.ignoresCondition = ignoresCondition
    }

    /// How many chunks an entity of this version has.
    static func chunks(_ version: Int) -> Int { version % 3 + 1 }

    mutating func apply(_ request: Request, fence: Int64) {
        switch request {
        case .upsert(let entities):
            for (entity, version) in entities {
                for chunk in 0..<Self.chunks(version) {
                    if let standing = self.points[entity][chunk], standing.fence > fence {
                        guard self.ignoresCondition else { continue }
                        self.wentBack = true
                    }
                    self.points[entity][chunk] = Point(fence: fence, version: version)
                }
            }
        case .sweep(let present, let absent):
            for entity in present { self.points[entity] = self.points[entity].filter { $0.value.fence >= fence } }
            for entity in absent { self.points[entity] = self.points[entity].filter { $0.value.fence > fence } }
        }
    }

    /// The request will be applied at `time`, whether its sender lives or not.
    mutating func applyLater(_ request: Request, fence: Int64, at time: Double) {
        self.late.append((time, request, fence))
    }

    mutating func advance(to now: Double) {
        guard self.late.contains(where: { $0.at <= now }) else { return }
        for entry in self.late.filter({ $0.at <= now }).sorted(by: { $0.at < $1.at }) {
            self.apply(entry.request, fence: entry.fence)
        }
        self.late.removeAll { $0.at <= now }
    }
}
