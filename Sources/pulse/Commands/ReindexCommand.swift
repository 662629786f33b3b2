import ArgumentParser
import Embedding
import Foundation
import Store
import Vectorization

struct ReindexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reindex",
        abstract: "Move a tenant to another embedding provider, while it goes on being written and searched.",
        discussion: """
            Says first what it would take, reckoned from a sample: entities, tokens, time, cost. Then it copies each entity into the \
            provider's vector space, proves the copies against the rows, and switches; the old points are deleted. Searches go on all \
            the while, and a provider that fails holds up nobody. May be killed at any moment and run again: it goes on where it was. \
            Without --provider it says where the tenant's vectors stand.

            Exit code 1 where the tenant stays in its space.
            """
    )

    @OptionGroup var tenant: TenantOption

    @Option(help: "The provider's id; `pulse provider list` names them.")
    var provider: String?

    @Flag(help: "Say what it would take, and end.")
    var estimate = false

    @Flag(name: .shortAndLong, help: "Do it without asking.")
    var yes = false

    @Option(
        help: "Entities that the new provider may refuse; one of a hundred where left out. They are listed by `pulse failures`."
    )
    var allowFailures: Int?

    @Flag(help: "Give up a move that has begun, and delete what was copied.")
    var abandon = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if self.abandon, self.provider != nil || self.estimate { throw ValidationError("--abandon goes alone") }
        if self.provider == nil, self.estimate || self.yes || self.allowFailures != nil {
            throw ValidationError("name the provider with --provider")
        }
        if let allowed = self.allowFailures, allowed < 0 {
            throw ValidationError("--allow-failures is \(allowed); it is 0 or more")
        }
    }

    func run() async throws {
        try await Context.run { context in
            let tenant = try await self.tenant.find(in: context.store)
            if self.abandon {
                try await self.abandon(tenant, context: context)
            } else if let provider = self.provider {
                try await self.move(tenant, to: provider, context: context)
            } else {
                try await self.show(tenant, context: context)
            }
        }
    }

    // MARK: Moving

    private struct EstimateOutput: Encodable {
        var entities: Int
        var sampled: Int
        var texts: Int
        var tokens: Int
        var dimensions: Int
        var seconds: Double
        var dollars: Double?
    }

    private struct Output: Encodable {
        var estimate: EstimateOutput?
        var end: String?
        var copied: Int?
        var embedded: Int?
        var tokens: Int?
        var failed: Int?
        var mended: Int?
        /// Entities whose texts the provider cuts otherwise than the one before, and which the queue makes anew.
        var queued: Int?
        var seconds: Double?
    }

    /// A provider of the tenant's own goes by the tenant's name for it, where the installation has none of that name.
    private func found(_ provider: String, of tenant: Tenant, context: Context) async throws -> String {
        guard (try? context.catalog.definition(provider)) == nil,
            try await context.store.ownProvider(provider, tenant: tenant.id) != nil
        else { return provider }
        return OwnProviderID(owner: tenant.id.uuidString.lowercased(), id: provider).description
    }

    /// US dollars for a million tokens; nil where its definition names no price.
    private func price(of provider: String, context: Context) async throws -> Double? {
        guard let own = OwnProviderID(provider) else { return try context.catalog.definition(provider).pricePerMillionTokens }
        _ = try await context.tenantProviders.provider(own)
        return context.tenantProviders.price(of: provider)
    }

    private func move(_ tenant: Tenant, to provider: String, context: Context) async throws {
        let provider = try await self.found(provider, of: tenant, context: context)
        let price = try await self.price(of: provider, context: context)
        let reindex = try context.reindex
        let isThere = try await context.store.liveSpace(tenant: tenant.id)?.provider == provider
        let estimate = isThere ? nil : try await reindex.estimate(tenant: tenant.id, provider: provider, price: price)
        var output = Output(
            estimate: estimate.map {
                EstimateOutput(
                    entities: $0.entities,
                    sampled: $0.sampled,
                    texts: $0.chunks,
                    tokens: $0.tokens,
                    dimensions: $0.dimensions,
                    seconds: $0.seconds,
                    dollars: $0.dollars
                )
            }
        )
        if !self.json, let estimate { self.print(estimate, tenant: tenant.name, provider: provider) }
        if self.estimate {
            if self.json { try Terminal.printJSON(output) }
            return
        }
        if estimate != nil { try self.requireConsent() }
        let bar = ProgressBar("reindexing")
        defer { bar.end() }
        let allowed = self.allowFailures
        let report = try await context.writingJournal {
            try await Interrupt.cancelling {
                try await reindex.run(tenant: tenant.id, provider: provider, allowedFailures: allowed) { progress in
                    Self.show(progress, on: bar)
                }
            }
        }
        bar.end()
        if self.json {
            output.end = report.end.rawValue
            output.copied = report.copied
            output.embedded = report.embedded
            output.tokens = report.tokens
            output.failed = report.failed
            output.mended = report.mended
            output.queued = report.queued
            output.seconds = report.seconds
            try Terminal.printJSON(output)
        } else {
            self.print(report, tenant: tenant.name, provider: provider)
        }
    }

    private func requireConsent() throws {
        if self.yes { return }
        guard Terminal.inputIsTerminal, !self.json else {
            throw Failure("reindexing takes what the estimate says; pass --yes to do it, or --estimate to see it only")
        }
        Swift.print("Go on? [y/N] ", terminator: "")
        fflush(nil)
        guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else {
            throw Failure("nothing was done")
        }
    }

    private static func show(_ progress: Reindex.Progress, on bar: ProgressBar) {
        switch progress.step {
        case .copying:
            let left = progress.rate > 0 ? Double(progress.total - progress.done) / progress.rate : nil
            let eta = left.map { "ETA \(Terminal.duration($0))" } ?? ""
            bar.show(
                done: progress.done,
                total: progress.total,
                detail: "\(String(format: "%.0f", progress.rate)) entities/s  \(eta)"
            )
        case .proving:
            bar.show(done: progress.done, total: progress.total, detail: "entities proved")
        case .comparing:
            bar.show(done: progress.done, total: progress.total, detail: "entities whose texts are cut anew are queued")
        case .waiting:
            bar.show(done: 0, total: 0, detail: "waiting until late writes have landed, about \(progress.total) s")
        case .cleaning:
            bar.show(done: 0, total: 0, detail: "deleting the old points", force: true)
        }
    }

    private func print(_ estimate: ReindexEstimate, tenant: String, provider: String) {
        let cost =
            estimate.dollars.map { $0 == 0 ? "free" : "about \(String(format: "%.2f", $0)) USD" } ?? "the file names no price"
        Swift.print(
            """
            \(tenant) to \(provider): \(Terminal.count(estimate.entities)) entities, about \(Terminal.count(estimate.chunks)) texts and \
            \(Terminal.count(estimate.tokens)) tokens (from a sample of \(Terminal.count(estimate.sampled)))
            time about \(Terminal.duration(estimate.seconds)) at \(String(format: "%.0f", estimate.rate)) texts/s; cost \(cost)
            """
        )
    }

    private func print(_ report: ReindexReport, tenant: String, provider: String) {
        switch report.end {
        case .already:
            Swift.print("\(tenant) already uses \(provider).")
        case .chosen:
            Swift.print("\(tenant) has no vectors yet; \(provider) will make them.")
        case .providerChanged:
            Swift.print("\(provider) makes the same vectors; it is \(tenant)'s provider from now on.")
            if report.queued == 0 { Swift.print("None had to be made anew.") }
        case .switched:
            Swift.print(
                "\(tenant) now uses \(provider): \(Terminal.count(report.copied)) entities in "
                    + "\(Terminal.duration(report.seconds)), \(Terminal.count(report.embedded)) texts embedded"
            )
            if report.failed > 0 {
                Swift.print(
                    "\(Terminal.styled("\(report.failed) refused", .red)); they are in the queue, and `pulse failures` will say why"
                )
            }
        }
        if report.queued > 0 {
            Swift.print(
                "\(Terminal.count(report.queued)) entities are chunked differently and have been queued; "
                    + "until they are embedded, searches use their old vectors."
            )
        }
    }

    // MARK: Besides

    private func abandon(_ tenant: Tenant, context: Context) async throws {
        let reindex = try context.reindex
        let bar = ProgressBar("abandoning")
        defer { bar.end() }
        let was = try await Interrupt.cancelling {
            try await reindex.abandon(tenant: tenant.id) { Self.show($0, on: bar) }
        }
        bar.end()
        if self.json {
            try Terminal.printJSON(["abandoned": was])
        } else {
            Swift.print(was ? "\(tenant.name) stays where it is; what was copied is deleted." : "\(tenant.name) was not moving.")
        }
    }

    private struct State: Encodable {
        struct Space: Encodable {
            var space: String
            var provider: String
            var collection: String
            var state: String
        }

        var spaces: [Space]
        var entities: Int?
        var waiting: Int?
        var failed: Int?
    }

    private func show(_ tenant: Tenant, context: Context) async throws {
        let spaces = try await context.store.spaces(tenant: tenant.id)
        let building = try await context.store.buildingSpace(tenant: tenant.id)
        if self.json {
            try Terminal.printJSON(
                State(
                    spaces: spaces.map {
                        State.Space(
                            space: $0.space.space,
                            provider: $0.space.provider,
                            collection: $0.space.collection,
                            state: $0.state.rawValue
                        )
                    },
                    entities: building?.total,
                    waiting: building?.waiting,
                    failed: building?.failed
                )
            )
            return
        }
        guard !spaces.isEmpty else {
            Swift.print("\(tenant.name) has no vectors yet.")
            return
        }
        var table = Table([.init("space"), .init("provider"), .init("state")])
        for space in spaces { table.add([space.space.space, space.space.provider, space.state.rawValue]) }
        table.print()
        if let building {
            Swift.print(
                "\(Terminal.count(building.waiting)) of \(Terminal.count(building.total)) entities are still to be copied, "
                    + "\(Terminal.count(building.failed)) were refused; `pulse reindex --provider \(building.space.provider)` goes on"
            )
        }
    }
}
