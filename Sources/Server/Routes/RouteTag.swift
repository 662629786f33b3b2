/// The chapters of the API's description.
enum RouteTag: String, Sendable, CaseIterable {
    case search = "Search"
    case jobs = "Jobs"
    case vectorization = "Vectorization"
    case progress = "Progress"
    case integrations = "Integrations"
    case secrets = "Secrets"
    case providers = "Providers"
    case mappings = "Mappings"
    case insights = "Insights"
    case aiOperations = "AI operations"
    case keys = "Keys"
    case tenants = "Tenants"
    case webhooks = "Webhooks"
    case service = "Service"
}
