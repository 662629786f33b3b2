import Foundation
import Glibc

/// What the system says of a process.
struct ProcessFigures {
    var pid: Int32

    /// Seconds of processor time, all threads, user and system.
    var processorSeconds: Double {
        get throws {
            let text = try self.text("stat")
            // The name in parentheses may hold anything; user and system time are fields 14 and 15.
            guard let fields = text.split(separator: ")").last?.split(separator: " "), fields.count > 12,
                let user = Double(fields[11]), let system = Double(fields[12])
            else { throw BenchError("/proc tells nothing of process \(self.pid)") }
            return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }

    /// Kilobytes that no file backs.
    var anonymousKilobytes: Int {
        get throws {
            let text = try self.text("status")
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") }),
                let number = Int(line.filter(\.isNumber))
            else { throw BenchError("/proc tells nothing of process \(self.pid)") }
            return number
        }
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: "/proc/\(self.pid)/\(name)", encoding: .utf8)
    }
}
