import PulseModel

extension EntityTable {
    /// The type whose rows the table holds.
    var entityType: any StoredEntity.Type {
        switch self {
        case .projects: Project.self
        case .wits: WorkItemType.self
        case .statuses: Status.self
        case .workItems: WorkItem.self
        case .changelogs: Changelog.self
        case .witsHierarchies: HierarchyLevel.self
        case .witsMappings: TypeMapping.self
        case .statusesMappings: StatusMapping.self
        case .workflows: WorkflowStep.self
        case .repositories: Repository.self
        case .pullRequests: PullRequest.self
        case .commits: Commit.self
        case .reviews: Review.self
        case .comments: Comment.self
        case .links: WorkItemLink.self
        }
    }
}
