import ArgumentParser
import Foundation
import Store

struct SecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret",
        abstract: "Keep a tenant's secrets, encrypted with PULSE_ENCRYPTION_KEY; definitions name them as vault:ID.",
        subcommands: [Set.self, List.self, Delete.self, Rotate.self]
    )

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep a secret, or change it; its value is read from the standard input."
        )

        @OptionGroup var tenant: TenantOption

        @Argument(help: "Letters, digits, ., - and _.")
        var id: String

        func validate() throws {
            guard self.id.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._\-]{0,99}/) != nil else {
                throw ValidationError("\(self.id.prefix(100)) is no id; use letters, digits, ., - and _, at most 100")
            }
        }

        func run() async throws {
            // Not as an argument: every user of the machine could read it.
            let data = FileHandle.standardInput.readDataToEndOfFile()
            let value = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard !value.isEmpty, value.utf8.count <= 16_384, !value.utf8.contains(0) else {
                throw Failure(
                    "the secret is read from the standard input, and is empty or too long: printf %s … | pulse secret set"
                )
            }
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let isNew = try await context.store.keepSecret(
                    value,
                    id: self.id,
                    tenant: tenant.id,
                    by: "the command line",
                    cipher: try context.settings.vaultCipher
                )
                try await context.store.noteMended(tenant: tenant.id, knownAfter: .seconds(3))
                print("\(isNew ? "Kept" : "Changed"); definitions name it as vault:\(self.id).")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a tenant's secrets by id, without their values.")

        @OptionGroup var tenant: TenantOption

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let secrets = try await context.store.secrets(tenant: tenant.id)
                if self.json {
                    try Terminal.printJSON(
                        secrets.map { ["id": $0.id, "updated_at": $0.updatedAt.formatted(.iso8601), "updated_by": $0.updatedBy] }
                    )
                    return
                }
                var table = Table([.init("secret"), .init("changed"), .init("by")])
                for secret in secrets {
                    table.add(["vault:\(secret.id)", secret.updatedAt.formatted(.iso8601), Terminal.plain(secret.updatedBy)])
                }
                table.print()
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forget a secret.")

        @OptionGroup var tenant: TenantOption

        @Argument(help: "Its id.")
        var id: String

        func run() async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                guard try await context.store.deleteSecret(self.id, tenant: tenant.id) else {
                    throw Failure("tenant \(tenant.name) has no secret \(self.id.prefix(100)); `pulse secret list` shows them")
                }
                print("Gone.")
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Encrypt all tenants' secrets with the newest key.",
            discussion: """
                To change the key: put the new one into PULSE_ENCRYPTION_KEY and the old one into PULSE_ENCRYPTION_KEYS_OLD, restart the \
                services, run this, and take the old one out again.
                """
        )

        func run() async throws {
            try await Context.run { context in
                guard let cipher = try context.settings.vaultCipher else { throw VaultError.noKey }
                var (count, after) = (0, String?.none)
                while true {
                    let page = try await context.store.tenantRecords(after: after, limit: 500)
                    for tenant in page {
                        do {
                            count += try await context.store.rotateSecrets(tenant: tenant.id, cipher: cipher)
                        } catch let error as VaultError {
                            throw Failure("tenant \(tenant.name): \(error)")
                        }
                    }
                    guard page.count == 500, let last = page.last else { break }
                    after = last.name
                }
                print("\(Terminal.count(count)) secrets were encrypted anew.")
            }
        }
    }
}
