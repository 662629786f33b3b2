import HTTPTypes

/// What every answer tells browsers to refrain from.
enum SecurityHeaders {
    /// Answers of the API are data: no page may be made of them, and none is kept.
    static func add(to fields: inout HTTPFields) {
        fields.set("x-content-type-options", "nosniff")
        fields.set("x-frame-options", "DENY")
        fields.set("referrer-policy", "no-referrer")
        fields.set("cross-origin-resource-policy", "same-origin")
        fields.set("cross-origin-opener-policy", "same-origin")
        if fields[.cacheControl] == nil { fields[.cacheControl] = "no-store" }
        if fields[.contentSecurityPolicy] == nil {
            fields[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        }
    }
}
