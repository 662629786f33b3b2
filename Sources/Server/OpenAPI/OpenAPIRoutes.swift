import Foundation
import Hummingbird
import NIOCore

/// `GET /openapi.json`: the description of the API, itself included.
struct OpenAPIRoutes: RouteSet {
    private let document: ByteBuffer

    init(describing others: [Route], version: String) {
        // What it answers does not matter for what is said of it.
        let table = RouteTable(others + [Self.route(answering: ByteBuffer())])
        self.document = ByteBuffer(bytes: OpenAPIDocument.bytes(of: table, version: version))
    }

    var routes: [Route] { [Self.route(answering: self.document)] }

    private static func route(answering document: ByteBuffer) -> Route {
        Route(
            .get,
            "/openapi.json",
            id: "openapi",
            access: .anyone,
            tag: .service,
            summary: "This description",
            answers: [.ok(.map(of: .anything), "OpenAPI 3.1.")]
        ) { _ in
            var fields = HTTPFields()
            fields[.contentType] = "application/json; charset=utf-8"
            fields[.cacheControl] = "no-cache"
            return Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: document))
        }
    }
}
