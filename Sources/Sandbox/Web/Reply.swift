import Hummingbird

/// An answer before it becomes bytes.
struct Reply: Sendable {
    var status: Int
    var json: JSONValue?
    var headers: [(name: String, value: String)] = []
    /// Names the page where the path does not.
    var page: String?

    static func json(_ value: JSONValue, status: Int = 200) -> Reply {
        Reply(status: status, json: value)
    }

    static func empty(_ status: Int) -> Reply {
        Reply(status: status, json: nil)
    }

    func response() -> Response {
        response(bytes: json?.serialized())
    }

    /// - Parameter bytes: the body, where it is serialized already.
    func response(bytes: [UInt8]?) -> Response {
        var fields = HTTPFields()
        for (name, value) in headers { fields.set(name, value) }
        guard let bytes else { return Response(status: .init(code: status), headers: fields) }
        fields.set("content-type", "application/json; charset=utf-8")
        return Response(status: .init(code: status), headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

extension HTTPFields {
    /// Sets a field whose name is a valid token; others are dropped.
    mutating func set(_ name: String, _ value: String) {
        guard let name = Element.Name(name) else { return }
        self[name] = value
    }

    func value(_ name: String) -> String? {
        Element.Name(name).flatMap { self[$0] }
    }
}
