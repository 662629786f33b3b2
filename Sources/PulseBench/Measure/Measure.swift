import Glibc

/// Clocks and what becomes of their figures.
enum Measure {
    /// Seconds of processor time of this process, all threads, user and system.
    static var processorSeconds: Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// Seconds of processor time that `body` takes: not spoiled by what else the machine does, unlike the time on the wall.
    static func processorSeconds(_ body: () throws -> Void) rethrows -> Double {
        let before = Self.processorSeconds
        try body()
        return Self.processorSeconds - before
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Kilobytes of this process's memory that no file backs.
    static var anonymousKilobytes: Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("RssAnon:") else { continue }
            return Int(text.filter(\.isNumber)) ?? 0
        }
        return 0
    }

    /// Keeps the compiler from leaving out what only a benchmark computes.
    @inline(never)
    static func use<T>(_ value: T) {}
}
