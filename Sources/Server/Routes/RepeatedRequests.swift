import Crypto
import Foundation
import Hummingbird
import NIOCore
import Store
import Synchronization

/// Lets a client repeat a request whose answer it has not seen: with the same `Idempotency-Key` it is done once, and answered the
/// same each time, for a day.
struct RepeatedRequests: Sendable {
    let store: any RepeatedRequestStore
    /// Encrypts answers that hold a secret; nil where the installation has no key to do so.
    let cipher: (any SecretSealing)?
    /// How often the claim of a request that is under way is renewed.
    var renewal = Duration.seconds(30)

    func once(
        _ call: RouteCall,
        caller: Caller,
        route: Route,
        _ body: () async throws -> Response
    ) async throws -> Response {
        guard let key = try Self.key(of: call.request) else { return try await body() }
        let digest = Self.digest(of: call)
        switch try await self.store.beginRequest(caller: caller, key: key, digest: digest) {
        case .first: break
        case .other: throw Problem.repeatedDifferently
        case .running: throw Problem.stillRunning
        case .answered(let answer): return try self.replay(answer, caller: caller)
        }
        let response: Response
        do {
            response = try await self.renewing(key, of: caller, body)
        } catch {
            let problem = Problem(error)
            // What failed through no fault of the request, or came at the wrong moment, may be tried again.
            guard problem.status.code < 500, ![408, 429].contains(problem.status.code) else {
                try? await self.store.forgetRequest(caller: caller, key: key)
                throw error
            }
            response = problem.response
        }
        try await self.store.finishRequest(
            caller: caller,
            key: key,
            answer: try await self.kept(response, of: route, caller: caller)
        )
        return response
    }

    /// However long a request takes, nobody takes its repetition for the first one.
    private func renewing(_ key: String, of caller: Caller, _ body: () async throws -> Response) async throws -> Response {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await Task.sleep(for: self.renewal)
                    // One that fails is made up for by the next.
                    try? await self.store.renewRequest(caller: caller, key: key)
                }
            }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    /// - Returns: nil where the request has none.
    private static func key(of request: Request) throws(Problem) -> String? {
        let values = request.headers.values("idempotency-key")
        guard let key = values.first else { return nil }
        guard values.count == 1, (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem.invalid(
                "Idempotency-Key",
                "it cannot be used",
                allowed: "send one of 1 to 255 visible ASCII characters, such as a UUID"
            )
        }
        return key
    }

    private static func digest(of call: RouteCall) -> [UInt8] {
        var hash = SHA256()
        for part in [Data(call.request.method.rawValue.utf8), Data(call.request.uri.string.utf8), Data(call.bytes)] {
            // With its length, so that no two requests read alike.
            withUnsafeBytes(of: UInt64(part.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: part)
        }
        return Array(hash.finalize())
    }

    private func kept(_ response: Response, of route: Route, caller: Caller) async throws -> KeptAnswer {
        let isSecret = route.answersSecret && response.status.kind == .successful
        var answer = KeptAnswer(status: response.status.code, contentType: response.headers[.contentType])
        let bytes = try await response.body.collected()
        if isSecret {
            answer.form = .notKept
            if let cipher = self.cipher {
                answer.body = try cipher.seal(bytes, context: Self.context(caller))
                answer.form = .sealed
            }
        } else {
            answer.body = bytes
        }
        return answer
    }

    private func replay(_ answer: KeptAnswer, caller: Caller) throws -> Response {
        let bytes: [UInt8]
        switch answer.form {
        case .plain: bytes = answer.body
        case .notKept: throw Problem.answerNotKept
        case .sealed:
            guard let opened = try? self.cipher?.open(answer.body, context: Self.context(caller)) else {
                throw Problem.answerNotKept
            }
            bytes = opened
        }
        var fields = HTTPFields()
        if let type = answer.contentType { fields[.contentType] = type }
        fields.set("idempotent-replayed", "true")
        return Response(
            status: HTTPResponse.Status(code: answer.status),
            headers: fields,
            body: bytes.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    private static func context(_ caller: Caller) -> String { "answer \(caller.identity.uuidString)" }
}

extension ResponseBody {
    private struct Collector: ResponseBodyWriter {
        final class Box: Sendable {
            private let bytes = Mutex<[UInt8]>([])
            func add(_ buffer: ByteBuffer) { self.bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) } }
            var all: [UInt8] { self.bytes.withLock { $0 } }
        }

        let box = Box()
        func write(_ buffer: ByteBuffer) async throws { self.box.add(buffer) }
        func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    /// All of a body that is short.
    func collected() async throws -> [UInt8] {
        let collector = Collector()
        try await self.write(collector)
        return collector.box.all
    }
}
