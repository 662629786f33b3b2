import Embedding
import Foundation
import Qdrant
import Store
import Vectorization

/// Qdrant: whether it answers, is new enough, and its collections are laid out as they should be.
struct IndexChecks {
    let context: Context
    let asksDatabase: Bool

    func findings() async -> [Finding] {
        let version: QdrantVersion
        do {
            version = try await self.context.qdrant.version()
        } catch {
            return [
                .bad(
                    "qdrant",
                    "it does not answer: \(error)",
                    remedy: "start it, or correct PULSE_QDRANT_URL and PULSE_QDRANT_API_KEY"
                )
            ]
        }
        var findings: [Finding] = []
        if version < QdrantVersion.firstWithConditionalUpsert {
            findings.append(
                .bad(
                    "qdrant",
                    "version \(version) does not support conditional writes: an old vector could replace a newer one",
                    remedy: "use Qdrant \(QdrantVersion.firstWithCorpus) or newer"
                )
            )
        } else if version < QdrantVersion.firstWithCorpus {
            findings.append(
                .doubtful(
                    "qdrant",
                    "version \(version) cannot compute IDF per tenant, so lexical search is disabled",
                    remedy: "use Qdrant \(QdrantVersion.firstWithCorpus) or newer"
                )
            )
        } else {
            findings.append(.good("qdrant", "version \(version) answers"))
        }
        if self.asksDatabase { findings += await self.layouts() }
        return findings
    }

    private func layouts() async -> [Finding] {
        var findings: [Finding] = []
        do {
            var seen: Set<String> = []
            for tenant in try await self.context.store.tenantRecords() where tenant.isActive {
                guard let live = try await self.context.store.liveSpace(tenant: tenant.id), seen.insert(live.collection).inserted
                else { continue }
                guard let info = try await self.context.qdrant.collectionInfo(live.collection) else {
                    findings.append(
                        .bad(
                            "qdrant",
                            "the collection \(live.collection) is missing",
                            remedy: "restore it from a snapshot, or run `pulse audit --repair` for its tenants"
                        )
                    )
                    continue
                }
                let space: VectorSpace
                do {
                    space = try await self.context.definition(ofProvider: live.provider).space
                } catch {
                    findings.append(
                        .doubtful(
                            "qdrant",
                            "the collection \(live.collection) cannot be compared with its provider: \(error)",
                            remedy: "mend the provider of tenant \(tenant.name)"
                        )
                    )
                    continue
                }
                let layout = TenantIndexes.layout(of: space, collection: live.collection, settings: self.context.collections)
                findings += Self.findings(of: layout.drift(from: info), collection: live.collection)
            }
        } catch {
            findings.append(.bad("qdrant", "its collections cannot be looked at: \(error)", remedy: "see Qdrant's log"))
        }
        return findings
    }

    /// What differs, by what helps.
    private static func findings(of drift: [CollectionDrift], collection: String) -> [Finding] {
        guard !drift.isEmpty else { return [.good("qdrant", "the collection \(collection) is laid out as it should be")] }
        let reasons = Dictionary(grouping: drift, by: \.kind.remedy).mapValues { $0.map(\.description).joined(separator: "; ") }
        return reasons.sorted { $0.key < $1.key }.map { remedy, reason in
            .doubtful("qdrant", "the collection \(collection) differs: \(reason)", remedy: remedy)
        }
    }
}

extension CollectionDrift.Kind {
    fileprivate var remedy: String {
        switch self {
        case .missingIndex, .differentIndex, .differentSetting: "`pulse audit --repair` for one of its tenants mends it"
        case .fixedSetting:
            "only a new collection can have it: set it back, or move its tenants to another space with `pulse reindex`"
        case .differentVector: "its points are of another space: move its tenants to another one with `pulse reindex`"
        }
    }
}
