extension SandboxState {
    /// Makes an owner of repositories a person, and the one whose token asks; nil for a token of somebody else.
    public func makePerson(_ owner: String, viewer: String? = nil) {
        read { content in
            content.gitHub.organizations[owner] = nil
            content.gitHub.viewer["login"] = .string(viewer ?? owner)
        }
    }

    /// Makes an owner of repositories an organization.
    public func makeOrganization(_ owner: String) {
        read { content in
            content.serial += 1
            content.gitHub.organizations[owner] = content.serial
        }
    }

    /// Makes a repository public.
    public func publishRepository(_ fullName: String) {
        read { content in
            guard let index = content.gitHub.repositories.firstIndex(where: { $0.fullName == fullName }) else { return }
            content.gitHub.repositories[index].document.apply(["private": false, "visibility": "public"])
            content.gitHub.repositories[index].revision += 1
        }
    }

    /// Adds empty repositories to those of the owner of the first one.
    public func addRepositories(_ count: Int) {
        read { content in
            guard let first = content.gitHub.repositories.first else { return }
            for _ in 0..<count {
                content.serial += 1
                let name = "box-\(content.serial)"
                var added = GitHubWorld.Repository(fullName: "\(first.owner)/\(name)", document: first.document)
                added.document.apply([
                    "id": .int(content.serial), "node_id": .string("R_kwDO\(content.serial)"), "name": .string(name),
                    "full_name": .string(added.fullName),
                ])
                content.gitHub.repositories.append(added)
            }
        }
    }

    /// What the owner of the token sees of its own.
    var ownRepositories: [Document] {
        read { content in
            let login = content.gitHub.viewer["login"]?.stringValue?.lowercased()
            return content.gitHub.repositories.filter { $0.owner.lowercased() == login }.map(\.document)
        }
    }
}
