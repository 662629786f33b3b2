import Hummingbird
import Store

/// What can be wrong with a request, whatever its route.
extension Problem {
    /// Of the right shape, but without sense.
    static func unprocessable(_ field: String, _ detail: String, allowed: String) -> Problem {
        Problem(
            status: .unprocessableContent,
            code: "unprocessable",
            title: "The request cannot be processed",
            detail: "\(field): \(detail)",
            remedy: allowed
        )
    }

    static func holdsNUL(_ field: String) -> Problem {
        .unprocessable(field, "a text or a member's name in it holds NUL (U+0000)", allowed: "send it without NUL")
    }

    static func conflict(_ code: String, _ title: String, _ detail: String, remedy: String) -> Problem {
        Problem(status: .conflict, code: code, title: title, detail: detail, remedy: remedy)
    }

    static let unknownCursor = Problem.notFound(
        "the cursor is not valid",
        remedy: "begin without a cursor, and go on with the next_cursor of each page"
    )

    static func methodNotAllowed(_ method: String, allowed: [String]) -> Problem {
        Problem(
            status: .methodNotAllowed,
            code: "method_not_allowed",
            title: "Not with this method",
            detail: "the address takes no \(method.prefix(20))",
            remedy: "use " + allowed.joined(separator: " or "),
            headers: [Header(name: "allow", value: allowed.joined(separator: ", "))]
        )
    }

    static func slowBody(_ deadline: Duration) -> Problem {
        Problem(
            status: .requestTimeout,
            code: "slow_body",
            title: "The body did not arrive",
            detail: "the body was not there within \(deadline)",
            remedy: "send the whole body at once",
            headers: [Header(name: "connection", value: "close")]
        )
    }

    static let noRoom: Problem = {
        var problem = Problem.unavailable("too many large bodies arrive at once", remedy: "send it again in a moment")
        // The rest of the body is not read.
        problem.headers.append(Header(name: "connection", value: "close"))
        return problem
    }()

    static func tooLarge(_ largest: Int) -> Problem {
        var problem = Problem.tooLarge
        problem.detail = "the body of this address has at most \(largest) bytes"
        problem.remedy = "send less at once"
        return problem
    }

    static func wrongKind(needed: RouteAccess) -> Problem {
        Problem(
            status: .forbidden,
            code: "forbidden",
            title: "The key may not do this",
            detail: needed == .installation
                ? "this needs an administrator of the installation; the key belongs to a tenant"
                : "this is done within a tenant; the key belongs to an administrator of the installation, who has none",
            remedy: needed == .installation
                ? "use a key of `pulse key create --installation`" : "use a key of the tenant"
        )
    }

    static func overBudget(_ retryAfter: Int) -> Problem {
        Problem(
            status: .tooManyRequests,
            code: "rate_limited",
            title: "Too many requests",
            detail: "the key has used up its requests for now",
            remedy: "wait as long as Retry-After says; RateLimit tells in each answer how many are left",
            headers: [Header(name: "retry-after", value: String(retryAfter))]
        )
    }

    static func tooManyFailures(_ retryAfter: Int) -> Problem {
        Problem.tooMany(
            "too many requests with unknown keys from this address",
            remedy: "correct the key, and wait as long as Retry-After says",
            retryAfter: retryAfter
        )
    }

    // MARK: Repeated requests

    static let repeatedDifferently = Problem(
        status: .unprocessableContent,
        code: "idempotency_key_reused",
        title: "The idempotency key belongs to another request",
        detail: "a different request was sent with this Idempotency-Key before",
        remedy: "make a new key for each request, and repeat a key only with the very same request"
    )

    static let stillRunning = Problem(
        status: .conflict,
        code: "idempotency_key_in_use",
        title: "The first of these requests is still being answered",
        detail: "a request with this Idempotency-Key is under way",
        remedy: "repeat it in a moment",
        headers: [Header(name: "retry-after", value: "1")]
    )

    static let answerNotKept = Problem(
        status: .conflict,
        code: "answer_not_kept",
        title: "The request was done before",
        detail: "its answer held a secret, which is shown once and was not kept",
        remedy: "make another; set PULSE_ENCRYPTION_KEY so that such answers can be kept, encrypted"
    )
}
