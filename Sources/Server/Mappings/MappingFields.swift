import PulseModel

/// The body of `PUT /api/v1/mappings/types`; its route has checked it.
struct TypeMappingFields: Decodable, Sendable {
    var from: String
    var to: String
    var level: Int

    var mapping: TypeMapping { TypeMapping(from: self.from, to: self.to, levelNumber: self.level) }
}

/// The body of `PUT /api/v1/mappings/statuses`.
struct StatusMappingFields: Decodable, Sendable {
    var project: String?
    var from: String
    var to: String
    var category: String
    var step: String?

    var mapping: StatusMapping {
        StatusMapping(
            project: self.project ?? "*",
            from: self.from,
            to: self.to,
            category: StatusCategory(key: self.category),
            step: self.step
        )
    }
}

/// The body of `PUT /api/v1/mappings/steps`.
struct WorkflowStepFields: Decodable, Sendable {
    enum CodingKeys: String, CodingKey {
        case workflow, step, number, category
        case isCommitmentPoint = "commitment_point"
    }

    var workflow: String
    var step: String
    var number: Int
    var category: String
    var isCommitmentPoint: Bool?

    var workflowStep: WorkflowStep {
        WorkflowStep(
            workflow: self.workflow,
            step: self.step,
            number: self.number,
            category: StatusCategory(key: self.category),
            isCommitmentPoint: self.isCommitmentPoint ?? false
        )
    }
}
