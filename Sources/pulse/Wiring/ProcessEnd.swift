import Foundation

/// The end of the process.
enum ProcessEnd {
    /// Writes out what was printed, and ends at once.
    ///
    /// Not by `exit`: its handlers take OpenSSL apart, and a thread on which libpq still closes a connection would crash over that.
    static func end(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }
}
