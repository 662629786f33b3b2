import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import PulseModel
import Store
import Testing

@testable import Server

@Suite("The jobs over HTTP", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
struct JobRoutesTests {
    private static let path = "/api/v1/jobs"

    private func put(_ state: JobState, _ world: TestWorld) async throws {
        _ = try await world.database.query(
            "UPDATE etl_jobs SET status = $1::text, owner = NULL, request = NULL WHERE tenant_id = $2 AND job_name = 'sleep_job'",
            [.text(state.rawValue), .uuid(world.acme)]
        )
    }

    @Test("Each transition is made or refused with 409 and the reason", arguments: JobState.allCases)
    func transitions(_ state: JobState) async throws {
        try await TestWorld.with { world in
            try await world.store.ensureJobs()
            try await world.serve { client in
                for command in JobCommand.allCases {
                    for force in command.canBeForced ? [false, true] : [false] {
                        try await self.put(state, world)
                        let uri = "\(Self.path)/sleep_job/\(command.rawValue)\(force ? "?force=true" : "")"
                        let answer = try await client.send(.post, uri, key: world.administratorKey)
                        let transition = command.transition(force: force)
                        if let next = try? state.after(transition) {
                            #expect(answer.status == .ok)
                            #expect(try answer.member("state") == next.rawValue)
                        } else {
                            let refusal = RefusedTransition(state: state, transition: transition)
                            #expect(answer.status == .conflict)
                            #expect(try answer.member("code") == "refused_transition")
                            #expect(try answer.member("detail")?.contains(refusal.description) == true)
                            let hint: String? =
                                switch transition {
                                case .start, .resume: "`start?force=true`"
                                case .stop: "`stop?force=true`"
                                default: nil
                                }
                            let remedy = try answer.member("remedy") ?? ""
                            #expect(hint.map { remedy.contains($0) } ?? !remedy.contains("force"), "\(uri): \(remedy)")
                        }
                    }
                }
            }
        }
    }

    @Test("A running job that a process holds is asked, and the answer is 202")
    func asked() async throws {
        try await TestWorld.with { world in
            try await world.store.ensureJobs()
            _ = try await world.database.query(
                """
                UPDATE etl_jobs SET status = 'RUNNING', owner = gen_random_uuid(), heartbeat_at = now()
                WHERE tenant_id = $1 AND job_name = 'sleep_job'
                """,
                [.uuid(world.acme)]
            )
            try await world.serve { client in
                let answer = try await client.send(.post, "\(Self.path)/sleep_job/pause", key: world.administratorKey)
                #expect(answer.status == .accepted)
                #expect(try answer.member("state") == "RUNNING")
                let one = try await client.send(.get, "\(Self.path)/sleep_job", key: world.viewerKey)
                #expect(String(buffer: one.body).contains(#""request":{"by":"key "#))
            }
        }
    }

    @Test("An emergency stop takes an administrator, holds the tenant's jobs only, and is ended by starting the orchestrator")
    func emergency() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                for path in ["emergency-stop", "orchestrator/start"] {
                    let refused = try await client.send(.post, "\(Self.path)/\(path)", key: world.viewerKey)
                    #expect(refused.status == .forbidden)
                }
                let stopped = try await client.send(.post, "\(Self.path)/emergency-stop?why=fire", key: world.administratorKey)
                #expect(stopped.status == .ok)
                let held = try await client.send(.post, "\(Self.path)/sleep_job/resume", key: world.administratorKey)
                #expect(held.status == .conflict)
                #expect(try held.member("code") == "halted")
                let listed = try await client.send(.get, Self.path, key: world.viewerKey)
                #expect(String(buffer: listed.body).contains(#""reason":"fire""#))
                let rival = try await client.send(.post, "\(Self.path)/sleep_job/start", key: world.rivalKey)
                #expect(try rival.member("state") == "PENDING")

                let started = try await client.send(.post, "\(Self.path)/orchestrator/start", key: world.administratorKey)
                #expect(started.status == .ok)
                #expect(!String(buffer: started.body).contains("halted"))
                let resumed = try await client.send(.post, "\(Self.path)/sleep_job/resume", key: world.administratorKey)
                #expect(try resumed.member("state") == "RUNNING")
            }
        }
    }

    @Test("What is wrong with a request is said, and viewers only look")
    func refusals() async throws {
        try await TestWorld.with { world in
            for name in ["one", "two"] {
                _ = try await world.store.saveIntegration(
                    tenant: world.acme,
                    name: name,
                    kind: "jira",
                    baseURL: "https://jira.example",
                    configuration: "{}"
                )
            }
            try await world.serve { client in
                #expect(try await client.send(.post, "\(Self.path)/sleep_job/start", key: world.viewerKey).status == .forbidden)
                #expect(try await client.send(.get, Self.path, key: nil).status == .unauthorized)
                for (uri, status) in [
                    ("nothing_job/start", HTTPResponse.Status.notFound), ("github_job/start", .notFound),
                    ("jira_job/start", .badRequest),
                    ("jira_job/start?integration=three", .notFound), ("sleep_job/start?force=yes", .badRequest),
                    ("sleep_job/pause?force=true", .badRequest), ("sleep_job/explode", .notFound),
                    ("vectorization_job/stop", .conflict), ("jira_job/start?integration=two", .ok),
                ] {
                    let answer = try await client.send(.post, "\(Self.path)/\(uri)", key: world.administratorKey)
                    #expect(answer.status == status, "\(uri)")
                }
                let runs = try await client.send(.get, "\(Self.path)/jira_job/runs?limit=5", key: world.viewerKey)
                #expect(String(buffer: runs.body) == #"{"runs":[]}"#)
                #expect(
                    try await client.send(.get, "\(Self.path)/jira_job/runs?limit=0", key: world.viewerKey).status == .badRequest
                )
                #expect(try await client.send(.get, "\(Self.path)/no%00job", key: world.viewerKey).status == .notFound)
            }
        }
    }
}
