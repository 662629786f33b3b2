import Embedding
import Foundation
import HTTPTransport
import Logging

extension CatalogProviders {
    /// The providers of a directory, with this process's environment for their secrets.
    static func installed(
        _ catalog: ProviderCatalog,
        modelDirectory: String,
        transport: any HTTPTransport,
        logger: Logger
    ) -> CatalogProviders {
        CatalogProviders(
            catalog: catalog,
            transport: transport,
            environment: { ProcessInfo.processInfo.environment[$0] },
            signingFunctions: .crypto,
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
