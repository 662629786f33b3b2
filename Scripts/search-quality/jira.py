"""Writes the sets' issues as the answers of a Jira site, in the form that `pulse sandbox --recorded` replays."""

import json
from datetime import datetime

SITE = "https://jira.example"
TYPE = {"id": "1", "name": "Task", "description": "", "subtask": False, "hierarchyLevel": 0}
CATEGORIES = {
    "open": {"id": 2, "key": "new", "name": "To Do"},
    "closed": {"id": 3, "key": "done", "name": "Done"},
}


def write(sets, folder):
    (folder / "jira/devlake_json").mkdir(parents=True, exist_ok=True)
    (folder / "github/devlake_json").mkdir(parents=True, exist_ok=True)
    for name in ("pull_requests", "pull_request_commits", "pull_request_reviews", "pull_request_review_comments", "comments"):
        save(folder / f"github/devlake_json/api_{name}.json", [])
    statuses = {}
    for issue in (issue for one in sets for issue in one.issues):
        closed = issue.status in ("Resolved", "Closed", "Verified")
        statuses.setdefault(
            issue.status,
            {
                "id": str(len(statuses) + 1),
                "name": issue.status,
                "description": "",
                "statusCategory": CATEGORIES["closed" if closed else "open"],
            },
        )
    projects = [
        {"id": str(number), "key": one.project, "name": one.name.capitalize(), "style": "classic", "projectTypeKey": "software"}
        for number, one in enumerate(sets, 1)
    ]
    issues = []
    for project, one in zip(projects, sets):
        for issue in one.issues:
            issues.append(page_item(len(issues) + 1, issue, project, statuses[issue.status]))
    lists = {
        "projects": projects, "issue_types": [TYPE], "status": list(statuses.values()), "users": [], "issues": issues,
        "issue_changelogs": [], "sprints": [], "development_panels": [],
    }  # fmt: skip
    for name, items in lists.items():
        save(folder / f"jira/devlake_json/api_{name}.json", items)


def page_item(number, issue, project, status):
    fields = {
        "summary": issue.summary,
        "description": document(issue.description),
        "issuetype": TYPE,
        "project": project,
        "status": status,
        "priority": issue.priority and {"id": issue.priority, "name": issue.priority},
        "resolution": issue.resolution and {"id": issue.resolution, "name": issue.resolution},
        "created": instant(issue.created),
        # So that the search's own filter by time keeps later bugs out.
        "updated": instant(issue.created),
        "resolutiondate": issue.resolved and instant(issue.resolved),
        "labels": [],
    }
    return {"id": str(number), "key": issue.key, "self": f"{SITE}/rest/api/3/issue/{number}", "fields": fields}


def document(text):
    """A text as Jira's rich text, a paragraph a line."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": paragraphs}


def instant(text):
    return datetime.fromisoformat(text).strftime("%Y-%m-%dT%H:%M:%S.000%z")


def save(path, items):
    pages = [{"url": f"{SITE}/{path.stem}", "input": None, "items": items}] if items else []
    path.write_text(json.dumps(pages), encoding="utf-8")
