public import Foundation

/// Knows what became of failures before.
public protocol RecoveryAdvising: Sendable {
    /// How a failure is best met.
    ///
    /// - Throws: where the memory cannot be asked; whoever asks then decides by the failure's kind alone.
    func strategy(errorType: String, service: String, issue: String, tenant: UUID) async throws -> RecoveryStrategy
}
