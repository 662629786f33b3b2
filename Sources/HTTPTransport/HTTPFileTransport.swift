/// A transport for bodies that are too large for memory.
public protocol HTTPFileTransport: HTTPTransport {
    /// Sends `request` and writes the body of a 2xx answer to a file, which it makes anew.
    ///
    /// - Returns: the answer; its body is empty where it went to the file.
    /// - Throws: as ``HTTPTransport/send(_:)``, and where the file cannot be written.
    func download(_ request: HTTPRequest, to path: String) async throws -> HTTPResponse

    /// Sends a file as the one part of a `multipart/form-data` body.
    ///
    /// - Parameters:
    ///   - request: its body and its content type are those of the form.
    ///   - field: the part's name.
    /// - Throws: as ``HTTPTransport/send(_:)``, and where the file cannot be read.
    func upload(_ request: HTTPRequest, file path: String, field: String) async throws -> HTTPResponse
}

/// The bytes around the file of a `multipart/form-data` body (RFC 7578).
public struct MultipartFrame: Sendable, Equatable {
    public var contentType: String
    public var head: [UInt8]
    public var tail: [UInt8]

    /// - Parameter boundary: must not occur in the file.
    public init(boundary: String, field: String, fileName: String) {
        self.contentType = "multipart/form-data; boundary=\(boundary)"
        self.head = Array(
            """
            --\(boundary)\r
            Content-Disposition: form-data; name="\(field)"; filename="\(fileName)"\r
            Content-Type: application/octet-stream\r
            \r

            """.utf8
        )
        self.tail = Array("\r\n--\(boundary)--\r\n".utf8)
    }
}
