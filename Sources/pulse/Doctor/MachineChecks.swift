import Foundation

/// This machine: room on its disk.
struct MachineChecks {
    private static let least = 1_000_000_000

    func findings() -> [Finding] {
        let path = FileManager.default.currentDirectoryPath
        guard let attributes = try? FileManager.default.attributesOfFileSystem(forPath: path),
            let free = (attributes[.systemFreeSize] as? NSNumber)?.intValue
        else { return [] }
        let gigabytes = String(format: "%.1f GB", Double(free) / 1e9)
        return [
            free >= Self.least
                ? .good("disk", "\(gigabytes) are free at \(path)")
                : .doubtful(
                    "disk",
                    "only \(gigabytes) are free at \(path)",
                    remedy: "make room; PostgreSQL and Qdrant stop where none is left"
                )
        ]
    }
}
