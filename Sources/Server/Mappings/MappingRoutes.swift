import Foundation
import Hummingbird
import Logging
import PulseModel
import Store

/// What issue types and statuses count as: shown, set by a person, and given back to Pulse.
struct MappingRoutes: RouteSet {
    let store: Store

    var routes: [Route] { [self.list] + MappingKind.allCases.flatMap { [self.set($0), self.release($0)] } }

    private struct Row: Encodable {
        enum CodingKeys: String, CodingKey {
            case kind, integration, project, from, to, detail
            case isManual = "manual"
        }

        var kind: String
        var integration: String
        var project: String?
        var from: String
        var to: String
        var detail: String
        var isManual: Bool

        static let schema = Schema.object(
            .required("kind", .choice(["level", "type", "status", "step"])),
            .required("integration", .text),
            .optional("project", .text, "A project's key, or `*` for all without a mapping of their own."),
            .required("from", .text),
            .required("to", .text),
            .required("detail", .text),
            .required("manual", .boolean, "Whether a person set it; else Pulse derived it.")
        ).named("Mapping")
    }

    private static let integration = RouteParameter.query(
        "integration",
        .text(.plain(1...200)),
        "The Jira integration's name; needed where the tenant has several."
    )

    private var list: Route {
        Route(
            .get,
            "/api/v1/mappings",
            id: "listMappings",
            access: .viewer,
            tag: .mappings,
            summary: "What levels, issue types, statuses and workflow steps count as",
            answers: [.ok(.object(.required("mappings", .list(of: Row.schema))), "All of them.")]
        ) { call in
            let rows = try await self.store.configuration(tenant: try call.tenant).map { row in
                Row(
                    kind: row.kind,
                    integration: row.integration,
                    project: row.project,
                    from: row.from,
                    to: row.to,
                    detail: row.detail,
                    isManual: row.isManual
                )
            }
            return try call.answer(["mappings": rows])
        }
    }

    private func set(_ kind: MappingKind) -> Route {
        Route(
            .put,
            "/api/v1/mappings/\(kind.rawValue)",
            id: kind.setID,
            access: .operator,
            tag: .mappings,
            summary: kind.summary,
            details:
                "Stays as it is set through every synchronization; what shows it is queued, what is derived from it is derived anew.",
            parameters: [Self.integration],
            body: .json(kind.schema),
            answers: [
                .ok(
                    .object(
                        .required("changed", .count, "0 where it stood so already."),
                        .required("queued", .count, "Documents that are indexed again.")
                    ),
                    "It is set."
                )
            ],
            problems: [.notFound("There is no such Jira integration."), .unprocessable("The tenant has several; name one.")]
        ) { call in
            let tenant = try call.tenant
            let integration = try await self.integration(call.text("integration"), tenant: tenant)
            var types: [TypeMapping] = []
            var statuses: [StatusMapping] = []
            var steps: [WorkflowStep] = []
            switch kind {
            case .types: types = [try call.body(TypeMappingFields.self).mapping]
            case .statuses: statuses = [try call.body(StatusMappingFields.self).mapping]
            case .steps: steps = [try call.body(WorkflowStepFields.self).workflowStep]
            }
            let result = try await self.store.setConfiguration(
                tenant: tenant,
                integration: integration,
                types: types,
                statuses: statuses,
                steps: steps
            )
            call.logger.info("a mapping was set", metadata: ["kind": "\(kind.rawValue)", "by": "\(call.actor)"])
            return try call.answer(["changed": result.written, "queued": result.queued])
        }
    }

    private func release(_ kind: MappingKind) -> Route {
        Route(
            .delete,
            "/api/v1/mappings/\(kind.rawValue)",
            id: kind.releaseID,
            access: .operator,
            tag: .mappings,
            summary: "Give a row that a person has set back to Pulse; the next synchronization derives it again",
            parameters: [
                .query("name", .text(.plain(1...600)), "A type's name, `project/status`, or `workflow/step`.", isRequired: true),
                Self.integration,
            ],
            answers: [.noContent("It is Pulse's again.")],
            problems: [
                .notFound("Nobody has set it, or there is no such Jira integration."),
                .unprocessable("The tenant has several; name one."),
            ]
        ) { call in
            let tenant = try call.tenant
            let name = call.text("name") ?? ""
            let released = try await self.store.releaseConfiguration(
                tenant: tenant,
                integration: try await self.integration(call.text("integration"), tenant: tenant),
                table: kind.table,
                externalID: name
            )
            guard released else {
                throw Problem.notFound("nobody has set \(name.prefix(200))", remedy: "`GET /api/v1/mappings` shows what is set")
            }
            call.logger.info("a mapping was given back", metadata: ["kind": "\(kind.rawValue)", "by": "\(call.actor)"])
            return call.noContent
        }
    }

    private func integration(_ name: String?, tenant: UUID) async throws -> UUID {
        let known = try await self.store.integrations(tenant: tenant).filter { integration in
            integration.kind == SourceKind.jira.rawValue && (name == nil || integration.name == name)
        }
        guard let only = known.first else {
            throw Problem.notFound(
                "there is no such Jira integration",
                remedy: "add one with `pulse integration add`, or name one that is there"
            )
        }
        guard known.count == 1 else {
            throw Problem.unprocessable(
                "integration",
                "there are several",
                allowed: "name one: " + known.map(\.name).joined(separator: ", ")
            )
        }
        return only.id
    }
}
