import Foundation
import Sandbox
import Testing

@Test func scaleProbe() async throws {
    let clock = ContinuousClock()
    let t0 = clock.now
    try await withSandbox(SandboxConfiguration(world: .generated(seed: 1, scale: 834))) { client, state async throws in
        let t1 = clock.now
        print("PROBE build", t1 - t0, state.counts.issues, state.counts.pulls)
        var body: [String: Any] = ["jql": "project in (PAY,WEB,MOB,OPS,DATA) ORDER BY updated ASC, id ASC", "fields": ["*all"], "maxResults": 100]
        for n in 0..<5 {
            let t = clock.now
            let a = try await client.post("/jira/rest/api/3/search/jql", body)
            body["nextPageToken"] = a.object["nextPageToken"]
            print("PROBE search page", n, clock.now - t)
        }
        var next: String? = "/github/repos/acme/api/pulls?state=all&sort=updated&direction=desc&per_page=100"
        for n in 0..<3 {
            let t = clock.now
            let a = try await client.get(next ?? "")
            next = a.link("next").map { $0.replacing("http://localhost", with: "") }
            print("PROBE pulls page", n, clock.now - t)
        }
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        print("PROBE", status.split(separator: "\n").filter { $0.hasPrefix("VmHWM") })
    }
}
