public import Foundation

/// What a backup of vectors holds; `manifest.json` of its folder, written last, so that a folder with one is whole.
public struct BackupManifest: Sendable, Equatable, Codable {
    public struct Collection: Sendable, Equatable, Codable {
        public var name: String
        /// Within the folder.
        public var file: String
        /// Bytes.
        public var size: Int
        /// SHA-256 in hexadecimal.
        public var sha256: String
    }

    public static let fileName = "manifest.json"

    public var madeAt: Date
    public var qdrantVersion: String
    /// The number that the ledger's sequence had reached before the first snapshot was made.
    public var generation: Int64
    public var collections: [Collection]

    static func read(from folder: URL) throws -> BackupManifest {
        let file = folder.appendingPathComponent(Self.fileName)
        guard let bytes = try? Data(contentsOf: file) else { throw BackupError.noBackup(folder: folder.path) }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .iso8601
        do {
            let manifest = try decoder.decode(BackupManifest.self, from: bytes)
            // A name is not to lead out of the folder.
            guard manifest.collections.allSatisfy({ !$0.file.contains("/") && !$0.file.hasPrefix(".") }) else {
                throw BackupError.damaged(file: file.path, reason: "it names files outside its folder")
            }
            return manifest
        } catch let error as DecodingError {
            throw BackupError.damaged(file: file.path, reason: "\(error)")
        }
    }

    func write(to folder: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        try encoder.encode(self).write(to: folder.appendingPathComponent(Self.fileName), options: .atomic)
    }
}
