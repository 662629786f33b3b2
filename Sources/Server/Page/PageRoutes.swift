import Crypto
import Foundation
import Hummingbird
import NIOCore

/// `GET /`: the web page, whole in one answer.
struct PageRoutes: RouteSet {
    private let body: [UInt8]
    private let policy: String

    init() {
        self.body = Array(PageMarkup.html(style: PageStyle.text, script: PageScript.text).utf8)
        // Only the page's own script and style run, known by their digests; nothing is loaded from elsewhere.
        self.policy =
            "default-src 'none'; script-src '\(Self.digest(PageScript.text))'; style-src '\(Self.digest(PageStyle.text))'; "
            + "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }

    var routes: [Route] {
        [
            Route(
                .get,
                "/",
                id: "page",
                access: .anyone,
                tag: .service,
                summary: "The web page",
                answers: [.other("text/html", "The page, whole in one answer.")]
            ) { _ in self.page }
        ]
    }

    private var page: Response {
        var fields = HTTPFields()
        fields[.contentType] = "text/html; charset=utf-8"
        fields[.contentSecurityPolicy] = self.policy
        fields[.cacheControl] = "no-cache"
        return Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: self.body)))
    }

    static func digest(_ text: String) -> String {
        "sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
    }
}
