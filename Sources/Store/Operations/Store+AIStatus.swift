import Foundation
import Postgres
import PulseModel

extension Store {
    /// Alerts of a progress message, at most; all are counted.
    private static let mostAlerts = 20

    /// What a progress message says of AI operations.
    static func aiStatus(of progress: JobProgress, tenant: UUID, connection: PostgresConnection) async throws -> AIStatus {
        let anomalies = try await Self.unresolved(tenant: tenant, connection: connection)
        let met = progress.processed + progress.failed
        let share = met > 0 ? 100 * Double(progress.processed) / Double(met) : nil
        let score = try await Self.dataQualityScore(tenant: tenant, connection: connection) ?? share
        return AIStatus(
            dataQualityScore: score.map { (10 * $0).rounded() / 10 },
            anomaliesDetected: anomalies.count,
            alerts: anomalies.prefix(Self.mostAlerts).map(\.alert)
        )
    }
}
