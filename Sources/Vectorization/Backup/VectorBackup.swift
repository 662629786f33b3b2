import Crypto
public import Foundation
public import HTTPTransport
public import Qdrant

/// Keeps the vectors of an installation, all tenants' together, as Qdrant's own snapshots in a folder, and brings them back.
///
/// The database is kept by its own means. A restored index and a database of another moment are made to agree by
/// `pulse audit --repair`; for that the generation sequence must be above every restored point's, or an old point could never be
/// overwritten.
public struct VectorBackup: Sendable {
    private let qdrant: QdrantClient
    private let snapshots: QdrantSnapshots

    private static let prefix = "pulse_"

    public init(qdrant: QdrantClient, transport: any HTTPFileTransport) {
        self.qdrant = qdrant
        self.snapshots = QdrantSnapshots(client: qdrant, transport: transport)
    }

    /// - Parameters:
    ///   - folder: is made where it is missing.
    ///   - only: these collections; all of Pulse's where empty.
    ///   - generation: drawn from the ledger's sequence now.
    ///   - progress: the collection that is kept, and how many are kept already.
    /// - Throws: ``BackupError``, ``QdrantError``, or what the folder's disk says.
    public func backUp(
        to folder: URL,
        only: [String] = [],
        generation: Int64,
        progress: (_ collection: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
    ) async throws -> BackupManifest {
        let all = try await self.qdrant.collections().filter { $0.hasPrefix(Self.prefix) }.sorted()
        if let unknown = only.first(where: { !all.contains($0) }) { throw BackupError.unknownCollection(unknown, known: all) }
        let names = only.isEmpty ? all : only
        guard !names.isEmpty else { throw BackupError.nothingToKeep }
        let files = FileManager.default
        guard !files.fileExists(atPath: folder.appendingPathComponent(BackupManifest.fileName).path) else {
            throw BackupError.exists(folder: folder.path)
        }
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        var manifest = BackupManifest(
            madeAt: Date(),
            qdrantVersion: try await self.qdrant.version().description,
            generation: generation,
            collections: []
        )
        for name in names {
            try Task.checkCancellation()
            progress(name, manifest.collections.count, names.count)
            manifest.collections.append(try await self.keep(name, in: folder))
        }
        try manifest.write(to: folder)
        return manifest
    }

    private func keep(_ collection: String, in folder: URL) async throws -> BackupManifest.Collection {
        let snapshot = try await self.snapshots.create(of: collection)
        let file = folder.appendingPathComponent("\(collection).snapshot")
        do {
            try await self.snapshots.download(snapshot.name, of: collection, to: file.path)
        } catch {
            _ = try? await self.snapshots.delete(snapshot.name, of: collection)
            throw error
        }
        // On the server it has served its purpose, and takes as much room as the collection.
        try await self.snapshots.delete(snapshot.name, of: collection)
        let (size, digest) = try Self.digest(of: file)
        if let checksum = snapshot.checksum, checksum.lowercased() != digest {
            throw BackupError.damaged(file: file.path, reason: "its SHA-256 is not what Qdrant said")
        }
        return BackupManifest.Collection(name: collection, file: file.lastPathComponent, size: size, sha256: digest)
    }

    /// - Parameters:
    ///   - only: these collections; all of the backup where empty.
    ///   - progress: the collection that is restored, and how many are restored already.
    /// - Returns: the backup, of which the collections are those that were restored.
    /// - Throws: ``BackupError``, ``QdrantError``.
    public func restore(
        from folder: URL,
        only: [String] = [],
        progress: (_ collection: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
    ) async throws -> BackupManifest {
        var manifest = try BackupManifest.read(from: folder)
        let known = manifest.collections.map(\.name)
        if let unknown = only.first(where: { !known.contains($0) }) { throw BackupError.unknownCollection(unknown, known: known) }
        if !only.isEmpty { manifest.collections.removeAll { !only.contains($0.name) } }
        // All of them before the first is touched.
        for collection in manifest.collections {
            let file = folder.appendingPathComponent(collection.file)
            guard FileManager.default.fileExists(atPath: file.path) else {
                throw BackupError.damaged(file: file.path, reason: "it is missing")
            }
            guard try Self.digest(of: file) == (collection.size, collection.sha256) else {
                throw BackupError.damaged(file: file.path, reason: "it is not the file that was written")
            }
        }
        for (number, collection) in manifest.collections.enumerated() {
            progress(collection.name, number, manifest.collections.count)
            try await self.snapshots.restore(
                collection.name,
                from: folder.appendingPathComponent(collection.file).path,
                checksum: collection.sha256
            )
        }
        return manifest
    }

    /// The greatest generation of any point in Pulse's collections; 0 where there is none. The ledger's sequence must be above it.
    public func greatestGeneration() async throws -> Int64 {
        var greatest: Int64 = 0
        for name in try await self.qdrant.collections() where name.hasPrefix(Self.prefix) {
            do {
                greatest = max(greatest, try await self.snapshots.greatestGeneration(in: name) ?? 0)
            } catch let error as QdrantError where error.kind == .notFound {
                // Dropped since it was listed: it has no points.
                continue
            }
        }
        return greatest
    }

    private static func digest(of file: URL) throws -> (size: Int, sha256: String) {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        var digest = SHA256()
        var size = 0
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
            digest.update(data: piece)
            size += piece.count
        }
        let hexadecimal = digest.finalize().map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
        return (size, hexadecimal)
    }
}
