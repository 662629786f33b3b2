import Foundation
public import Store

/// What one synchronization came to.
public struct SyncReport: Sendable, Equatable {
    /// A pause that the source asked for or that its trouble made necessary.
    public struct Wait: Sendable, Equatable {
        public var unit: String
        public var seconds: Double
        public var reason: String

        public init(unit: String, seconds: Double, reason: String) {
            self.unit = unit
            self.seconds = seconds
            self.reason = reason
        }
    }

    /// One unit: a list, a repository, a project.
    public struct Unit: Sendable, Equatable {
        public var name: String
        public var pages = 0
        /// Rows read, by table or kind of record.
        public var rows: [String: Int] = [:]
        public var result = IngestionResult()
        public var requests = 0
        public var bytes = 0
        public var waits: [Wait] = []
        public var seconds = 0.0
        /// What a person should know although nothing failed.
        public var notes: [String] = []
        public var failure: ConnectorError?

        public init(name: String) {
            self.name = name
        }
    }

    public enum Ending: Sendable, Equatable {
        /// Every unit was tried.
        case complete
        case cancelled
        /// The credentials are refused, or the source's answers have changed; no other unit could succeed.
        case refused(ConnectorError)
        /// The database did not take a page. Everything before it stands, and the next sync goes on from there.
        case storeFailed(String)
    }

    public var units: [Unit] = []
    public var ending = Ending.complete
    public var seconds = 0.0

    public init() {}

    public var failures: [ConnectorError] { self.units.compactMap(\.failure) }
    /// The failure that says when the next sync is to come: the first that passes by itself, or the one whose source has named the latest
    /// time. Where none passes by itself, the first, if no unit went through; nil if one did.
    public var decisiveFailure: ConnectorError? {
        let failures = self.failures
        let passing = failures.filter(\.isTransient).max { ($0.retryAt ?? .distantPast) < ($1.retryAt ?? .distantPast) }
        return passing ?? (failures.count == self.units.count ? failures.first : nil)
    }

    public var isSuccess: Bool { self.ending == .complete && self.failures.isEmpty }
    public var requests: Int { self.units.reduce(0) { $0 + $1.requests } }
    public var waits: [Wait] { self.units.flatMap(\.waits) }

    public var result: IngestionResult {
        self.units.reduce(into: IngestionResult()) { $0 += $1.result }
    }

    /// Rows read, by table or kind of record, over all units.
    public var rows: [String: Int] {
        self.units.reduce(into: [:]) { $0.merge($1.rows, uniquingKeysWith: +) }
    }
}
