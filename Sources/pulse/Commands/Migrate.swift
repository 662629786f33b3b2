import ArgumentParser
import Store

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Bring the database's tables up to date.")

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let settings = try await Settings.read()
        let applied = try await Migrator(url: settings.ownerDatabaseURL).run(directory: settings.migrationsDirectory)
        if self.json {
            try Terminal.printJSON(["applied": applied])
        } else if applied.isEmpty {
            print("The database is up to date.")
        } else {
            for file in applied { print("applied \(file)") }
        }
    }
}
