/// Who holds which connection, who waits, and what to do next; pure, so that it can be tested without a server.
///
/// A lease is a slot of the pool. Its holder either got an open connection with it or opens one in it. Whoever waits is served
/// in order of arrival.
struct PoolStateMachine {
    typealias ConnectionID = Int
    typealias WaiterID = Int

    /// What a task gets with its lease.
    enum Grant: Hashable {
        /// An open connection.
        case use(ConnectionID)
        /// The right to open the connection with this id, and the duty to say how it went.
        case open(ConnectionID)
    }

    enum Answer: Hashable {
        case granted(Grant)
        case wait
        case closed
    }

    /// What to do when a lease has ended.
    struct Release: Hashable {
        /// A connection to close, now in nobody's hands.
        var close: ConnectionID?
        /// The waiter to wake, with its grant.
        var wake: Waking?
    }

    struct Waking: Hashable {
        var waiter: WaiterID
        var grant: Grant
    }

    let maximum: Int
    /// Open and free; the last one used comes first, so that a quiet pool lets the others rest.
    private(set) var idle: [ConnectionID] = []
    private(set) var leased: Set<ConnectionID> = []
    private(set) var opening: Set<ConnectionID> = []
    private(set) var waiters: [WaiterID] = []
    private(set) var isClosed = false
    private var nextConnection = 0

    init(maximum: Int) { self.maximum = max(1, maximum) }

    var count: Int { self.idle.count + self.leased.count + self.opening.count }

    /// - Parameter isFirst: for a task that has been served already, with a connection that turned out to be broken.
    mutating func acquire(_ waiter: WaiterID, isFirst: Bool = false) -> Answer {
        guard !self.isClosed else { return .closed }
        if isFirst || self.waiters.isEmpty, let grant = self.grant() { return .granted(grant) }
        self.waiters.insert(waiter, at: isFirst ? 0 : self.waiters.endIndex)
        return .wait
    }

    /// The waiter goes away: cancelled, or out of time.
    ///
    /// - Returns: false if it has been served meanwhile.
    mutating func abandon(_ waiter: WaiterID) -> Bool {
        guard let index = self.waiters.firstIndex(of: waiter) else { return false }
        self.waiters.remove(at: index)
        return true
    }

    /// - Returns: false if the pool has been closed meanwhile: close the connection and give up.
    mutating func opened(_ connection: ConnectionID) -> Bool {
        guard self.opening.remove(connection) != nil, !self.isClosed else { return false }
        self.leased.insert(connection)
        return true
    }

    mutating func openingFailed(_ connection: ConnectionID) -> Waking? {
        self.opening.remove(connection)
        return self.serveNext()
    }

    mutating func release(_ connection: ConnectionID, isUsable: Bool) -> Release {
        guard self.leased.remove(connection) != nil else { return Release() }
        let keeps = isUsable && !self.isClosed
        if keeps { self.idle.append(connection) }
        return Release(close: keeps ? nil : connection, wake: self.serveNext())
    }

    /// - Returns: the connections to close and the waiters to turn away. Leased connections are closed when they come back.
    mutating func close() -> (connections: [ConnectionID], waiters: [WaiterID]) {
        defer {
            self.isClosed = true
            self.idle = []
            self.waiters = []
        }
        return (self.idle, self.waiters)
    }

    private mutating func serveNext() -> Waking? {
        guard !self.isClosed, let waiter = self.waiters.first, let grant = self.grant() else { return nil }
        self.waiters.removeFirst()
        return Waking(waiter: waiter, grant: grant)
    }

    private mutating func grant() -> Grant? {
        if let connection = self.idle.popLast() {
            self.leased.insert(connection)
            return .use(connection)
        }
        guard self.count < self.maximum else { return nil }
        self.nextConnection += 1
        self.opening.insert(self.nextConnection)
        return .open(self.nextConnection)
    }
}
