/// How much of a synchronization is through, by what it says: the units that have ended of those that were planned.
public struct SyncShare: Sendable {
    private var planned = 0
    private var ended = 0

    public init() {}

    /// 0 to 99, for sweeps may follow, and the end is told by itself; nil before the lists of repositories or projects are read.
    public var percent: Double? {
        self.planned > 0 ? min(99, Double(self.ended) / Double(self.planned) * 100) : nil
    }

    public mutating func note(_ progress: SyncProgress) {
        switch progress {
        case .planned(let units):
            self.planned += units
        case .ended(let unit, _) where self.planned > 0 && !unit.hasPrefix("sweep:"):
            self.ended += 1
        case .began, .page, .waiting, .ended: return
        }
    }
}
