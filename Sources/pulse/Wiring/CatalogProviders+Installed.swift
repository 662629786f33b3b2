import Embedding
import Foundation
import HTTPTransport
import Logging
import Resilience
import Store

extension CatalogProviders {
    /// The providers of a directory, with this process's environment for their secrets, and budgets that all processes share.
    static func installed(
        _ catalog: ProviderCatalog,
        modelDirectory: String,
        transport: any HTTPTransport,
        routes: any HTTPRouting,
        store: Store,
        budgets: AccountBudgets,
        logger: Logger
    ) -> CatalogProviders {
        CatalogProviders(
            catalog: catalog,
            transport: transport,
            routes: routes,
            environment: { ProcessInfo.processInfo.environment[$0] },
            signingFunctions: .crypto,
            limiter: { budgets.limiter(account: $0, policy: $1) },
            probe: SpaceProbe(memory: StoredProbes(store: store)),
            onDevice: { definition throws(EmbeddingError) in
                OnDeviceProvider(model: try OnDeviceModel(directory: modelDirectory), id: definition.id)
            },
            report: { rejected in
                for file in rejected {
                    logger.warning(
                        "a provider file cannot be used",
                        metadata: [
                            "file": "\(file.file)",
                            "reason": "\(file.diagnostics.first?.description ?? "")",
                            "keeps": "\(file.keeps ?? "nothing")",
                        ]
                    )
                }
            }
        )
    }
}
