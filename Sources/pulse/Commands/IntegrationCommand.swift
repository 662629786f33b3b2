import ArgumentParser
import Connectors
import Foundation
import Store

struct IntegrationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "integration",
        abstract: "Connect a tenant to GitHub and Jira.",
        subcommands: [Add.self, List.self, Test.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an integration from its JSON file, or change the one of its name.",
            discussion: """
                {"kind":"github","base_url":"https://api.github.com","organization":"acme","token":"env:GITHUB_TOKEN"}
                {"kind":"jira","base_url":"https://acme.atlassian.net","email":"…","api_token":"env:JIRA_TOKEN","projects":["PAY"]}
                """
        )

        @OptionGroup var tenant: TenantOption

        @Argument(help: "The file.", completion: .file(extensions: ["json"]))
        var file: String

        @Option(help: "A name; the file's own, else the kind, where left out.")
        var name: String?

        func run() async throws {
            let bytes: Data
            do {
                bytes = try Data(contentsOf: URL(fileURLWithPath: self.file))
            } catch {
                throw Failure("\(self.file) cannot be read; give the path of an integration's JSON file")
            }
            let definition: IntegrationDefinition
            do {
                definition = try IntegrationDefinition(json: bytes)
            } catch {
                throw Failure("\(self.file): \(error)")
            }
            let name = self.name ?? definition.name ?? definition.kind
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let known = try await context.store.integrations(tenant: tenant.id).first { $0.name == name }
                if let known, known.kind != definition.kind {
                    throw Failure("an integration \(name) of kind \(known.kind) exists; choose another with --name")
                }
                _ = try await context.store.saveIntegration(
                    tenant: tenant.id,
                    name: name,
                    kind: definition.kind,
                    baseURL: definition.baseURL,
                    configuration: String(decoding: bytes, as: UTF8.self)
                )
                print("\(known == nil ? "Added" : "Changed") \(name) (\(definition.kind), \(definition.baseURL)).")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a tenant's integrations.")

        @OptionGroup var tenant: TenantOption

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let integrations = try await context.store.integrations(tenant: tenant.id)
                if self.json {
                    try Terminal.printJSON(
                        integrations.map { integration in
                            [
                                "id": integration.id.uuidString.lowercased(), "name": integration.name, "kind": integration.kind,
                                "base_url": integration.baseURL,
                            ]
                        }
                    )
                    return
                }
                var table = Table([.init("name"), .init("kind"), .init("address")])
                for integration in integrations { table.add([integration.name, integration.kind, integration.baseURL]) }
                table.print()
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Check the credentials of a tenant's sources.")

        @OptionGroup var tenant: TenantOption

        @Option(help: "Only the integration of this name.")
        var integration: String?

        func run() async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let sources = try await Source.all(
                    of: tenant,
                    named: self.integration,
                    kind: nil,
                    isBrief: true,
                    context: context
                )
                var failed = false
                for source in sources {
                    do {
                        try await source.test()
                        print("\(Terminal.styled("ok", .green))  \(source.integration.name)  \(source.integration.baseURL)")
                    } catch {
                        failed = true
                        print("\(Terminal.styled("no", .red))  \(source.integration.name)  \(error)")
                    }
                }
                if failed { throw ExitCode.failure }
            }
        }
    }
}
