import ArgumentParser
import Foundation
import PulseModel
import Store

struct MappingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mapping",
        abstract: "Show and set what issue types and statuses count as.",
        discussion: """
            Pulse derives all of it from Jira's hierarchy levels and status categories. What is set here stays as it is set; \
            everything that shows it is queued to be indexed again.
            """,
        subcommands: [List.self, SetType.self, SetStatus.self, SetStep.self, Reset.self],
        defaultSubcommand: List.self
    )

    /// The Jira integration that a mapping belongs to.
    struct Target: ParsableArguments {
        @OptionGroup var tenant: TenantOption

        @Option(help: "The Jira integration, where the tenant has several.")
        var integration: String?

        func find(in store: Store) async throws -> (tenant: Tenant, integration: StoredIntegration) {
            let tenant = try await self.tenant.find(in: store)
            let known = try await store.integrations(tenant: tenant.id).filter { integration in
                integration.kind == "jira" && (self.integration == nil || integration.name == self.integration)
            }
            guard let only = known.first else {
                throw Failure(
                    "tenant \(tenant.name) has no such Jira integration; `pulse integration list` shows those there are"
                )
            }
            guard known.count == 1 else {
                throw Failure(
                    "tenant \(tenant.name) has several; name one with --integration: \(known.map(\.name).joined(separator: ", "))"
                )
            }
            return (tenant, only)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show levels, types, statuses and workflow steps.")

        @OptionGroup var tenant: TenantOption

        @Flag(help: "Print JSON.")
        var json = false

        private struct Row: Encodable {
            var kind: String
            var integration: String
            var project: String?
            var from: String
            var to: String
            var detail: String
            var manual: Bool
        }

        func run() async throws {
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                let rows = try await context.store.configuration(tenant: tenant.id)
                if self.json {
                    try Terminal.printJSON(
                        rows.map { row in
                            Row(
                                kind: row.kind,
                                integration: row.integration,
                                project: row.project,
                                from: row.from,
                                to: row.to,
                                detail: row.detail,
                                manual: row.isManual
                            )
                        }
                    )
                    return
                }
                var table = Table([
                    .init("integration"), .init("kind"), .init("project"), .init("from"), .init("to"), .init("detail"),
                    .init("set by"),
                ])
                for row in rows {
                    table.add([
                        row.integration, row.kind, row.project ?? "", row.from, row.to, row.detail,
                        row.isManual ? "a person" : "Pulse",
                    ])
                }
                table.print()
            }
        }
    }

    struct SetType: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "type", abstract: "Set what an issue type counts as.")

        @Argument(help: "The type's name in Jira.")
        var from: String

        @Argument(help: "What it counts as.")
        var to: String

        @Option(help: "The hierarchy level: -1 sub-task, 0 story, 1 epic, and above.")
        var level: Int

        @OptionGroup var target: Target

        func validate() throws {
            try MappingCommand.requireNames(self.from, self.to)
            guard (-1...100).contains(self.level) else {
                throw ValidationError("--level is \(self.level); it goes from -1 to 100")
            }
        }

        func run() async throws {
            try await MappingCommand.set(self.target) { store, tenant, integration in
                try await store.setConfiguration(
                    tenant: tenant,
                    integration: integration,
                    types: [TypeMapping(from: self.from, to: self.to, levelNumber: self.level)]
                )
            }
        }
    }

    struct SetStatus: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "status", abstract: "Set what a status counts as.")

        @Argument(help: "The status's name in Jira.")
        var from: String

        @Argument(help: "What it counts as.")
        var to: String

        @Option(help: "new, indeterminate or done, as Jira names the categories.")
        var category: String

        @Option(help: "Only in the project of this key.")
        var project = "*"

        @Option(help: "The workflow step, as workflow/step.")
        var step: String?

        func validate() throws { try MappingCommand.requireNames(self.from, self.to, self.project) }

        @OptionGroup var target: Target

        func run() async throws {
            guard let category = StatusCategory(rawValue: self.category) else {
                throw ValidationError("--category is \(self.category); it must be new, indeterminate or done")
            }
            try await MappingCommand.set(self.target) { store, tenant, integration in
                try await store.setConfiguration(
                    tenant: tenant,
                    integration: integration,
                    statuses: [
                        StatusMapping(project: self.project, from: self.from, to: self.to, category: category, step: self.step)
                    ]
                )
            }
        }
    }

    struct SetStep: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "step", abstract: "Set a step of a workflow.")

        @Argument(help: "The workflow.")
        var workflow: String

        @Argument(help: "The step's name.")
        var step: String

        @Option(help: "Its place, from 1.")
        var number: Int

        @Option(help: "new, indeterminate or done.")
        var category: String

        @Flag(help: "Work counts as promised from this step on.")
        var commitment = false

        @OptionGroup var target: Target

        func validate() throws {
            try MappingCommand.requireNames(self.workflow, self.step)
            guard (1...1_000).contains(self.number) else {
                throw ValidationError("--number is \(self.number); it goes from 1 to 1000")
            }
        }

        func run() async throws {
            guard let category = StatusCategory(rawValue: self.category) else {
                throw ValidationError("--category is \(self.category); it must be new, indeterminate or done")
            }
            try await MappingCommand.set(self.target) { store, tenant, integration in
                try await store.setConfiguration(
                    tenant: tenant,
                    integration: integration,
                    steps: [
                        WorkflowStep(
                            workflow: self.workflow,
                            step: self.step,
                            number: self.number,
                            category: category,
                            isCommitmentPoint: self.commitment
                        )
                    ]
                )
            }
        }
    }

    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give a row back to Pulse; the next sync derives it again.")

        enum Kind: String, ExpressibleByArgument, CaseIterable {
            case type
            case status
            case step

            var table: EntityTable {
                switch self {
                case .type: .witsMappings
                case .status: .statusesMappings
                case .step: .workflows
                }
            }
        }

        @Argument(help: "type, status or step.")
        var kind: Kind

        @Argument(help: "The type's name, project/status (*/Done), or workflow/step.")
        var name: String

        @OptionGroup var target: Target

        func run() async throws {
            try await Context.run { context in
                let (tenant, integration) = try await self.target.find(in: context.store)
                let released = try await context.store.releaseConfiguration(
                    tenant: tenant.id,
                    integration: integration.id,
                    table: self.kind.table,
                    externalID: self.name
                )
                guard released else {
                    throw Failure("nobody has set \(self.kind.rawValue) \(self.name); `pulse mapping` shows what is set")
                }
                print("\(self.name) is Pulse's again; the next `pulse sync jira` derives it.")
            }
        }
    }

    /// Names are what people see: some text, and not a page of it.
    private static func requireNames(_ names: String...) throws {
        for name in names where name.allSatisfy(\.isWhitespace) || name.count > 255 {
            throw ValidationError("a name has 1 to 255 characters; this one has \(name.count)")
        }
    }

    private static func set(
        _ target: Target,
        _ body: (Store, UUID, UUID) async throws -> IngestionResult
    ) async throws {
        try await Context.run { context in
            let (tenant, integration) = try await target.find(in: context.store)
            let result = try await body(context.store, tenant.id, integration.id)
            print(
                result.written == 0
                    ? "That is how it stands already."
                    : "Set; \(Terminal.count(result.queued)) rows are queued to be indexed again."
            )
        }
    }
}
