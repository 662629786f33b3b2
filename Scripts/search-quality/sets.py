"""The sets of issues with questions whose answers are known."""

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path

NAMES = ("duracloud", "usergrid", "seamonkey")

# What the search takes; BM25 gets the same.
LONGEST_QUESTION = 4000


class SetsError(Exception):
    """The data is absent or of another shape."""


@dataclass
class Issue:
    key: str
    summary: str
    description: str
    status: str = "Open"
    priority: str | None = None
    resolution: str | None = None
    created: str = "2020-01-01 00:00:00+00:00"
    resolved: str | None = None

    @property
    def text(self):
        return f"{self.summary}\n{self.description}"


@dataclass
class Question:
    text: str
    # Keys of the issues that answer it.
    answers: frozenset
    # Only issues that were created before this moment may answer.
    before: str | None = None


@dataclass
class QuestionSet:
    name: str
    issues: list
    questions: list

    @property
    def project(self):
        return self.name.upper()


def read(folder, name):
    """The set of that name, of the folder that Scripts/bench describes."""
    csv.field_size_limit(1 << 30)
    try:
        return READERS[name](Path(folder))
    except FileNotFoundError as error:
        raise SetsError(f"{error.filename} is not there; --data names the folder of the sets") from None
    except (KeyError, ValueError) as error:
        raise SetsError(f"the files of {name} are of another shape: {error!r}") from None


def duracloud(folder):
    """A commit's message without the keys of issues, for the issues that the keys named."""
    commits = lines(folder / "duracloud_commits.jsonl")
    texts = [(f"{commit['subject']}\n{commit['body']}", commit["in_story_point_set"]) for commit in commits]
    return keyed("duracloud", story_points(folder / "duracloud_issues.csv"), texts)


def usergrid(folder):
    """The subjects of a pull request's commits without the keys of issues, for the issues that the keys named."""
    pulls = lines(folder / "usergrid_prs.jsonl")
    texts = [("\n".join(commit["subject"] for commit in pull["commits"]), pull["in_story_point_set"]) for pull in pulls]
    return keyed("usergrid", story_points(folder / "usergrid_issues.csv"), texts)


def seamonkey(folder):
    """The text of a bug's duplicate that was reported later, for the bug, among those reported before the duplicate."""
    bugs = {row["Issue id"]: row for row in rows(folder / "seamonkey_bugs.csv")}
    pairs = set()
    for row in rows(folder / "seamonkey_duplicates.csv"):
        for other in row["Duplicate id"].split(","):
            pair = frozenset((row["Issue id"], other.strip()))
            if len(pair) == 2 and pair <= bugs.keys():
                pairs.add(pair)
    issues = {
        bug: Issue(
            key=f"SEAMONKEY-{bug}",
            summary=row["Summary"],
            description=row["Description"],
            status=row["Status"].capitalize(),
            priority=None if row["Priority"] in ("", "--") else row["Priority"],
            resolution=row["Resolution"].capitalize() or None,
            created=row["Created"],
            resolved=row["Resolved"] if row["Resolution"] else None,
        )
        for bug, row in bugs.items()
    }
    ordered = sorted((sorted(pair, key=lambda bug: (bugs[bug]["Created"], bug)) for pair in pairs))
    questions = [
        Question(issues[later].text[:LONGEST_QUESTION], frozenset([issues[earlier].key]), issues[later].created)
        for earlier, later in ordered
    ]
    return QuestionSet("seamonkey", list(issues.values()), questions)


READERS = {"duracloud": duracloud, "usergrid": usergrid, "seamonkey": seamonkey}


def keyed(name, issues, texts):
    known = {issue.key for issue in issues}
    keys = re.compile(rf"\b{name}-\d+\b", re.IGNORECASE)
    questions = [
        Question(keys.sub("", text)[:LONGEST_QUESTION], frozenset(answers) & known) for text, answers in texts if answers
    ]
    # A message may have been nothing but a key.
    return QuestionSet(name, issues, [one for one in questions if one.answers and re.search(r"\w", one.text)])


def story_points(path):
    return [Issue(row["issuekey"], row["title"], row["description"]) for row in rows(path)]


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]
