public import Foundation

/// Takes what the AI's work has to say of itself. No call waits, and none fails: the work goes on whatever becomes of its figures.
public protocol OperationsRecording: Sendable {
    func record(_ measurements: [PerformanceMeasurement], tenant: UUID)

    /// Something has failed.
    func record(_ failure: LearnedFailure, tenant: UUID)

    /// Work has gone through, which shows that whatever failed for these subjects is over. See ``LearnedFailure/subjects``.
    func recordSuccess(of subjects: [String], tenant: UUID)
}

/// Keeps nothing.
public struct NoRecording: OperationsRecording {
    public init() {}

    public func record(_ measurements: [PerformanceMeasurement], tenant: UUID) {}
    public func record(_ failure: LearnedFailure, tenant: UUID) {}
    public func recordSuccess(of subjects: [String], tenant: UUID) {}
}
