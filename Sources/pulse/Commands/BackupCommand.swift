import ArgumentParser
import Foundation
import Vectorization

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Keep all vectors in a folder, as snapshots that Qdrant makes.",
        discussion: """
            For whoever runs the installation: a collection is shared by all tenants that use its provider. PostgreSQL is kept by its \
            own means (pg_dump, base backups); the vectors can always be made anew from it, so a backup saves time and cost only. Of a \
            cluster it keeps what the node at PULSE_QDRANT_URL has: run it against each node.
            """
    )

    @Argument(help: "The folder; it must not hold a backup yet.", completion: .directory)
    var folder: String

    @Option(help: "Only this collection; may be repeated.")
    var collection: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await Context.run { context in
            let backup = VectorBackup(qdrant: context.qdrant, transport: context.transport)
            let bar = ProgressBar("backing up")
            defer { bar.end() }
            let generation = try await context.store.nextFence()
            let manifest = try await backup.backUp(
                to: URL(fileURLWithPath: self.folder),
                only: self.collection,
                generation: generation
            ) { name, done, total in
                bar.show(done: done, total: total, detail: name, force: true)
            }
            bar.end()
            if self.json {
                try Terminal.printJSON(manifest)
            } else {
                for kept in manifest.collections { print("\(kept.name): \(Terminal.count(kept.size)) bytes in \(kept.file)") }
            }
        }
    }
}
