import ArgumentParser
import Foundation
import Store
import Vectorization

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring vectors back from a folder of `pulse backup`, and advance the generation counter past every point.",
        discussion: """
            Each collection of the backup becomes what it was, whatever stands in it now. Stop `pulse serve` and `pulse vectorize` \
            before. Afterwards, index and rows agree again by `pulse audit --repair` for each tenant.

            Points are numbered by a sequence in PostgreSQL, and a newer number overwrites an older one. After a restore, of the vectors \
            or of PostgreSQL, the sequence is lifted above every point's number. Without a folder only this is done: run it so once \
            PostgreSQL itself was restored.
            """
    )

    @Argument(help: "The folder of the backup.", completion: .directory)
    var folder: String?

    @Option(help: "Only this collection; may be repeated.")
    var collection: [String] = []

    @Flag(name: .shortAndLong, help: "Do it without asking.")
    var yes = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if self.folder == nil, !self.collection.isEmpty { throw ValidationError("--collection goes with a folder") }
    }

    private struct Output: Encodable {
        var restored: [String]
        var greatestGeneration: Int64
        var wasLifted: Bool
    }

    func run() async throws {
        try await Context.run { context in
            let backup = VectorBackup(qdrant: context.qdrant, transport: context.transport)
            var restored: [String] = []
            if let folder = self.folder {
                try self.requireConsent(folder)
                let bar = ProgressBar("restoring")
                defer { bar.end() }
                restored = try await backup.restore(
                    from: URL(fileURLWithPath: folder),
                    only: self.collection
                ) { name, done, total in
                    bar.show(done: done, total: total, detail: name, force: true)
                }.collections.map(\.name)
            }
            let greatest = try await backup.greatestGeneration()
            let administration = try Administration(url: context.settings.ownerDatabaseURL)
            let wasLifted: Bool
            do {
                wasLifted = try await administration.liftGeneration(above: greatest)
                await administration.close()
            } catch {
                await administration.close()
                throw error
            }
            if self.json {
                try Terminal.printJSON(Output(restored: restored, greatestGeneration: greatest, wasLifted: wasLifted))
            } else {
                for name in restored { print("Restored \(name).") }
                print(
                    wasLifted
                        ? "The generations go on above \(greatest), the greatest of any point."
                        : "The generations are above every point's already."
                )
                print("Now run `pulse audit --repair` for each tenant: then rows, ledger and index agree.")
            }
        }
    }

    private func requireConsent(_ folder: String) throws {
        if self.yes { return }
        guard Terminal.inputIsTerminal, !self.json else {
            throw Failure("restoring \(folder) overwrites its collections; pass --yes to do it")
        }
        print("Overwrite the collections of \(folder)? [y/N] ", terminator: "")
        fflush(nil)
        guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else { throw Failure("nothing was done") }
    }
}
