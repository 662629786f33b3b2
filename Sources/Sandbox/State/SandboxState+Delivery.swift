extension SandboxState {
    /// Something more is said of a deployment, whether it is new or old.
    ///
    /// - Parameter id: nil takes the oldest one.
    /// - Returns: the deployment's id.
    @discardableResult
    public func addDeploymentStatuses(_ states: [String], _ repository: String, _ id: Int? = nil) throws -> Int {
        try change { content throws(SandboxError) in
            guard let index = content.gitHub.repositories.firstIndex(where: { $0.fullName == repository }) else {
                throw SandboxError("The sandbox has no repository \(repository).")
            }
            let deployments = content.gitHub.repositories[index].deployments
            let place = id.map { id in deployments.firstIndex { $0["id"]?.intValue == id } } ?? deployments.indices.last
            guard let place, let number = deployments[place]["id"]?.intValue else {
                throw SandboxError("\(repository) has no such deployment.")
            }
            var deployment = deployments[place]
            var statuses = deployment["statuses"]?.arrayValue ?? []
            for state in states {
                content.serial += 1
                let newest = statuses.first?["created_at"]?.stringValue.flatMap { Instant($0) }
                let at = newest?.adding(seconds: 1) ?? Self.nextInstant(after: nil)
                statuses.insert(
                    [
                        "id": .int(content.serial), "state": .string(state), "created_at": .string(at.gitHub),
                        "updated_at": .string(at.gitHub), "environment": deployment["environment"] ?? .null,
                        "creator": Person.bot.user,
                    ],
                    at: 0
                )
            }
            deployment["statuses"] = .array(statuses)
            deployment["updated_at"] = .string(
                Self.nextInstant(after: statuses.first?["created_at"]?.stringValue.flatMap { Instant($0) }).gitHub
            )
            content.gitHub.repositories[index].deployments[place] = deployment
            content.gitHub.repositories[index].revision += 1
            return number
        }
    }

    /// Deletes the oldest release of a repository.
    ///
    /// - Returns: its id.
    @discardableResult
    public func deleteOldestRelease(_ repository: String) throws -> Int {
        try change { content throws(SandboxError) in
            guard let index = content.gitHub.repositories.firstIndex(where: { $0.fullName == repository }),
                let release = content.gitHub.repositories[index].releases.popLast()
            else { throw SandboxError("\(repository) has no releases.") }
            content.gitHub.repositories[index].revision += 1
            return release["id"]?.intValue ?? 0
        }
    }

    /// Changes the oldest release of a repository by a JSON merge patch.
    ///
    /// - Returns: its tag.
    @discardableResult
    public func patchOldestRelease(_ repository: String, json: String) throws -> String {
        let patch = try JSONParser.parse(Array(json.utf8))
        return try change { content throws(SandboxError) in
            guard let index = content.gitHub.repositories.firstIndex(where: { $0.fullName == repository }),
                let place = content.gitHub.repositories[index].releases.indices.last
            else { throw SandboxError("\(repository) has no releases.") }
            let release = content.gitHub.repositories[index].releases[place].patched(with: patch)
            content.gitHub.repositories[index].releases[place] = release
            content.gitHub.repositories[index].revision += 1
            return release["tag_name"]?.stringValue ?? ""
        }
    }
}
