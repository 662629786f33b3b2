import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Resilience
import Store

/// Answers the requests of one route: lets in whom it may, reads what it takes, and has it done.
struct RouteResponder: Sendable {
    let route: Route
    /// Until when a body must be there.
    let bodyDeadline: Duration
    let deadlines: Deadlines
    let authenticator: Authenticator
    let budgets: RequestBudgets
    let repeats: RepeatedRequests

    func respond(to request: Request, context: PulseContext) async throws -> Response {
        var context = context
        var balance: RequestBudgets.Balance?
        var response: Response
        var isUnread = Self.hasBody(request)
        do {
            let caller = try await self.caller(request, context: context)
            balance = caller.flatMap { self.budgets.take($0.identity) }
            if let seconds = balance?.retryAfter { throw Problem.overBudget(seconds) }
            try self.admit(caller, context: &context)
            response = try await self.answer(request, caller: caller, context: context, isUnread: &isUnread)
        } catch let error as HTTPParserError {
            throw error
        } catch {
            response = Problem(error).response(logging: error, to: context.logger)
        }
        // What is left of a refused request must not hold the connection, nor be taken for the next one.
        if isUnread, response.headers[.connection] == nil, !(await self.discard(request)) {
            response.headers[.connection] = "close"
        }
        for header in balance?.headers ?? [] { response.headers.set(header.name, header.value) }
        return response
    }

    // MARK: Who

    /// - Returns: nil on routes for everybody.
    private func caller(_ request: Request, context: PulseContext) async throws -> Caller? {
        guard self.route.access != .anyone else { return nil }
        let presented = PresentedKey(
            authorization: request.headers.values("authorization"),
            apiKey: request.headers.values("x-api-key")
        )
        return try await self.authenticator.caller(presented, from: context.address)
    }

    private func admit(_ caller: Caller?, context: inout PulseContext) throws(Problem) {
        guard let caller else { return }
        switch (caller, self.route.access) {
        case (.tenant(let principal), .tenant(let role)):
            context.logger[metadataKey: "tenant"] = .string(principal.tenantName)
            guard principal.role >= role else { throw Problem.forbidden(needed: role, has: principal.role) }
        case (.installation, .installation), (_, .anyone): break
        case (_, let access): throw Problem.wrongKind(needed: access)
        }
    }

    // MARK: What

    private func answer(
        _ request: Request,
        caller: Caller?,
        context: PulseContext,
        isUnread: inout Bool
    ) async throws -> Response {
        let values = try self.values(of: request, context: context)
        if let body = self.route.body {
            try Self.screen(request, for: body)
            isUnread = false
        }
        let bytes = try await self.body(of: request)
        defer { self.route.body?.room?.give(bytes.count) }
        let call = RouteCall(request: request, context: context, caller: caller, values: values, bytes: bytes)
        guard self.route.takesIdempotencyKey, let caller else { return try await self.route.handler(call) }
        return try await self.repeats.once(call, caller: caller, route: self.route) {
            try await self.route.handler(call)
        }
    }

    private func values(of request: Request, context: PulseContext) throws(Problem) -> [String: [String]] {
        let query = try QueryParameters(
            request.uri.query,
            known: self.route.parameters.filter { $0.place == .query }.map(\.name)
        )
        var values = query.values
        for parameter in self.route.parameters {
            switch parameter.place {
            case .path:
                let raw = context.parameters.get(parameter.name) ?? ""
                let text = PercentDecoding.decoded(raw[...], plusIsSpace: false)
                let fault = parameter.schema.fault(of: parameter.schema.value(ofText: text ?? "\0"), at: parameter.name)
                guard let text, fault == nil else {
                    throw Problem.notFound(
                        "there is no such \(parameter.name)",
                        remedy: fault?.remedy ?? "percent-encode it as UTF-8"
                    )
                }
                values[parameter.name] = [text]
            case .query: try Self.check(values[parameter.name] ?? [], of: parameter)
            }
        }
        return values
    }

    private static func check(_ texts: [String], of parameter: RouteParameter) throws(Problem) {
        guard !texts.isEmpty else {
            if parameter.isRequired { throw Problem.invalid(parameter.name, "it is missing", allowed: "add ?\(parameter.name)=") }
            return
        }
        guard case .list(let element, let count) = parameter.schema.kind, parameter.isRepeatable else {
            guard texts.count == 1 else {
                throw Problem.invalid(parameter.name, "it is given more than once", allowed: "give it once")
            }
            let value = parameter.schema.value(ofText: texts[0])
            if let fault = parameter.schema.fault(of: value, at: parameter.name) { throw fault }
            return
        }
        guard count.contains(texts.count) else {
            throw Problem.invalid(
                parameter.name,
                "it has \(texts.count) values",
                allowed: "give at most \(count.upperBound)"
            )
        }
        for text in texts {
            if let fault = element.fault(of: element.value(ofText: text), at: parameter.name) { throw fault }
        }
    }

    private static func hasBody(_ request: Request) -> Bool {
        if let length = request.headers[.contentLength] { return length != "0" }
        return request.headers[.transferEncoding] != nil
    }

    private static func screen(_ request: Request, for body: RouteBody) throws(Problem) {
        let length = request.headers[.contentLength].flatMap(Int.init)
        if let length, length > body.largest { throw Problem.tooLarge(body.largest) }
        try body.screen?(request)
    }

    /// Reads a body that nobody wants, if it is short and comes soon.
    private func discard(_ request: Request) async -> Bool {
        let most = PulseContext.largestBody
        if let length = request.headers[.contentLength].flatMap(Int.init), length > most { return false }
        return (try? await self.collect(request, upTo: most, within: min(self.bodyDeadline, .seconds(2)))) != nil
    }

    private func body(of request: Request) async throws -> [UInt8] {
        guard let body = self.route.body else { return [] }
        let bytes: [UInt8]
        do {
            bytes = try await self.collect(request, upTo: body.largest, within: self.bodyDeadline, room: body.room)
        } catch is NIOTooManyBytesError {
            throw Problem.tooLarge(body.largest)
        }
        guard case .json(let schema) = body.form else { return bytes }
        if bytes.isEmpty, !body.isRequired { return bytes }
        let value = try StrictJSON.value(from: bytes)
        if value == .null, !body.isRequired { return [] }
        if let fault = schema.fault(of: value, at: "body") { throw fault }
        return bytes
    }

    /// A client that sends a byte now and then must not hold a connection for ever.
    ///
    /// - Parameter room: what has come takes so much of it, and not what was announced; it is the caller's to give back.
    private func collect(
        _ request: Request,
        upTo largest: Int,
        within deadline: Duration,
        room: BodyRoom? = nil
    ) async throws -> [UInt8] {
        let body = request.body
        let bytes = try await self.deadlines.run(
            within: deadline,
            { try await Self.collect(body, upTo: largest, room: room) },
            late: { room?.give($0.count) }
        )
        guard let bytes else { throw Problem.slowBody(deadline) }
        return bytes
    }

    private static func collect(_ body: RequestBody, upTo largest: Int, room: BodyRoom?) async throws -> [UInt8] {
        guard let room else { return Array(try await body.collect(upTo: largest).readableBytesView) }
        var bytes: [UInt8] = []
        do {
            for try await part in body {
                guard bytes.count + part.readableBytes <= largest else { throw NIOTooManyBytesError(maxBytes: largest) }
                guard room.take(part.readableBytes) else { throw Problem.noRoom }
                bytes += part.readableBytesView
            }
        } catch {
            room.give(bytes.count)
            throw error
        }
        return bytes
    }
}

extension Problem {
    /// The answer; what the service itself is to blame for goes into the log with its cause.
    func response(logging error: any Error, to logger: Logger) -> Response {
        if self.status.code >= 500 { logger.error("the request failed", metadata: ["error": "\(error)"]) }
        return self.response
    }
}
