"""Faults on request: what a server under load, a lost connection or a crash does to its clients.

A rule is a JSON object:

    {"fault": "status", "status": 429, "retry_after": 1, "method": "PUT", "path": "/collections/*/points", "count": 3}

- `fault`, or `faults`: a list of which the seeded generator picks one.
    status         answers `status` (408, 429, 500, 503 …), with `retry_after` as a header, and applies nothing
    acknowledged   applies `seconds` later (0: at once), answers `acknowledged` now
    wait_timeout   the same, answering `wait_timeout`
    reset_before   resets the connection, applies nothing
    reset_after    applies, then resets the connection
    delay          waits `seconds`, then applies and answers, whether or not the client is still there
- `method`: absent is any. `path`: `*` is one segment, `**` is any number; absent is any.
- `count`: how often at most. `skip`: how many matching requests to let pass first. `probability`: 0 to 1, by `seed`.
"""

import random
import re
import threading

from .errors import bad_format
from .fields import number, only, require, unsigned

KINDS = ("status", "acknowledged", "wait_timeout", "reset_before", "reset_after", "delay")
FIELDS = (
    "fault", "faults", "status", "retry_after", "message", "seconds", "method", "path", "count", "skip", "probability", "seed",
)  # fmt: skip


class Rule:
    def __init__(self, body):
        only(body, FIELDS, "rule")
        self.kinds = body.get("faults") or [require(body, "fault")]
        for kind in self.kinds:
            if kind not in KINDS:
                raise bad_format(f"unknown fault `{kind}`, expected one of {', '.join(KINDS)}")
        self.body = body
        self.status = unsigned(body.get("status", 503), "status", minimum=400)
        self.retry_after = body.get("retry_after")
        self.message = body.get("message", "injected by qdrant-edge")
        self.seconds = float(number(body.get("seconds", 0), "seconds"))
        self.method = body.get("method")
        pattern = re.escape(body.get("path", "/**")).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
        self.path = re.compile(pattern)
        self.left = body.get("count")
        self.skip = body.get("skip", 0)
        self.probability = float(number(body.get("probability", 1), "probability"))
        self.random = random.Random(body.get("seed", 0))
        self.seen = 0
        self.fired = 0

    def draw(self, method, path):
        """The kind of fault that strikes this request, or None."""
        if self.method not in (None, method) or not self.path.fullmatch(path):
            return None
        self.seen += 1
        if self.seen <= self.skip or self.left == 0 or self.random.random() >= self.probability:
            return None
        if self.left is not None:
            self.left -= 1
        self.fired += 1
        return self.random.choice(self.kinds)


class Faults:
    def __init__(self):
        self.rules = []
        self.lock = threading.Lock()

    def add(self, body):
        """One rule, or {"rules": [...]}."""
        bodies = body["rules"] if isinstance(body, dict) and "rules" in body else [body]
        rules = [Rule(one) for one in bodies]
        with self.lock:
            self.rules += rules

    def heal(self):
        with self.lock:
            self.rules = []

    def counts(self):
        with self.lock:
            return {"rules": [{**r.body, "seen": r.seen, "fired": r.fired} for r in self.rules]}

    def draw(self, method, path):
        """(rule, kind) of the first rule that strikes, or None."""
        with self.lock:
            for rule in self.rules:
                kind = rule.draw(method, path)
                if kind is not None:
                    return rule, kind
        return None
