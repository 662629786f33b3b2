import CLibPQ
import Foundation

extension LibPQConnection {
    static func start(_ configuration: PostgresConfiguration) throws(PostgresError) -> OpaquePointer {
        // Later keywords win, and `dbname` unfolds into what the URL says. Keepalives find a peer that is gone without a word.
        let options = [
            ("fallback_application_name", configuration.applicationName),
            ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ("dbname", configuration.url),
            ("client_encoding", "UTF8"),
        ]
        let copies = options.map { (strdup($0.0), strdup($0.1)) }
        defer {
            for copy in copies {
                free(copy.0)
                free(copy.1)
            }
        }
        let keywords = copies.map { $0.0.map { UnsafePointer($0) } } + [nil]
        let values = copies.map { $0.1.map { UnsafePointer($0) } } + [nil]
        guard let pointer = PQconnectStartParams(keywords, values, 1) else {
            throw PostgresError(kind: .cannotConnect, message: "Out of memory.")
        }
        return pointer
    }

    static func finishConnecting(
        _ pointer: OpaquePointer,
        _ configuration: PostgresConfiguration,
        _ interruption: WakeUp
    ) throws(PostgresError) {
        let deadline = ContinuousClock.now + configuration.connectTimeout
        guard PQstatus(pointer) != CONNECTION_BAD else { throw self.refusal(pointer, configuration) }
        var state = PGRES_POLLING_WRITING
        while state != PGRES_POLLING_OK {
            let events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
            let ready = interruption.wait(for: PQsocket(pointer), events: Int32(events), timeout: deadline - .now)
            if interruption.isSignalled { throw PostgresError(kind: .cancelled, message: "Cancelled while connecting.") }
            guard ready else {
                throw PostgresError(
                    kind: .cannotConnect,
                    message: "\(configuration) did not answer within \(configuration.connectTimeout)."
                )
            }
            state = PQconnectPoll(pointer)
            if state == PGRES_POLLING_FAILED { throw self.refusal(pointer, configuration) }
        }
    }

    private static func refusal(_ pointer: OpaquePointer, _ configuration: PostgresConfiguration) -> PostgresError {
        PostgresError(kind: .cannotConnect, message: "\(configuration): \(self.trimmed(PQerrorMessage(pointer)))")
    }

    func beginSession(_ configuration: PostgresConfiguration) throws(PostgresError) {
        do throws(PostgresError) {
            let settings = configuration.settings
            let calls = settings.indices.map { "set_config($\($0 * 2 + 1)::text, $\($0 * 2 + 2)::text, false)" }
            let sql = "SELECT " + calls.joined(separator: ", ")
            _ = try self.execute(sql, EncodedParameters(settings.flatMap { [.text($0.name), .text($0.value)] }))
            if let setRole = configuration.setRole { _ = try self.execute(setRole) }
        } catch {
            // A session that cannot begin is no session: the caller must not take it for a failed statement.
            var error = error
            if error.kind == .connectionLost { error.kind = .cannotConnect }
            throw error
        }
    }
}
