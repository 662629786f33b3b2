import Crypto
import Foundation
import Hummingbird
import NIOCore

/// `GET /` and `GET /docs`: the web page and the page of the API, each whole in one answer.
struct PageRoutes: RouteSet {
    private let page: Page
    private let docs: Page

    private struct Page {
        var body: [UInt8]
        var policy: String

        /// Only the page's own script and style run, known by their digests; nothing is loaded from elsewhere.
        init(html: String, style: String, script: String) {
            self.body = Array(html.utf8)
            self.policy =
                "default-src 'none'; script-src '\(PageRoutes.digest(script))'; style-src '\(PageRoutes.digest(style))'; "
                + "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        }

        var response: Response {
            var fields = HTTPFields()
            fields[.contentType] = "text/html; charset=utf-8"
            fields[.contentSecurityPolicy] = self.policy
            fields[.cacheControl] = "no-cache"
            return Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: self.body)))
        }
    }

    init() {
        self.page = Page(
            html: PageMarkup.html(style: PageStyle.text, script: PageScript.text),
            style: PageStyle.text,
            script: PageScript.text
        )
        self.docs = Page(
            html: DocsMarkup.html(style: DocsStyle.text, script: DocsScript.text),
            style: DocsStyle.text,
            script: DocsScript.text
        )
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
            ) { _ in self.page.response },
            Route(
                .get,
                "/docs",
                id: "docs",
                access: .anyone,
                tag: .service,
                summary: "The API, for people: every address, to read and to try",
                answers: [.other("text/html", "The page, whole in one answer.")]
            ) { _ in self.docs.response },
        ]
    }

    static func digest(_ text: String) -> String {
        "sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
    }
}
