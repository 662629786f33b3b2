import FloatJSON
import Foundation

extension ExchangeReading {
    /// Of a tenant's file: all of them are matched on each error.
    private static let mostRulesOfTenant = 32

    func errors() -> (message: [JSONPath], code: [JSONPath], rules: [ProviderErrorRule]) {
        guard let object = self.reader.object("errors") else { return ([], [], []) }
        defer { object.finish() }
        if self.origin == .tenant, (object.member("rules")?.elements?.count ?? 0) > Self.mostRulesOfTenant {
            object.report(
                "holds too many rules",
                key: "rules",
                remedy: "a tenant's provider has at most \(Self.mostRulesOfTenant)"
            )
        }
        let rules = object.objects("rules").compactMap { rule -> ProviderErrorRule? in
            defer { rule.finish() }
            let statuses = self.statuses(rule)
            let code = self.pattern(rule, "code")
            let message = self.pattern(rule, "message")
            let action: ProviderErrorRule.Action? = rule.choice("then", default: nil)
            if !["status", "code", "message"].contains(where: rule.has) {
                rule.report("matches everything", remedy: "give it a status, a code or a message")
            }
            return action.map { .init(statuses: statuses, code: code, message: message, action: $0) }
        }
        return (object.jsonPaths("message") ?? [], object.jsonPaths("code") ?? [], rules)
    }

    private func statuses(_ rule: ObjectReader) -> [Int] {
        guard let node = rule.member("status") else { return [] }
        let numbers = (node.elements ?? [node]).map { $0.double.flatMap { Int(exactly: $0) } ?? 0 }
        if numbers.isEmpty || !numbers.allSatisfy({ (300..<600).contains($0) }) {
            rule.report("is no HTTP error status", key: "status", remedy: "a number from 300 to 599, or an array of them")
            return []
        }
        return numbers
    }

    private func pattern(_ rule: ObjectReader, _ key: String) -> String? {
        guard let pattern = rule.string(key) else { return nil }
        do {
            _ = try NSRegularExpression(pattern: pattern)
        } catch {
            rule.report("\"\(pattern)\" is not a regular expression", key: key, remedy: "see ICU's regular expressions")
            return nil
        }
        if self.origin == .tenant {
            let cost = BacktrackingCost.of(pattern, textLength: ErrorClassification.longestMessage)
            guard let cost, cost <= BacktrackingCost.most else {
                rule.report(
                    "\"\(pattern)\" may take too long to match",
                    key: key,
                    remedy: "a tenant's expression is made of \(BacktrackingCost.allowed)"
                )
                return nil
            }
        }
        return pattern
    }

    func retryAfter() -> [RetryAfterForm] {
        self.reader.objects("retryAfter").compactMap { form in
            defer { form.finish() }
            let unit: RetryAfterForm.Unit? = form.choice("unit", default: .secondsOrDate)
            let header = form.string("header")
            let body = form.jsonPath("body")
            guard (header == nil) != (body == nil) else {
                form.report(
                    header == nil ? "names no place" : "names two places",
                    remedy: "give one of \"header\", a header's name, and \"body\", a path"
                )
                return nil
            }
            guard let unit else { return nil }
            return RetryAfterForm(
                place: header.map { .header($0) } ?? body.map { .body($0) } ?? .header("retry-after"),
                unit: unit
            )
        }
    }

    func rateHeaders() -> RateHeaders {
        guard let object = self.reader.object("rateHeaders") else { return RateHeaders() }
        defer { object.finish() }
        return RateHeaders(
            remainingRequests: object.string("remainingRequests"),
            remainingTokens: object.string("remainingTokens"),
            resetRequests: object.string("resetRequests"),
            resetTokens: object.string("resetTokens"),
            limitRequests: object.string("limitRequests"),
            limitTokens: object.string("limitTokens")
        )
    }
}
