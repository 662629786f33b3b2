import PulseModel

/// A child of a pull request.
protocol ChildOfPullRequest {
    var repositoryID: String { get }
    var number: Int { get }
    var stableID: String { get }
}

extension Commit: ChildOfPullRequest {}
extension Review: ChildOfPullRequest {}

extension IngestionPage {
    /// Pull requests whose children of one kind are known in full, and all of those children.
    struct PresentChildren {
        var repositories: [String] = []
        var numbers: [Int] = []
        var stableIDs: [String] = []
    }

    func completeSets(of kind: CompleteSet.Children, _ children: [some ChildOfPullRequest]) -> PresentChildren {
        var sets = PresentChildren()
        for set in self.completeSets where set.children == kind {
            sets.repositories.append(set.repositoryID)
            sets.numbers.append(set.number)
            sets.stableIDs += set.stableIDs ?? []
        }
        // Where a set is larger than the page, the page's part of it is among its ids anyhow.
        if !sets.numbers.isEmpty { sets.stableIDs += children.map(\.stableID) }
        return sets
    }
}
