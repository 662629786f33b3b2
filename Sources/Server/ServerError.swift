/// Why the server does not start, in one line for a person.
public enum ServerError: Error, Sendable, Equatable, CustomStringConvertible {
    case portInUse(host: String, port: Int)
    case portForbidden(port: Int)
    case addressUnavailable(host: String, reason: String)

    public var description: String {
        switch self {
        case .portInUse(let host, let port):
            "port \(port) of \(host) is in use; stop what uses it, or set PULSE_HTTP_PORT to another port (0 takes any free one)"
        case .portForbidden(let port):
            "port \(port) may not be used by this user; set PULSE_HTTP_PORT to a port from 1024 on"
        case .addressUnavailable(let host, let reason):
            "the server cannot listen on \(host) (\(reason)); set PULSE_HTTP_HOST to an address of this machine"
        }
    }
}
