import Foundation

/// Runs a shell command to its end.
enum ShellCommand {
    /// Not Foundation's `Process`, which waits for daemons that the command leaves behind too. Blocks.
    ///
    /// - Returns: whether it succeeded.
    static func run(_ command: String) -> Bool {
        var process = pid_t()
        let arguments: [UnsafeMutablePointer<CChar>?] = ["/bin/sh", "-c", command].map { (text: String) in strdup(text) }
        let environment = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for copy in arguments + environment { free(copy) } }
        guard posix_spawn(&process, "/bin/sh", nil, nil, arguments + [nil], environment + [nil]) == 0 else { return false }
        var status: Int32 = -1
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status == 0
    }
}
