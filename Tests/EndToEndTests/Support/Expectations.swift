import Testing

/// What must hold once a tenant's queue is worked off.
func expectComplete(_ tenant: World.Tenant, in world: World, _ location: SourceLocation = #_sourceLocation) async throws {
    let status = try await world.status(tenant)
    #expect(status["complete"] == true, "\(status)", sourceLocation: location)
    #expect(try await world.queued(tenant) == 0, sourceLocation: location)
    let points = try await world.points(of: tenant)
    #expect(Set(points.map(\.identifier)).count == points.count, sourceLocation: location)
    // The ledger names exactly the points that stand.
    let standing = points.map { "\($0.entity) \($0.content.chunk) \($0.content.hash)" }.sorted()
    #expect(standing == (try await world.ledger(of: tenant)), sourceLocation: location)
}

/// That two tenants with the same source have the same points: none missing, none twice, none of another text.
func expectSameContent(
    _ tenant: World.Tenant,
    as undisturbed: World.Tenant,
    in world: World,
    _ location: SourceLocation = #_sourceLocation
) async throws {
    let (found, wanted) = (try await world.content(of: tenant), try await world.content(of: undisturbed))
    #expect(!wanted.isEmpty, sourceLocation: location)
    let missing = Set(wanted).subtracting(found).sorted().prefix(5)
    let surplus = Set(found).subtracting(wanted).sorted().prefix(5)
    #expect(
        found == wanted,
        "missing \(missing.map(\.description)), surplus \(surplus.map(\.description))",
        sourceLocation: location
    )
}
