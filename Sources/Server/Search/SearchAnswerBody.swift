import FloatJSON
import Hummingbird
import NIOCore
import Search

/// The JSON of a search's answer, written straight into bytes: an encoder that looks at types would cost more than the ranking.
struct SearchAnswerBody {
    let answer: SearchAnswer
    let request: SearchRequest

    init(_ answer: SearchAnswer, to request: SearchRequest) {
        self.answer = answer
        self.request = request
    }

    var bytes: [UInt8] {
        var json = JSONByteWriter(capacity: 1_024 + self.answer.hits.count * 1_024)
        json.object { json in
            // Why only a part of the search could answer.
            if let degraded = self.answer.degraded { Self.member("degraded", degraded, in: &json) }
            json.key("hits")
            json.array { json in
                for hit in self.answer.hits { Self.write(hit, to: &json) }
            }
            Self.member("mode", self.request.mode.rawValue, in: &json)
            Self.member("query", self.request.query, in: &json)
            Self.member("took_ms", (self.answer.milliseconds * 100).rounded() / 100, in: &json)
        }
        return json.bytes
    }

    var response: Response {
        var fields = HTTPFields()
        fields[.contentType] = JSONAnswer.contentType
        return Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: self.bytes)))
    }

    private static func write(_ hit: SearchHit, to json: inout JSONByteWriter) {
        json.object { json in
            self.member("external_id", hit.externalID, in: &json)
            json.key("linked")
            json.array { json in
                for linked in hit.linked {
                    json.object { json in
                        self.member("external_id", linked.externalID, in: &json)
                        self.member("table", linked.table.rawValue, in: &json)
                        self.member("title", linked.title, in: &json)
                        if let url = linked.url { self.member("url", url, in: &json) }
                    }
                }
            }
            self.member("score", hit.score, in: &json)
            self.member("snippet", hit.snippet, in: &json)
            self.member("source", hit.table.source.rawValue, in: &json)
            self.member("table", hit.table.rawValue, in: &json)
            self.member("title", hit.title, in: &json)
            if let url = hit.url { self.member("url", url, in: &json) }
            json.key("why")
            json.object { json in
                if let dense = hit.reason.dense, dense.isFinite { self.member("dense", dense, in: &json) }
                json.key("key")
                json.bool(hit.reason.key)
                if let lexical = hit.reason.lexical, lexical.isFinite { self.member("lexical", lexical, in: &json) }
            }
        }
    }

    private static func member(_ key: String, _ text: String, in json: inout JSONByteWriter) {
        json.key(key)
        json.string(text)
    }

    /// A number that is none is written as 0.
    private static func member(_ key: String, _ number: Double, in json: inout JSONByteWriter) {
        json.key(key)
        // A finite number can always be written.
        try? json.double(number.isFinite ? number : 0)
    }
}
