import Foundation
import Hummingbird

/// `/openapi.json`: the route table in the words of OpenAPI 3.1.
enum OpenAPIDocument {
    static func bytes(of table: RouteTable, version: String) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        // A tree of plain values always encodes.
        return (try? encoder.encode(Self.json(of: table, version: version))).map(Array.init) ?? []
    }

    static func json(of table: RouteTable, version: String) -> JSONValue {
        var components: [String: JSONValue] = ["Problem": Self.problemSchema]
        var paths: [String: [String: JSONValue]] = [:]
        for route in table.routes {
            paths[route.path, default: [:]][route.method.rawValue.lowercased()] = Self.operation(route, &components)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Pulse",
                "version": .string(version),
                "description": .string(Self.introduction),
            ],
            "servers": [["url": "/"]],
            "tags": .array(RouteTag.allCases.map { ["name": .string($0.rawValue)] }),
            "paths": .object(paths.mapValues(JSONValue.object)),
            "components": [
                "schemas": .object(components),
                "securitySchemes": [
                    "bearer": [
                        "type": "http", "scheme": "bearer",
                        "description": "An API key (`pulse_…`), or a JSON Web Token of the issuer that the installation trusts.",
                    ],
                    "apiKey": ["type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."],
                ],
            ],
        ]
    }

    private static let introduction = """
        Searches a company's Jira and GitHub by meaning. The key decides the tenant: what belongs to another is answered like what \
        does not exist.

        Errors are `application/problem+json` with a `code` for programs and a `remedy` for people. Lists come in pages: give the \
        `next_cursor` of one as `cursor` of the next. Each POST takes an `Idempotency-Key`: repeated with the same one, a request is \
        done once and answered the same for a day. `RateLimit` and `RateLimit-Policy` say how many requests the key has left. \
        `X-Request-ID`, the client's own or a new one, stands in each answer and in the log.
        """

    // MARK: One operation

    private static func operation(_ route: Route, _ components: inout [String: JSONValue]) -> JSONValue {
        var json: [String: JSONValue] = [
            "operationId": .string(route.id),
            "tags": [.string(route.tag.rawValue)],
            "summary": .string(route.summary),
            "responses": .object(Self.responses(route, &components)),
        ]
        var details = route.details.map { [$0] } ?? []
        if let role = route.access.roleName {
            details.append("Needs the role **\(role)**\(role == "viewer" || role == "operator" ? " or a higher one" : "").")
            json["x-pulse-role"] = .string(role)
            json["security"] = [["bearer": []], ["apiKey": []]]
        } else {
            json["security"] = []
        }
        if !details.isEmpty { json["description"] = .string(details.joined(separator: "\n\n")) }
        let parameters = route.parameters.map { Self.parameter($0, &components) } + Self.headers(route)
        if !parameters.isEmpty { json["parameters"] = .array(parameters) }
        if let body = route.body { json["requestBody"] = Self.body(body, &components) }
        return .object(json)
    }

    private static func parameter(_ parameter: RouteParameter, _ components: inout [String: JSONValue]) -> JSONValue {
        var schema = parameter.schema
        schema.note = nil
        var json: [String: JSONValue] = [
            "name": .string(parameter.name),
            "in": .string(parameter.place.rawValue),
            "required": .bool(parameter.isRequired),
            "schema": schema.json(isRequest: false, components: &components),
        ]
        if let note = parameter.schema.note { json["description"] = .string(note) }
        if parameter.isRepeatable {
            json["style"] = "form"
            json["explode"] = true
        }
        return .object(json)
    }

    private static func headers(_ route: Route) -> [JSONValue] {
        guard route.takesIdempotencyKey else { return [] }
        return [
            [
                "name": "Idempotency-Key", "in": "header", "required": false,
                "description": "Makes the request safe to repeat.",
                "schema": ["type": "string", "pattern": "^[!-~]{1,255}$"],
            ]
        ]
    }

    private static func body(_ body: RouteBody, _ components: inout [String: JSONValue]) -> JSONValue {
        let content: [String: JSONValue] =
            switch body.form {
            case .json(let schema): ["application/json": ["schema": schema.json(isRequest: true, components: &components)]]
            case .bytes(let type): [type: [:]]
            }
        return ["required": .bool(body.isRequired), "content": .object(content)]
    }

    // MARK: Answers

    private static func responses(_ route: Route, _ components: inout [String: JSONValue]) -> [String: JSONValue] {
        var responses: [String: JSONValue] = [:]
        for answer in route.answers {
            var json: [String: JSONValue] = ["description": .string(answer.note), "headers": Self.headerDescriptions(route)]
            switch answer.content {
            case .nothing: break
            case .json(let schema):
                json["content"] = ["application/json": ["schema": schema.json(isRequest: false, components: &components)]]
            case .other(let type): json["content"] = .object([type: ["schema": ["type": "string"]]])
            }
            responses[String(answer.status.code)] = .object(json)
        }
        for problem in Self.problems(of: route) {
            let status = String(problem.status.code)
            if case .string(let before)? = responses[status]?["description"] {
                // Such as a 503 that is an answer as well.
                guard responses[status]?["content"]?["application/problem+json"] != nil else { continue }
                responses[status] = Self.problem(before + " " + problem.note, route)
            } else {
                responses[status] = Self.problem(problem.note, route)
            }
        }
        return responses
    }

    private static func problem(_ note: String, _ route: Route) -> JSONValue {
        [
            "description": .string(note),
            "headers": Self.headerDescriptions(route),
            "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
        ]
    }

    private static func headerDescriptions(_ route: Route) -> JSONValue {
        var headers: [String: JSONValue] = [
            "X-Request-ID": ["description": "The id under which the log speaks of the request.", "schema": ["type": "string"]]
        ]
        if route.access != .anyone {
            headers["RateLimit"] = [
                "description": "Requests that are left, and seconds until all are.", "schema": ["type": "string"],
            ]
        }
        return .object(headers)
    }

    /// What a route can answer besides what it says itself.
    static func problems(of route: Route) -> [RouteProblem] {
        var problems = [RouteProblem.other(.badRequest, "A parameter, header or the body is wrong; `detail` names it.")]
        if route.access != .anyone {
            problems += [
                .other(.unauthorized, "There is no key, or none in force."),
                .other(.forbidden, "The key's role does not suffice, or it belongs to no tenant."),
                .other(.tooManyRequests, "The key has used up its requests for now."),
                .other(.serviceUnavailable, "The service is temporarily unavailable."),
            ]
        }
        if route.parameters.contains(where: { $0.place == .path }) { problems.append(.notFound("There is no such thing.")) }
        if route.parameters.contains(where: { $0.name == "cursor" }) {
            problems.append(.notFound("There is no page of the cursor."))
        }
        if route.body != nil {
            problems += [
                .other(.requestTimeout, "The body did not arrive in time."), .other(.contentTooLarge, "The body is too large."),
            ]
        }
        if route.takesIdempotencyKey {
            problems += [
                .unprocessable("The Idempotency-Key belongs to another request."),
                .conflict("A request with this Idempotency-Key is under way, or its answer was not kept."),
            ]
        }
        return problems + route.problems
    }

    private static let problemSchema: JSONValue = [
        "type": "object",
        "description": "RFC 9457, with `code` and `remedy`.",
        "properties": [
            "type": ["type": "string", "description": "`urn:pulse:problem:` and the code."],
            "title": ["type": "string"],
            "status": ["type": "integer"],
            "detail": ["type": "string", "description": "What is wrong."],
            "code": ["type": "string", "description": "For programs."],
            "remedy": ["type": "string", "description": "What to do."],
        ],
        "required": ["type", "title", "status", "detail", "code", "remedy"],
        "additionalProperties": false,
    ]
}
