import ArgumentParser
import Foundation
import Store

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Make, list and revoke API keys, of a tenant or of the installation's administrators.",
        subcommands: [Create.self, List.self, Revoke.self]
    )

    /// Whose keys.
    struct Owner: ParsableArguments {
        @Option(name: [.customLong("tenant"), .customShort("t")], help: "The tenant's name.")
        var tenant: String?

        @Flag(help: "Of the installation: they make tenants and keys, and see no tenant's data.")
        var installation = false

        func validate() throws {
            guard (self.tenant == nil) == self.installation else {
                throw ValidationError("give either --tenant or --installation")
            }
        }

        func find(_ administration: Administration) async throws -> Tenant? {
            guard let name = self.tenant else { return nil }
            guard let tenant = try await administration.tenants().first(where: { $0.name == name }) else {
                throw StoreError.unknownTenant(name)
            }
            return tenant
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an API key and print it, once.")

        @OptionGroup var owner: Owner

        @Option(help: "What the key is for.")
        var name: String

        @Option(help: "viewer, operator or administrator; of a tenant's key.")
        var role = "viewer"

        @Option(help: "Days until it expires (default: never).")
        var days: Int?

        func validate() throws {
            guard Principal.Role(rawValue: self.role) != nil else {
                throw ValidationError("--role is \(self.role); it must be viewer, operator or administrator")
            }
            if let days, !(1...36_500).contains(days) { throw ValidationError("--days is \(days); it goes from 1 to 36500") }
            guard !self.name.isEmpty, self.name.utf8.count <= 100, !self.name.utf8.contains(0) else {
                throw ValidationError("--name must have 1 to 100 characters")
            }
        }

        func run() async throws {
            let expiry = self.days.map { Date().addingTimeInterval(Double($0) * 86_400) }
            let key = try await TenantCommand.asOwner { administration in
                if let tenant = try await self.owner.find(administration) {
                    return try await administration.createAPIKey(
                        tenant: tenant.id,
                        name: self.name,
                        role: self.role,
                        expiresAt: expiry
                    )
                }
                return try await administration.createInstallationKey(name: self.name, expiresAt: expiry)
            }
            print(key)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List keys, without their secrets.")

        @OptionGroup var owner: Owner

        @Flag(help: "Print JSON.")
        var json = false

        private struct Output: Encodable {
            var id: String
            var name: String
            var prefix: String
            var role: String
            var active: Bool
            var createdAt: Date
            var expiresAt: Date?
            var revokedAt: Date?
            var lastUsedAt: Date?

            init(_ key: StoredKey) {
                self.id = key.id.uuidString.lowercased()
                self.name = key.name
                self.prefix = key.prefix
                self.role = key.role?.rawValue ?? "installation"
                self.active = key.isInForce
                self.createdAt = key.createdAt
                self.expiresAt = key.expiresAt
                self.revokedAt = key.revokedAt
                self.lastUsedAt = key.lastUsedAt
            }
        }

        func run() async throws {
            let keys = try await TenantCommand.asOwner { administration in
                if let tenant = try await self.owner.find(administration) {
                    return try await administration.keys(tenant: tenant.id)
                }
                return try await administration.installationKeys()
            }
            if self.json {
                try Terminal.printJSON(keys.map(Output.init))
                return
            }
            func text(_ date: Date?) -> String { date?.formatted(.iso8601) ?? "" }
            var table = Table([
                .init("key"), .init("name"), .init("role"), .init("state"), .init("created"), .init("last used"),
                .init("expires"),
            ])
            for key in keys {
                table.add([
                    "\(key.prefix)…", Terminal.plain(key.name), key.role?.rawValue ?? "installation",
                    key.revokedAt != nil ? "revoked" : key.isInForce ? "in force" : "expired", text(key.createdAt),
                    text(key.lastUsedAt), text(key.expiresAt),
                ])
            }
            table.print()
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a key permanently.",
            discussion: "Processes that know it already follow within ten seconds."
        )

        @Argument(help: "The key's id, or its beginning as `pulse key list` shows it.")
        var key: String

        func run() async throws {
            let key = self.key.hasSuffix("…") ? String(self.key.dropLast()) : self.key
            switch try await TenantCommand.asOwner({ try await $0.revoke(key: key) }) {
            case 0: throw Failure("there is no key \(key.prefix(40)); `pulse key list` shows ids and beginnings")
            case 1: print("Key revoked.")
            default: throw Failure("several keys begin with \(key.prefix(40)); give the id, which `pulse key list --json` shows")
            }
        }
    }
}
