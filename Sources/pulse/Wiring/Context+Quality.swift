import Foundation
import PulseModel
import Store

extension Context {
    /// Assesses what a synchronization has brought in. An assessment that cannot be made harms nothing else.
    func assess(_ integration: StoredIntegration, tenant: UUID) async {
        do {
            let score = try await self.store.assessQuality(tenant: tenant, integration: integration.id)
            self.journal.record(
                [
                    PerformanceMeasurement(
                        .dataQualityScore,
                        score,
                        service: "etl",
                        labels: ["integration": integration.name]
                    )
                ],
                tenant: tenant
            )
            self.logger.info("data assessed", metadata: ["integration": "\(integration.name)", "score": "\(score)"])
        } catch {
            self.logger.warning("the data could not be assessed", metadata: ["error": "\(error)"])
        }
    }
}
