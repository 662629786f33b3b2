/// What an error answer of a provider means; the first rule that matches decides, before the defaults by status.
struct ProviderErrorRule: Sendable, Equatable {
    enum Action: String, Sendable, CaseIterable {
        /// The request is too large, or one of its texts is refused: fewer texts may pass.
        case split
        /// A text is too long: alone, it is embedded in halves.
        case shorten
        /// A person must mend something.
        case fatal
        /// The same request may pass later.
        case retry
        /// For want of budget.
        case rateLimited
    }

    /// Empty is any status from 300.
    var statuses: [Int]
    /// A regular expression, without regard to case, on the error's code.
    var code: String?
    /// The same on its message.
    var message: String?
    var action: Action
}
