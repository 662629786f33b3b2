/// A company made up from a seed. What happened when is planned at once, texts and objects are made when they are asked for.
///
/// History comes in blocks of 120 issues and 60 pull requests; each block tells every theme once, for another customer and release.
struct GeneratedCompany: Sendable {
    static let issuesInBlock = 120
    static let pullsInBlock = 60
    static let start = Instant(milliseconds: 1_762_000_000_089)
    static let end = Instant(milliseconds: 1_793_500_000_089)

    enum IssueKind: Sendable, Equatable {
        case epic, theme, echo, step
    }

    struct IssuePlan: Sendable {
        var index: Int
        var block: Int
        var kind: IssueKind
        var theme: Int
        var area: Area
        var number: Int
        var created: Instant
        var updated: Instant
        var status: WorkflowStatus
        /// Of steps.
        var ordinal: Int

        var id: Int { 20_000 + index }
        var key: String { "\(area.projectKey)-\(number)" }
    }

    enum PullState: Sendable, Equatable {
        case open, draft, merged, closed
    }

    struct PullPlan: Sendable {
        var index: Int
        var block: Int
        var slot: Int
        var theme: Int
        var repository: String
        var number: Int
        var created: Instant
        var updated: Instant
        var state: PullState
        /// Index of the issue it is about.
        var issue: Int

        var id: Int { 500_000_000 + index }
        /// The first pull request of a theme; others follow it up.
        var isMain: Bool { slot < Theme.all.count }
    }

    let seed: UInt64
    let scale: Int
    private(set) var issues: [IssuePlan] = []
    private(set) var pulls: [PullPlan] = []
    /// Index of the epic of an area in a block.
    private(set) var epics: [[Int]] = []
    /// Index of the theme's issue in a block.
    private(set) var themeIssues: [[Int]] = []
    private(set) var pullsOfIssue: [Int: [Int]] = [:]

    init(seed: UInt64, scale: Int) {
        self.seed = seed
        self.scale = scale
        var numbers = [Int](repeating: 0, count: Area.allCases.count)
        for block in 0..<scale { planIssues(of: block, &numbers) }
        for block in 0..<scale { planPulls(of: block) }
        numberPulls()
        settleIssues()
    }

    func random(_ parts: Int...) -> SeededRandom {
        var stream = SeededRandom(seed: seed)
        for part in parts { stream = SeededRandom(seed: stream.next(), part) }
        return stream
    }

    // MARK: - Planning

    private mutating func planIssues(of block: Int, _ numbers: inout [Int]) {
        let themes = Theme.all
        let steps = Self.issuesInBlock - Area.allCases.count - 2 * themes.count
        var random = random(1, block)
        // An epic comes before its issues and a step soon after its issue; the rest is chance.
        var order = random.shuffled(themes.indices.flatMap { [(IssueKind.theme, $0), (.echo, $0)] })
        for step in 0..<steps {
            let theme = (step + block) % themes.count
            let position = order.firstIndex { $0.0 == .theme && $0.1 == theme } ?? 0
            order.insert((.step, step), at: min(order.count, position + 1 + random.below(8)))
        }
        order = Area.allCases.map { (IssueKind.epic, $0.rawValue) } + order
        var epics = [Int](repeating: 0, count: Area.allCases.count)
        var themeIssues = [Int](repeating: 0, count: themes.count)
        let span = (Self.end.milliseconds - Self.start.milliseconds) * 9 / 10 / Int64(scale * Self.issuesInBlock)
        for (kind, value) in order {
            let index = issues.count
            let theme = kind == .epic ? 0 : kind == .step ? (value + block) % themes.count : value
            let area = kind == .epic ? Area.allCases[value] : themes[theme].area
            numbers[area.rawValue] += 1
            let created = Instant(
                milliseconds: Self.start.milliseconds + span * Int64(index) + Int64(random.below(Int(max(1, span))))
            )
            let days = 1 + random.below(12)
            let updated = min(Self.end, created.adding(seconds: Int64(days * 86_400 + random.below(80_000))))
            let statuses: [WorkflowStatus] =
                kind == .epic
                ? [.inProgress]
                : [.toDo, .selected, .inProgress, .inReview, .blocked, .done, .done, .done, .done, .declined]
            issues.append(
                IssuePlan(
                    index: index,
                    block: block,
                    kind: kind,
                    theme: theme,
                    area: area,
                    number: numbers[area.rawValue],
                    created: created,
                    updated: updated,
                    status: random.pick(statuses),
                    ordinal: kind == .step ? value : 0
                )
            )
            if kind == .epic { epics[value] = index }
            if kind == .theme { themeIssues[theme] = index }
        }
        self.epics.append(epics)
        self.themeIssues.append(themeIssues)
    }

    private mutating func planPulls(of block: Int) {
        for slot in 0..<Self.pullsInBlock {
            let theme = slot < Theme.all.count ? slot : (slot - Theme.all.count + block * 19) % Theme.all.count
            let issue = themeIssues[block][theme]
            var random = random(2, block, slot)
            let delay = Int64(86_400 + random.below(5 * 86_400)) + (slot < Theme.all.count ? 0 : 6 * 86_400)
            var created = issues[issue].created.adding(seconds: delay)
            if created > Self.end.adding(seconds: -7200) { created = issues[issue].created.adding(seconds: 3600) }
            let closed = created.adding(seconds: Int64(7200 + random.below(6 * 86_400)))
            var state: PullState = random.below(10) < 8 ? .merged : .closed
            if closed > Self.end || random.below(8) == 0 { state = random.below(3) == 0 ? .draft : .open }
            pulls.append(
                PullPlan(
                    index: pulls.count,
                    block: block,
                    slot: slot,
                    theme: theme,
                    repository: Theme.all[theme].area.repository,
                    number: 0,
                    created: created,
                    updated: min(Self.end, closed),
                    state: state,
                    issue: issue
                )
            )
        }
    }

    private mutating func numberPulls() {
        var numbers: [String: Int] = [:]
        for index in pulls.indices.sorted(by: { (pulls[$0].created, $0) < (pulls[$1].created, $1) }) {
            // Plain issues take numbers as well.
            numbers[pulls[index].repository, default: 0] += index % 7 == 0 ? 2 : 1
            pulls[index].number = numbers[pulls[index].repository] ?? 0
            pullsOfIssue[pulls[index].issue, default: []].append(index)
        }
    }

    /// An issue with a pull request stands where that one stands.
    private mutating func settleIssues() {
        for pull in pulls where pull.isMain {
            switch pull.state {
            case .merged: issues[pull.issue].status = .done
            case .open: issues[pull.issue].status = .inReview
            case .draft: issues[pull.issue].status = .inProgress
            case .closed: issues[pull.issue].status = .selected
            }
            issues[pull.issue].updated = min(Self.end, pull.updated.adding(seconds: 1800))
        }
    }

    // MARK: - Variation

    private static let customers = [
        "Nordhafen", "Trail and Peak", "Blue Heron", "Kirschbaum", "Aurora Foods", "Nordlys", "Casa Verde", "Tanuki Toys",
        "Meridian", "Old Mill", "Pinguin Reisen", "Solstice", "Granite Bay", "Lumen", "Wildflower", "Harbour & Sons",
    ]

    /// For whom and where a block's story is told; the first block tells it plainly.
    func occasion(block: Int) -> (short: String, sentence: String)? {
        guard block > 0 else { return nil }
        let customer = Self.customers[block % Self.customers.count]
        let release = "\(2 + block / 40 % 20).\(block % 40)"
        return (
            "\(customer), \(release)", "Seen again at \(customer) with release \(release), case \(seed % 90 + UInt64(block) * 7)."
        )
    }

    func title(_ text: String, block: Int) -> String {
        occasion(block: block).map { text + " (" + $0.short + ")" } ?? text
    }
}
