import Foundation
import PulseModel
import Store

@testable import Server

/// Doubles of what the executable wires beside the server.
struct ScriptedParts: IntegrationChecking, Auditing, ProviderDesk {
    func read(_ json: String) throws(IntegrationFault) -> IntegrationOutline {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(json.utf8)),
            case .string(let kind)? = value["kind"],
            ["github", "jira"].contains(kind)
        else { throw IntegrationFault(problems: ["kind: is missing; write github or jira"]) }
        return IntegrationOutline(kind: kind, name: nil, baseURL: "https://\(kind).example")
    }

    func test(_ integration: StoredIntegration, tenant: Tenant) async -> String? {
        integration.kind == "github" ? nil : "the source does not answer"
    }

    func audit(tenant: UUID, repair: Bool) async throws -> AuditOutcome {
        AuditOutcome(
            tables: [
                AuditOutcome.Table(
                    table: .pullRequests,
                    rows: 1,
                    points: 1,
                    queued: 0,
                    failed: 0,
                    missing: 0,
                    surplus: 0,
                    stale: 0,
                    foreign: 0,
                    examples: []
                )
            ],
            strays: 0,
            nameless: 0,
            drift: [],
            fixedSettings: [],
            differences: 0,
            repaired: 0
        )
    }

    func outlines(tenant: UUID) async -> [ProviderOutline] {
        [
            ProviderOutline(
                id: "scripted",
                name: "Scripted",
                model: "m",
                space: "scripted-64",
                dimensions: 64,
                pricePerMillionTokens: nil,
                isReady: true
            )
        ]
    }

    func diagnose(_ json: String) -> [ProviderFault] {
        json.contains("\"id\"") ? [] : [ProviderFault(path: "id", problem: "is missing", remedy: "add it")]
    }

    func test(_ id: String, tenant: UUID) async -> ProviderTrial? {
        id == "scripted" ? ProviderTrial(ok: true, dimensions: 64) : nil
    }

    func choose(_ id: String, tenant: UUID) async throws -> ProviderChoice { id == "scripted" ? .chosen : .unknown }

    func keep(_ json: String, id: String, tenant: UUID, by: String) async throws -> ProviderKeeping {
        guard id != "scripted" else { return .taken }
        let faults = self.diagnose(json)
        guard faults.isEmpty else { return .faulty(faults) }
        let outline = ProviderOutline(
            id: id,
            name: "Own",
            model: "m",
            space: "own",
            dimensions: 64,
            pricePerMillionTokens: nil,
            isReady: true,
            isOwn: true
        )
        return .kept(outline, isNew: true)
    }

    func remove(_ id: String, tenant: UUID) async throws -> ProviderRemoval {
        switch id {
        case "own": .removed
        case "scripted": .inUse
        default: .unknown
        }
    }
}
