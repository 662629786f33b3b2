import Foundation
import Testing

@testable import Postgres

@Suite("A configuration")
struct ConfigurationTests {
    @Test("Its descriptions show where it leads, never the password")
    func description() throws {
        let configuration = try PostgresConfiguration(url: "postgresql://ann:s3cret@db.example:5433/pulse?connect_timeout=3")
        #expect("\(configuration)" == "ann@db.example:5433/pulse")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("s3cret") && !String(reflecting: configuration).contains("s3cret"))
    }

    @Test(
        "A URL that cannot be read is refused without repeating it",
        arguments: [
            "", "mysql://x", "host=localhost", "postgresql://u:s3cret@h:port/x", "postgresql://h/x?s3cret",
            "postgresql://u:%zzs3cret@h/x",
        ]
    )
    func refusal(url: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: url) }
        #expect(error?.kind == .invalidConfiguration)
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test("A server that is not there is named in the error")
    func nobodyThere() async throws {
        let configuration = try PostgresConfiguration(url: "postgresql://ann:s3cret@127.0.0.1:1/pulse")
        let error = await #expect(throws: PostgresError.self) { try await PostgresConnection.connect(configuration) }
        #expect(error?.kind == .cannotConnect && error?.isTransient == true)
        #expect(error?.message.contains("127.0.0.1:1") == true)
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test("A server that never answers ends in a timeout, or at once when the task is cancelled")
    func silence() async throws {
        let listener = try SilentServer()
        let url = "postgresql://ann@127.0.0.1:\(listener.port)/pulse"
        let impatient = try PostgresConfiguration(url: url, connectTimeout: .milliseconds(300))
        let timeout = await #expect(throws: PostgresError.self) { try await PostgresConnection.connect(impatient) }
        #expect(timeout?.kind == .cannotConnect)
        let patient = try PostgresConfiguration(url: url, connectTimeout: .seconds(60))
        let start = ContinuousClock.now
        let task = Task { try await PostgresConnection.connect(patient) }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        let cancelled = await #expect(throws: PostgresError.self) { _ = try await task.value }
        #expect(cancelled?.kind == .cancelled)
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
