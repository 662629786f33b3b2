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
        return AIStatus(
            dataQualityScore: met > 0 ? (1_000 * Double(progress.processed) / Double(met)).rounded() / 10 : nil,
            anomaliesDetected: anomalies.count,
            alerts: anomalies.prefix(Self.mostAlerts).map(\.alert)
        )
    }
}
