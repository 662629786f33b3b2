extension CollectionLayout {
    /// What differs between this layout and a collection as it is; empty where all is as it should be. What the layout leaves to the
    /// server does not differ.
    public func drift(from info: CollectionInfo) -> [CollectionDrift] {
        self.vectorDrift(from: info) + self.indexes.compactMap { self.drift(of: $0, from: info) } + self.settingDrift(from: info)
    }

    private func vectorDrift(from info: CollectionInfo) -> [CollectionDrift] {
        var drift: [CollectionDrift] = []
        if let dense = info.vectors[VectorName.dense] {
            if dense.size != self.dimensions {
                drift.append(.init(.differentVector, "vector `dense` has \(dense.size) components, not \(self.dimensions)"))
            }
            if dense.distance != self.distance.rawValue {
                let words = "vector `dense` is compared by \(dense.distance), not \(self.distance.rawValue)"
                drift.append(.init(.differentVector, words))
            }
        } else {
            drift.append(.init(.differentVector, "vector `dense` is missing"))
        }
        if let lexical = info.sparseVectors[VectorName.lexical] {
            if lexical.modifier != "idf" {
                drift.append(.init(.differentVector, "sparse vector `lexical` lacks the modifier idf"))
            }
        } else {
            drift.append(.init(.differentVector, "sparse vector `lexical` is missing"))
        }
        return drift
    }

    private func drift(of index: PayloadIndex, from info: CollectionInfo) -> CollectionDrift? {
        guard let found = info.indexes[index.key] else {
            return .init(.missingIndex, "payload index `\(index.key)` is missing")
        }
        if found.type != index.type {
            return .init(.differentIndex, "payload index `\(index.key)` is of type \(found.type), not \(index.type)")
        }
        if index.key == PointKey.tenant, !found.isTenant {
            return .init(.differentIndex, "payload index `\(index.key)` is not marked as the tenant's")
        }
        return nil
    }

    private func settingDrift(from info: CollectionInfo) -> [CollectionDrift] {
        var drift: [CollectionDrift] = []
        func compare<V: Equatable>(_ name: String, _ found: V?, _ wanted: V?, _ kind: CollectionDrift.Kind) {
            guard let wanted, found != wanted else { return }
            let found = found.map { "\($0)" } ?? "left to the server"
            drift.append(.init(kind, "\(name) is \(found), not \(wanted)"))
        }
        compare("shard number", info.shardNumber, self.settings.shardNumber, .fixedSetting)
        // Changing the number alone moves no replica: that is the cluster's operator's to do.
        compare("replication factor", info.replicationFactor, self.settings.replicationFactor, .fixedSetting)
        compare(
            "write consistency factor",
            info.writeConsistencyFactor,
            self.settings.writeConsistencyFactor,
            .differentSetting
        )
        compare("payload on disk", info.payloadOnDisk, self.settings.payloadOnDisk, .differentSetting)
        compare(
            "vectors on disk",
            info.vectors[VectorName.dense].map { $0.onDisk ?? false },
            self.settings.vectorsOnDisk,
            .differentSetting
        )
        if self.settings.quantization == .off, let found = info.quantization {
            drift.append(.init(.differentSetting, "quantization is \(found), not none"))
        }
        compare("quantization", info.quantization, self.settings.quantization?.kind, .differentSetting)
        compare("links of the whole collection (m)", info.links.all, 0, .differentSetting)
        compare("links within a tenant (payload_m)", info.links.withinKey, self.linksPerPoint, .differentSetting)
        return drift
    }
}
