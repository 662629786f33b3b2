/// A text that is not JSON, and where it stops being it; lines and columns count from 1, columns in bytes.
struct JSONSyntaxError: Error, Equatable {
    var line: Int
    var column: Int
    var message: String
}
