"""What goes wrong, and when: a schedule is its seed."""

import random

from provider import FAULTS as PROVIDER_FAULTS

# Each once in every round, in an order that the seed shuffles.
DECK = (
    "kill", "kill", "kill", "stall", "stall", "stop_long", "postgresql", "qdrant", "qdrant_refuses", "qdrant_refuses",
    "qdrant_unclear", "qdrant_unclear", "qdrant_late", "qdrant_late", "qdrant_resets", "provider_refuses", "provider_breaks",
    "provider_lies", "provider_mixed", "edit", "edit", "edit", "edit", "delete", "delete", "rename",
)  # fmt: skip
WRITES = ({"method": "PUT", "path": "/collections/*/points"}, {"method": "POST", "path": "/collections/*/points/delete"})


class Plan:
    def __init__(self, seed, latest):
        self.random = random.Random(seed)
        self.latest = latest
        self.deck = []
        self.rounds = 0

    def next(self):
        """The next thing to go wrong."""
        if not self.deck:
            self.deck = list(DECK)
            self.random.shuffle(self.deck)
            self.rounds += 1
        return self.deck.pop()

    def pause(self):
        return self.random.uniform(0.3, 2.5)

    def qdrant_rules(self, kind):
        """Rules for the engine: faults of one family, on writes mostly."""
        probability = self.random.choice((0.1, 0.3, 0.6, 1))
        faults = {
            "qdrant_refuses": [
                {"fault": "status", "status": 408}, {"fault": "status", "status": 429}, {"fault": "status", "status": 503},
                {"fault": "status", "status": 429, "retry_after": 1}, {"fault": "status", "status": 500},
            ],
            "qdrant_unclear": [{"fault": "acknowledged"}, {"fault": "wait_timeout"}],
            "qdrant_late": [
                {"fault": "acknowledged", "seconds": self.late()}, {"fault": "wait_timeout", "seconds": self.late()},
                {"fault": "delay", "seconds": self.late()},
            ],
            "qdrant_resets": [{"fault": "reset_before"}, {"fault": "reset_after"}],
        }[kind]  # fmt: skip
        rules = []
        for number, fault in enumerate(faults):
            for place in WRITES:
                # The first rule that strikes decides: the later ones get their share too.
                share = probability / (len(faults) - number)
                rules.append({**fault, **place, "probability": share, "seed": self.random.randrange(1 << 30)})
        if kind in ("qdrant_refuses", "qdrant_resets"):
            fault = faults[self.random.randrange(len(faults))]
            rules.append({**fault, "method": "POST", "path": "/collections/*/points", "probability": 0.3, "seed": 5})
        return rules

    def late(self):
        return round(self.random.uniform(min(5, self.latest), self.latest), 1)

    def provider_rule(self, kind):
        families = {
            "provider_refuses": ["429", "429_retry_after", "503"],
            "provider_breaks": ["500", "503", "timeout", "reset", "truncated"],
            "provider_lies": ["cut_json", "wrong_count", "wrong_dimension", "nan", "zero", "html"],
            "provider_mixed": list(PROVIDER_FAULTS),
        }
        return {
            "faults": families[kind], "probability": self.random.choice((0.15, 0.4, 0.8, 1)),
            "seed": self.random.randrange(1 << 30),
        }  # fmt: skip
