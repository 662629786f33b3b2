public import Foundation

/// One entry of an issue's history: who changed which fields when.
public struct Changelog: Entity {
    public static let table = EntityTable.changelogs

    /// One changed field.
    public struct Item: Sendable, Equatable, Codable {
        /// A field that Pulse understands the changes of. Told by Jira's ids; names are a site's own.
        public enum Role: String, Sendable, Codable, CaseIterable {
            case status, sprint
            /// The issue's key: it was moved, or its project's key has changed.
            case key
        }

        /// The name that the field had when it was changed.
        public var field: String
        /// As `customfield_10020`; nil where the source says none (Data Center).
        public var fieldID: String?
        public var role: Role?
        /// Jira's ids of the values; nil where it has none.
        public var from: String?
        public var to: String?
        /// What people saw.
        public var fromText: String?
        public var toText: String?

        private enum CodingKeys: String, CodingKey {
            case field
            case fieldID = "fieldId"
            case role, from, to, fromText, toText
        }

        public init(
            field: String,
            fieldID: String? = nil,
            role: Role? = nil,
            from: String?,
            to: String?,
            fromText: String?,
            toText: String?
        ) {
            self.field = field
            self.fieldID = fieldID
            self.role = role
            self.from = from
            self.to = to
            self.fromText = fromText
            self.toText = toText
        }

        /// Entries that were read before roles were told apart have none.
        public var isOfStatus: Bool {
            self.role == .status || (self.role == nil && self.fieldID == nil && self.field == "status")
        }
    }

    /// Jira's history id, unique within the site.
    public var id: String
    public var workItemID: String
    /// Of the status change, where the entry holds one.
    public var fromStatusID: String?
    public var toStatusID: String?
    public var changedBy: String?
    public var changedAt: Date
    /// When the status that was left had been entered.
    public var enteredAt: Date?
    /// How long the issue stood in the status that was left.
    public var timeInStatusSeconds: Double?
    public var items: [Item]

    public init(
        id: String,
        workItemID: String,
        fromStatusID: String?,
        toStatusID: String?,
        changedBy: String?,
        changedAt: Date,
        enteredAt: Date?,
        timeInStatusSeconds: Double?,
        items: [Item]
    ) {
        self.id = id
        self.workItemID = workItemID
        self.fromStatusID = fromStatusID
        self.toStatusID = toStatusID
        self.changedBy = changedBy
        self.changedAt = changedAt
        self.enteredAt = enteredAt
        self.timeInStatusSeconds = timeInStatusSeconds
        self.items = items
    }

    public var stableID: String { self.id }
    public var externalID: String { self.id }

    /// The issue, and the present names of the statuses.
    public struct Context: Sendable {
        public var workItemKey: String?
        public var workItemSummary: String?
        public var projectKey: String?
        public var fromStatusName: String?
        public var toStatusName: String?
        public var url: String?

        public init(
            workItemKey: String?,
            workItemSummary: String?,
            projectKey: String?,
            fromStatusName: String?,
            toStatusName: String?,
            url: String?
        ) {
            self.workItemKey = workItemKey
            self.workItemSummary = workItemSummary
            self.projectKey = projectKey
            self.fromStatusName = fromStatusName
            self.toStatusName = toStatusName
            self.url = url
        }
    }

    public func document(in context: Context) -> EntityDocument {
        let status = self.items.first(where: \.isOfStatus)
        let from = context.fromStatusName ?? status?.fromText
        let to = context.toStatusName ?? status?.toText
        let issue = [context.workItemKey, context.workItemSummary].compactMap(\.self).joined(separator: " ")
        let others = self.items.filter { !$0.isOfStatus }.map { item in
            "\(item.field) from \(item.fromText ?? "nothing") to \(item.toText ?? "nothing")"
        }
        return EntityDocument(
            title: issue.isEmpty ? "Change \(self.id)" : "Change of \(issue)",
            url: context.url,
            parts: [
                .init("Issue", issue), .init("From", from), .init("To", to), .init("Changed by", self.changedBy),
                .init("Changed", others.joined(separator: "; ")),
            ],
            facets: Facets(project: context.projectKey, author: self.changedBy, status: to, updatedAt: self.changedAt)
        )
    }
}
