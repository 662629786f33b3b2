import Store

/// Who may use a route.
enum RouteAccess: Sendable, Equatable {
    /// Everybody, without a key.
    case anyone
    /// A caller of a tenant with this role or a higher one.
    case tenant(Principal.Role)
    /// Administrators of the installation, who belong to no tenant.
    case installation

    static let viewer = RouteAccess.tenant(.viewer)
    static let `operator` = RouteAccess.tenant(.operator)
    static let administrator = RouteAccess.tenant(.administrator)

    /// As the description of the API calls it.
    var roleName: String? {
        switch self {
        case .anyone: nil
        case .tenant(let role): role.rawValue
        case .installation: "installation"
        }
    }
}
