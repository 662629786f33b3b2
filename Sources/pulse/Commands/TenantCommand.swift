import ArgumentParser
import Foundation
import Store

struct TenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant",
        abstract: "Make and list tenants.",
        subcommands: [Create.self, List.self]
    )

    /// Runs `body` as the owner of the tables.
    static func asOwner<R>(_ body: (Administration) async throws -> R) async throws -> R {
        let settings = try await Settings.read()
        let administration = try Administration(url: settings.ownerDatabaseURL)
        do {
            let result = try await body(administration)
            await administration.close()
            return result
        } catch {
            await administration.close()
            throw error
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a tenant and print its API key, once.")

        @Argument(help: "Lower-case letters, digits, - and _.")
        var name: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let (tenant, key) = try await TenantCommand.asOwner { administration in
                let tenant = try await administration.createTenant(named: self.name)
                return (tenant, try await administration.createAPIKey(tenant: tenant.id, name: "first"))
            }
            if self.json {
                try Terminal.printJSON(["id": tenant.id.uuidString.lowercased(), "name": tenant.name, "api_key": key])
            } else {
                print("Tenant \(tenant.name) is made. Its API key, which is shown this one time:")
                print(key)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tenants.")

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let tenants = try await TenantCommand.asOwner { try await $0.tenants() }
            if self.json {
                try Terminal.printJSON(tenants.map { ["id": $0.id.uuidString.lowercased(), "name": $0.name] })
                return
            }
            var table = Table([.init("tenant"), .init("id")])
            for tenant in tenants { table.add([tenant.name, tenant.id.uuidString.lowercased()]) }
            table.print()
        }
    }
}
