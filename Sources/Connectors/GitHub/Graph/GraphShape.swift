/// GraphQL's objects in the shape of REST's, so that both come to the same rows through the same checks.
///
/// What already has REST's shape is returned as it is.
enum GraphShape {
    static func pull(_ node: JSONValue) -> JSONValue {
        guard node["created_at"].isNull, !node["createdAt"].isNull || !node["fullDatabaseId"].isNull else { return node }
        return JSONValue([
            "id": self.id(node), "node_id": node["id"], "number": node["number"], "title": node["title"], "body": node["body"],
            "state": node["state"], "draft": node["isDraft"], "html_url": node["url"], "created_at": node["createdAt"],
            "updated_at": node["updatedAt"], "closed_at": node["closedAt"], "merged_at": node["mergedAt"],
            "additions": node["additions"], "deletions": node["deletions"], "changed_files": node["changedFiles"],
            "commits": node["commits"]["totalCount"], "comments": node["comments"]["totalCount"],
            "head": JSONValue(["ref": node["headRefName"], "sha": node["headRefOid"]]),
            "base": JSONValue(["ref": node["baseRefName"]]), "merge_commit_sha": node["mergeCommit"]["oid"],
            "user": self.user(node["author"]), "merged_by": self.user(node["mergedBy"]), "labels": node["labels"]["nodes"],
            "requested_reviewers": .array(
                (node["reviewRequests"]["nodes"].array ?? []).map { self.user($0["requestedReviewer"]) }
            ),
        ])
    }

    /// - Parameter node: what stands under `commit`.
    static func commit(_ node: JSONValue) -> JSONValue {
        guard node["sha"].isNull, !node["oid"].isNull else { return node }
        func person(_ person: JSONValue, _ date: JSONValue) -> JSONValue {
            JSONValue(["name": person["name"], "email": person["email"], "date": date])
        }
        return JSONValue([
            "sha": node["oid"], "html_url": node["url"],
            "author": self.user(node["author"]["user"]),
            "commit": JSONValue([
                "message": node["message"], "author": person(node["author"], node["authoredDate"]),
                "committer": person(node["committer"], node["committedDate"]),
            ]),
        ])
    }

    static func review(_ node: JSONValue) -> JSONValue {
        guard node["submitted_at"].isNull, !node["fullDatabaseId"].isNull || !node["databaseId"].isNull else { return node }
        return JSONValue([
            "id": self.id(node), "state": node["state"], "body": node["body"], "submitted_at": node["submittedAt"],
            "html_url": node["url"], "user": self.user(node["author"]),
        ])
    }

    /// `databaseId` is null where the number has outgrown 32 bits.
    private static func id(_ node: JSONValue) -> JSONValue {
        node["fullDatabaseId"].isNull ? node["databaseId"] : node["fullDatabaseId"]
    }

    /// A bot is `dependabot` to GraphQL and `dependabot[bot]` to REST and to everybody who reads the page.
    private static func user(_ actor: JSONValue) -> JSONValue {
        guard let login = actor["login"].text else { return .null }
        let isBot = actor["__typename"].string == "Bot" && !login.hasSuffix("[bot]")
        return JSONValue(["login": .string(isBot ? login + "[bot]" : login), "id": actor["databaseId"]])
    }
}
