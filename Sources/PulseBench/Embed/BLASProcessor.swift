import COpenBLAS
import Foundation

/// OpenBLAS takes a processor that is younger than itself for one of the oldest, and is then a fifth as fast as it can be: no limit to
/// be measured by.
enum BLASProcessor {
    /// Begins this program anew, with the processor named to OpenBLAS, where it has not known it.
    static func name() {
        let environment = ProcessInfo.processInfo.environment
        guard environment["OPENBLAS_CORETYPE"] == nil, let core = openblas_get_corename().map({ String(cString: $0) }),
            ["Prescott", "Core2", "Generic", "Nehalem", "Penryn"].contains(core),
            let flags = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
                .split(separator: "\n").first(where: { $0.hasPrefix("flags") })?.split(separator: " ")
        else { return }
        let better = flags.contains("avx512bw") ? "SKYLAKEX" : flags.contains("avx2") ? "HASWELL" : core
        guard better != core else { return }
        print("OpenBLAS takes this processor for a \(core); it is told that it is a \(better)")
        fflush(nil)
        setenv("OPENBLAS_CORETYPE", better, 1)
        let arguments = CommandLine.arguments.map { strdup($0) } + [nil]
        execv("/proc/self/exe", arguments)
    }
}
