public import Foundation
public import Logging
import Resilience
public import ServiceLifecycle
public import Store

/// Reads the deliveries of webhooks that the API has kept, and writes what they tell.
///
/// Any number of them share one database. A delivery is read when the database says that it has come, else within the poll; it is
/// finished in the transaction that writes its rows, so it counts once.
public struct WebhookWorker: Service {
    /// Reads from the source what a delivery names but does not show.
    public typealias Refresher =
        @Sendable (
            _ refreshes: [WebhookRefresh], _ integration: StoredIntegration, _ tenant: UUID
        ) async throws -> Void

    private static let lease = Duration.seconds(60)
    private static let poll = Duration.seconds(5)
    /// Deliveries a claim, and of one integration among them.
    private static let portion = 32
    private static let portionOfOne = 8
    /// Integrations whose deliveries are in hand at once.
    private static let mostIntegrations = 64
    /// After so many the rest is left to the next sync, which finds it anyhow.
    private static let mostAttempts = 8

    private let store: Store
    private let refresh: Refresher
    private let backoff = Backoff(base: .seconds(2), factor: 2, maximum: .seconds(300), jitter: 0.2)
    private let underway: DeliveriesUnderway
    private let lease: Duration
    private let renewal: Duration
    private let logger: Logger

    public init(store: Store, logger: Logger, refresh: @escaping Refresher) {
        self.init(store: store, logger: logger, now: { .now }, refresh: refresh)
    }

    /// - Parameters:
    ///   - lease: how long deliveries stay in hand unless they are renewed.
    ///   - renewal: how often they are; a third of the lease if it is not said.
    ///   - now: the clock by which sources are left alone.
    init(
        store: Store,
        logger: Logger,
        lease: Duration = Self.lease,
        renewal: Duration? = nil,
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        refresh: @escaping Refresher
    ) {
        self.store = store
        self.refresh = refresh
        self.lease = lease
        self.renewal = renewal ?? lease / 3
        self.underway = DeliveriesUnderway(backoff: self.backoff, now: now)
        self.logger = logger
    }

    public func run() async throws {
        let changes = self.store.webhookChanges()
        await withDiscardingTaskGroup { group in
            let bell = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            group.addTask { for await _ in changes { bell.continuation.yield() } }
            group.addTask {
                while !Task.isCancelled {
                    bell.continuation.yield()
                    try? await Task.sleep(for: Self.poll)
                }
            }
            await cancelWhenGracefulShutdown {
                // No claim waits for what an earlier one has in hand: whose source is slow holds up its own deliveries only.
                await withDiscardingTaskGroup { work in
                    for await _ in bell.stream {
                        while !Task.isCancelled {
                            let groups = await self.claim()
                            guard !groups.isEmpty else { break }
                            for deliveries in groups {
                                work.addTask {
                                    await self.take(deliveries)
                                    bell.continuation.yield()
                                }
                            }
                        }
                        if Task.isCancelled { break }
                    }
                }
            }
            group.cancelAll()
        }
    }

    /// Reads what waits now.
    ///
    /// - Returns: whether there was any.
    func workOff() async -> Bool {
        let groups = await self.claim()
        await withDiscardingTaskGroup { group in
            for deliveries in groups { group.addTask { await self.take(deliveries) } }
        }
        return !groups.isEmpty
    }

    /// - Returns: deliveries by their integrations, which count as in hand from now on; none where none wait, or where enough are.
    private func claim() async -> [[ClaimedWebhook]] {
        let except = self.underway.integrations
        guard except.count < Self.mostIntegrations else { return [] }
        do {
            let claimed = try await self.store.claimWebhooks(
                limit: min(Self.portion, Self.mostIntegrations - except.count),
                each: Self.portionOfOne,
                lease: self.lease,
                except: except
            )
            let groups = Dictionary(grouping: claimed, by: \.integration)
            for integration in groups.keys { self.underway.begin(integration) }
            return Array(groups.values)
        } catch {
            if !Task.isCancelled {
                self.logger.warning("deliveries of webhooks cannot be read; trying again", metadata: ["error": "\(error)"])
            }
            return []
        }
    }

    /// Those of one integration, in the order in which they came: of two about one object the later one is read later.
    private func take(_ deliveries: [ClaimedWebhook]) async {
        guard let integration = deliveries.first?.integration else { return }
        defer { self.underway.end(integration) }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.renew(deliveries) }
            await self.takeAll(deliveries)
            group.cancelAll()
        }
        // What could not be written waits; what was not come to, because the process stops, is anybody's at once.
        let pause = Task.isCancelled ? Duration.zero : self.lease
        await Task { [store] in try? await store.releaseWebhooks(deliveries, after: pause) }.value
    }

    private func renew(_ deliveries: [ClaimedWebhook]) async {
        while (try? await Task.sleep(for: self.renewal)) != nil {
            do {
                try await self.store.renewWebhooks(deliveries, lease: self.lease)
            } catch {
                // Where the lease runs out, another asks the source once more, which changes nothing.
                self.logger.debug("deliveries of webhooks could not be renewed", metadata: ["error": "\(error)"])
            }
        }
    }

    private func takeAll(_ deliveries: [ClaimedWebhook]) async {
        guard let first = deliveries.first else { return }
        // Once the source has been asked in vain, it is not asked again for each of the others.
        var trouble = self.underway.trouble(of: first.integration)
        var waiting: [ClaimedWebhook] = []
        for delivery in deliveries where !Task.isCancelled {
            if delivery.isShown, trouble != nil {
                waiting.append(delivery)
            } else {
                trouble = await self.take(delivery, trouble)
            }
        }
        guard let trouble else { return }
        do {
            try await self.store.postponeWebhooks(
                tenant: first.tenant,
                integration: first.integration,
                claimed: waiting,
                by: self.underway.rest(of: trouble),
                message: "\(trouble.error)"
            )
        } catch {
            self.logger.warning("deliveries could not be postponed", metadata: ["error": "\(error)"])
        }
    }

    /// - Parameter trouble: what ails the source, as the delivery before this one found.
    /// - Returns: what ails it now.
    private func take(
        _ claimed: ClaimedWebhook,
        _ trouble: DeliveriesUnderway.Trouble?
    ) async -> DeliveriesUnderway.Trouble? {
        do {
            guard let delivery = try await self.store.webhook(claimed) else { return trouble }
            let reading: WebhookReading
            do {
                reading = try await self.read(delivery, claimed)
            } catch let problem as WebhookProblem {
                try await self.store.finishWebhook(claimed, .failed, message: problem.reason)
                self.logger.warning(
                    "a delivery cannot be read",
                    metadata: ["id": "\(claimed.id)", "reason": "\(problem.reason)"]
                )
                return trouble
            }
            guard !reading.refreshes.isEmpty else {
                try await self.store.finishWebhook(
                    claimed,
                    reading.page == nil ? .ignored : .done,
                    message: reading.note,
                    writing: reading.page
                )
                return trouble
            }
            // What it shows is written at once, whatever ails the source, and once.
            if let page = reading.page, !claimed.isShown {
                _ = try await self.store.write(page, tenant: claimed.tenant, integration: claimed.integration)
            }
            return try await self.finish(claimed, delivery, reading, trouble)
        } catch {
            // It comes back.
            if !Task.isCancelled {
                self.logger.warning("a delivery was not written", metadata: ["id": "\(claimed.id)", "error": "\(error)"])
            }
            return trouble
        }
    }

    private func finish(
        _ claimed: ClaimedWebhook,
        _ delivery: WebhookDelivery,
        _ reading: WebhookReading,
        _ trouble: DeliveriesUnderway.Trouble?
    ) async throws -> DeliveriesUnderway.Trouble? {
        if let trouble {
            let rest = self.underway.rest(of: trouble)
            try await self.store.postponeWebhook(claimed, by: rest, message: "\(trouble.error)", isCounted: false)
            return trouble
        }
        do {
            try await self.refresh(reading.refreshes, delivery.integration, claimed.tenant)
            try await self.store.finishWebhook(claimed, .done, message: reading.note)
            self.underway.succeeded(claimed.integration)
            return nil
        } catch let error as CancellationError {
            throw error
        } catch {
            let ailing = (error as? ConnectorError).flatMap { $0.isTransient || $0.kind == .authentication ? $0 : nil }
            let trouble = ailing.map { self.underway.failed(claimed.integration, $0) }
            let isCounted = ailing?.kind != .rateLimited
            guard claimed.attempts < Self.mostAttempts || !isCounted else {
                try await self.store.finishWebhook(
                    claimed,
                    .done,
                    message: "its own data is written; related records come with the next sync: \(error)"
                )
                return trouble
            }
            let pause =
                trouble.map(self.underway.rest)
                ?? self.backoff.delay(after: claimed.attempts, random: .random(in: 0..<1))
            try await self.store.postponeWebhook(claimed, by: pause, message: "\(error)", isCounted: isCounted)
            return trouble
        }
    }

    /// GitHub sends a form whose one field holds the JSON, unless its webhook was told otherwise.
    static func json(of body: [UInt8]) -> [UInt8] {
        let mark = Array("payload=".utf8)
        guard body.starts(with: mark) else { return body }
        let field = String(decoding: body.dropFirst(mark.count).prefix { $0 != UInt8(ascii: "&") }, as: UTF8.self)
        return field.replacing("+", with: " ").removingPercentEncoding.map { Array($0.utf8) } ?? body
    }

    private func read(_ delivery: WebhookDelivery, _ claimed: ClaimedWebhook) async throws -> WebhookReading {
        let (body, definition) = try Self.parts(of: delivery)
        switch definition {
        case .github(let definition):
            var isListed = false
            if let id = GitHubWebhook.unfamiliarRepository(body, definition) {
                isListed = try await self.lists(id, definition, claimed)
            }
            return try GitHubWebhook.read(
                delivery.event,
                body,
                receivedAt: delivery.receivedAt,
                definition,
                isListed: isListed
            )
        case .jira(let definition):
            return try JiraWebhook.read(body, receivedAt: delivery.receivedAt, definition)
        }
    }

    /// Whether one of the names of the integration, or its organization, led to this repository when they were last read.
    private func lists(_ id: String, _ definition: GitHubDefinition, _ claimed: ClaimedWebhook) async throws -> Bool {
        let (tenant, integration) = (claimed.tenant, claimed.integration)
        guard try await !self.store.repositories([id], tenant: tenant, integration: integration).isEmpty else { return false }
        for unit in GitHubConnector.listUnits(definition) {
            let stored = try await self.store.checkpoint(tenant: tenant, integration: integration, unit: unit)
            if GitHubConnector.ListedPage.pages(stored?.validators).contains(where: { $0.ids.contains(id) }) { return true }
        }
        return false
    }

    private static func parts(of delivery: WebhookDelivery) throws(WebhookProblem) -> (JSONValue, IntegrationDefinition) {
        let body: JSONValue
        do {
            body = try JSONParser.parse(Self.json(of: delivery.body))
        } catch {
            throw WebhookProblem(reason: "the body is no JSON (\(error))")
        }
        do {
            return (body, try IntegrationDefinition(json: delivery.integration.configuration.utf8))
        } catch {
            throw WebhookProblem(reason: "the integration's file cannot be read: \(error)")
        }
    }
}
