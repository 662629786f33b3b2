public import Foundation

/// Sweeping only remembers; what it deletes goes through a page, and so through the fence.
extension FencedStore: SweepStore {
    public func sweepState(_ unit: SweepUnit, tenant: UUID, integration: UUID, noted: Date) async throws -> SweepState {
        try self.throwIfInterrupted()
        return try await self.timed {
            try await self.store.sweepState(unit, tenant: tenant, integration: integration, noted: noted)
        }
    }

    public func beginSweep(_ unit: SweepUnit, tenant: UUID, integration: UUID, at time: Date) async throws {
        try self.throwIfInterrupted()
        try await self.timed { try await self.store.beginSweep(unit, tenant: tenant, integration: integration, at: time) }
    }

    public func recordSweepPage(
        _ ids: [String],
        of unit: SweepUnit,
        tenant: UUID,
        integration: UUID,
        next: String?
    ) async throws {
        try self.throwIfInterrupted()
        try await self.timed {
            try await self.store.recordSweepPage(ids, of: unit, tenant: tenant, integration: integration, next: next)
        }
    }

    public func finishSweep(_ unit: SweepUnit, tenant: UUID, integration: UUID, at time: Date) async throws -> SweepFinding {
        try self.throwIfInterrupted()
        return try await self.timed { try await self.store.finishSweep(unit, tenant: tenant, integration: integration, at: time) }
    }

    public func unlisted(
        _ listed: [String],
        of unit: SweepUnit,
        tenant: UUID,
        integration: UUID,
        limit: Int
    ) async throws -> [String] {
        try self.throwIfInterrupted()
        return try await self.timed {
            try await self.store.unlisted(listed, of: unit, tenant: tenant, integration: integration, limit: limit)
        }
    }

    public func forgetSuspects(_ ids: [String], of unit: SweepUnit, tenant: UUID, integration: UUID) async throws {
        try self.throwIfInterrupted()
        try await self.timed { try await self.store.forgetSuspects(ids, of: unit, tenant: tenant, integration: integration) }
    }
}
