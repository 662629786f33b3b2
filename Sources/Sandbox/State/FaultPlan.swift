/// The faults that are in force, asked once for each request.
struct FaultPlan: Sendable {
    private var entries: [(fault: Fault, random: SeededRandom)] = []

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    mutating func add(_ fault: Fault) {
        entries.append((fault, SeededRandom(seed: fault.seed)))
    }

    mutating func clear() {
        entries = []
    }

    /// The first fault that hits a request for this path. A fault with no hits left is gone.
    ///
    /// - Returns: its kind, and a seed for what it leaves open.
    mutating func strike(path: String) -> (kind: Fault.Kind, seed: UInt64)? {
        for index in entries.indices where path.hasPrefix(entries[index].fault.pathPrefix) {
            let number = entries[index].random.next()
            let chance = Double(number >> 11) / Double(1 << 53)
            guard chance < entries[index].fault.probability else { continue }
            let kind = entries[index].fault.kind
            if let count = entries[index].fault.count {
                entries[index].fault.count = count - 1
                if count <= 1 { entries.remove(at: index) }
            }
            return (kind, number)
        }
        return nil
    }
}
