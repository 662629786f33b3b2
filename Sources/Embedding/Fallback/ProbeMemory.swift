public import Foundation
import Synchronization

/// A provider's vectors of the fixed texts of ``SpaceProbe``.
public struct ProbeRecord: Sendable, Equatable {
    public var vectors: [[Float]]
    public var at: Date

    public init(vectors: [[Float]], at: Date) {
        self.vectors = vectors
        self.at = at
    }
}

/// Keeps providers' vectors of the fixed texts, so that they are known while the provider is away.
public protocol ProbeMemory: Sendable {
    func recall(_ key: String) async throws -> ProbeRecord?
    func remember(_ record: ProbeRecord, for key: String) async throws
}

/// The memory of a process that ends with it, and the double for tests.
public final class LocalProbeMemory: ProbeMemory {
    private let records = Mutex<[String: ProbeRecord]>([:])

    public init() {}

    public func recall(_ key: String) async throws -> ProbeRecord? { self.records.withLock { $0[key] } }

    public func remember(_ record: ProbeRecord, for key: String) async throws { self.records.withLock { $0[key] = record } }
}
