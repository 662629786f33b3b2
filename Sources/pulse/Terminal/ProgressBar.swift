import Foundation
import Synchronization

/// One line on standard error that shows how far a long work has come; at anything but a terminal, nothing.
final class ProgressBar: Sendable {
    private let title: String
    private let isShown: Bool
    private let last = Mutex(ContinuousClock.now - .seconds(1))

    init(_ title: String, isShown: Bool = Terminal.errorIsTerminal) {
        self.title = title
        self.isShown = isShown
    }

    /// - Parameters:
    ///   - total: 0 where it is not known.
    ///   - detail: what stands behind the bar.
    func show(done: Int, total: Int, detail: String = "", force: Bool = false) {
        guard self.isShown else { return }
        let isDue = self.last.withLock { last in
            guard force || ContinuousClock.now - last > .milliseconds(80) else { return false }
            last = .now
            return true
        }
        guard isDue else { return }
        let width = 28
        let share = total > 0 ? min(1, Double(done) / Double(total)) : 0
        let filled = Int(share * Double(width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        let figures =
            total > 0
            ? "\(String(format: "%3d", Int(share * 100))) %  \(Terminal.count(done))/\(Terminal.count(total))"
            : Terminal.count(done)
        self.write("\r\u{1b}[2K\(self.title)  \(bar)  \(figures)  \(detail)")
    }

    /// Clears the line.
    func end() {
        guard self.isShown else { return }
        self.write("\r\u{1b}[2K")
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
