import HTTPTransport

/// Which names are looked up now, which wait for their turn, and what the last ones came to: ``NameLookup`` without threads.
///
/// A name is looked up once at a time, for all who ask for it. Names that did not answer the last time, or were never asked for,
/// take no more than half of the threads, and those of one domain an eighth: however many of them hang, those that did answer find
/// one.
struct LookupTurns<Waiter> {
    /// How many names are remembered that have answered.
    static var memory: Int { 4_096 }

    private struct Lookup {
        var waiters: [Int: Waiter] = [:]
        /// Whether it counts among the half that names without an answer may take; nil while it waits for its turn.
        var isUnproven: Bool?
    }

    private struct Known {
        var addresses: [IPAddress]
        var at: ContinuousClock.Instant
    }

    private let threads: Int
    private let freshness: Duration
    private var lookups: [String: Lookup] = [:]
    private var known: [String: Known] = [:]
    /// In the order in which they were asked for.
    private var provenLine: [String] = []
    private var unprovenLine: [String] = []
    private var running = 0
    /// Of those that run, by domain.
    private var unproven: [Substring: Int] = [:]
    private var lastID = 0

    init(threads: Int, freshness: Duration) {
        self.threads = threads
        self.freshness = freshness
    }

    /// Names one who asks.
    mutating func nextID() -> Int {
        self.lastID += 1
        return self.lastID
    }

    /// What the last look-up of a name found, while that is good; nil where it must be looked up.
    func fresh(_ name: String, at now: ContinuousClock.Instant) -> [IPAddress]? {
        guard let known = self.known[name], now - known.at < self.freshness else { return nil }
        return known.addresses
    }

    /// - Returns: the names whose look-ups are to begin.
    mutating func ask(for name: String, id: Int, _ waiter: Waiter) -> [String] {
        if self.lookups[name] != nil {
            self.lookups[name]?.waiters[id] = waiter
            return []
        }
        self.lookups[name] = Lookup(waiters: [id: waiter])
        if self.known[name] == nil { self.unprovenLine.append(name) } else { self.provenLine.append(name) }
        return self.begun()
    }

    /// Somebody waits no longer.
    ///
    /// - Returns: who that was; nil where it has its answer.
    mutating func leave(_ name: String, id: Int) -> Waiter? {
        guard var lookup = self.lookups[name], let waiter = lookup.waiters.removeValue(forKey: id) else { return nil }
        self.lookups[name] = lookup
        if lookup.isUnproven != nil {
            // It has to prove itself again.
            self.known[name] = nil
        } else if lookup.waiters.isEmpty {
            self.lookups[name] = nil
            self.provenLine.removeAll { $0 == name }
            self.unprovenLine.removeAll { $0 == name }
        }
        return waiter
    }

    /// A look-up has ended.
    ///
    /// - Returns: who waited for it, and the names whose look-ups are to begin.
    mutating func end(_ name: String, _ addresses: [IPAddress], at now: ContinuousClock.Instant) -> ([Waiter], [String]) {
        guard let lookup = self.lookups.removeValue(forKey: name) else { return ([], []) }
        self.running -= 1
        if lookup.isUnproven == true {
            let domain = Self.domain(of: name)
            self.unproven[domain] = self.unproven[domain].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
        // An answer that nobody waited for came too late to be proof of anything.
        self.known[name] = addresses.isEmpty || lookup.waiters.isEmpty ? nil : Known(addresses: addresses, at: now)
        if self.known.count > Self.memory, let oldest = self.known.min(by: { $0.value.at < $1.value.at }) {
            self.known[oldest.key] = nil
        }
        return (Array(lookup.waiters.values), self.begun())
    }

    private mutating func begun() -> [String] {
        var names: [String] = []
        while self.running < self.threads, let name = self.next() {
            names.append(name)
            self.running += 1
        }
        return names
    }

    private mutating func next() -> String? {
        if !self.provenLine.isEmpty {
            let name = self.provenLine.removeFirst()
            self.lookups[name]?.isUnproven = false
            return name
        }
        guard self.unproven.values.reduce(0, +) < max(1, self.threads / 2) else { return nil }
        let most = max(1, self.threads / 8)
        guard let place = self.unprovenLine.firstIndex(where: { self.unproven[Self.domain(of: $0), default: 0] < most }) else {
            return nil
        }
        let name = self.unprovenLine.remove(at: place)
        self.lookups[name]?.isUnproven = true
        self.unproven[Self.domain(of: name), default: 0] += 1
        return name
    }

    /// The last two labels of a name: in most domains they have one owner.
    private static func domain(of name: String) -> Substring {
        let labels = name.split(separator: ".")
        return labels.count > 2 ? name[labels[labels.count - 2].startIndex...] : Substring(name)
    }
}
