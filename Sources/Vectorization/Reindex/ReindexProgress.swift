extension Reindex {
    /// How far it is, for a person.
    public struct Progress: Sendable {
        public enum Step: String, Sendable { case copying, proving, waiting, cleaning, comparing }

        public var step: Step
        /// Entities; of ``Step/waiting`` nothing.
        public var done: Int
        /// 0 where it is not known; of ``Step/waiting`` the seconds that it takes at least.
        public var total: Int
        /// Entities a second.
        public var rate: Double
    }
}
