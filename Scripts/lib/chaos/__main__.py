"""Breaks an installation of Pulse by a seed while it vectorizes, lets it heal, and compares what stands. See `Scripts/chaos`."""

import argparse
import json
import signal
import sys
import threading
import time
from pathlib import Path

from oracle import Oracle, audit, wasted
from plan import Plan
from workers import Workers
from world import EDITABLE, LEAVES, TABLES, HarnessError, World, http

DIMENSIONS = 384
LEASE = 10
# What a process has in hand at most: lanes, and rows a claim (`VectorizationWorker`).
LANES, BATCH = 8, 128
# Two companies that are large and alike, and one beside them.
TENANTS = ("large", "second", "small")


class Run:
    def __init__(self, options):
        self.options = options
        self.started = time.monotonic()
        self.world = World(options)
        self.plan = Plan(options.seed, options.latest)
        self.workers = Workers(self.world, options.workers, LEASE)
        self.world.meanwhile = self.workers.keep_running
        self.faults = {}
        self.restarts = {"postgresql": 0, "qdrant": 0}
        self.heal_at = {"qdrant": 0.0, "provider": 0.0}
        self.serial = 0
        self.renames = 0
        self.told = 0.0
        self.synced = {}
        self.summary = {"rows": 0, "seed": options.seed, "latest": options.latest}
        self.problems = []

    # Phases

    def run(self):
        options, world = self.options, self.world
        world.environment.update(
            PULSE_LEASE_SECONDS=str(LEASE), PULSE_WRITE_DEADLINE_SECONDS=str(options.latest + 5), PULSE_LOG_LEVEL="error",
            PULSE_DATABASE_CONNECTIONS="8",
        )  # fmt: skip
        world.start_provider(DIMENSIONS, options.library)
        world.run("migrate")
        for name, scale in zip(TENANTS, self.scales()):
            world.add_tenant(name, options.seed * 10 + len(self.synced), scale)
            self.synced[name] = False
        self.tell("filling")
        syncs = [threading.Thread(target=self.fill, args=(name,), daemon=True) for name in TENANTS]
        for thread in syncs:
            thread.start()
        self.break_things(syncs)
        self.heal(syncs)
        self.drain()
        self.judge()

    def scales(self):
        """How large each company must be for the rows wanted: two that are alike, and one that is small beside them."""
        each = max(1, round(self.options.rows / 2 / self.options.rows_per_scale))
        return each, each, 1

    def fill(self, name):
        """Brings a company in; what a restart of the database interrupts goes on where it stopped."""
        for kind in ("jira", "github"):
            while not self.world.sync(name, kind):
                self.count("sync_interrupted")
                time.sleep(1)
        self.synced[name] = True

    def break_things(self, syncs):
        """One thing after the other, until all rows have come, each kind of fault has struck, and most work is done."""
        deadline = self.started + self.options.minutes * 60
        began = time.monotonic()
        next_at = began + 1
        while time.monotonic() < deadline:
            self.workers.keep_running()
            self.heal_what_is_due()
            if time.monotonic() >= next_at:
                self.break_one(self.plan.next())
                next_at = time.monotonic() + self.plan.pause()
                is_filled = not any(thread.is_alive() for thread in syncs)
                # The deck is empty once more: each has had its turn.
                if is_filled and self.plan.rounds >= 1 and not self.plan.deck and self.waiting() < self.options.rows / 10:
                    break
            self.tell("breaking")
            time.sleep(0.1)
        self.summary["seconds_of_chaos"] = round(time.monotonic() - began, 1)

    def break_one(self, kind):
        dice, world = self.plan.random, self.world
        if kind == "kill":
            self.workers.kill(dice)
        elif kind == "stall":
            self.workers.stall(dice, dice.uniform(0.2, 0.9))
        elif kind == "stop_long":
            # Beyond its lease: its rows go to others, and then it goes on.
            self.workers.stall(dice, dice.uniform(1.2, 2.2))
        elif kind == "postgresql":
            world.service("crash", "postgresql")
            time.sleep(dice.uniform(0, 1.5))
            world.service("start", "--faults")
            self.restarts["postgresql"] += 1
        elif kind == "qdrant":
            self.note_qdrant_faults()
            world.service("crash", "qdrant")
            time.sleep(dice.uniform(0, 1.5))
            world.service("start", "--faults")
            world.set_qdrant_rules([])
            self.heal_at["qdrant"] = 0.0
            self.restarts["qdrant"] += 1
        elif kind.startswith("qdrant_"):
            self.note_qdrant_faults()
            world.set_qdrant_rules(self.plan.qdrant_rules(kind))
            self.heal_at["qdrant"] = time.monotonic() + dice.uniform(2, 7)
        elif kind.startswith("provider_"):
            http("POST", f"{world.provider}/faults", self.plan.provider_rule(kind))
            self.heal_at["provider"] = time.monotonic() + dice.uniform(2, 7)
        elif kind in ("edit", "delete"):
            self.serial += 1
            table = dice.choice(list(EDITABLE) if kind == "edit" else LEAVES)
            count = max(5, self.options.rows // dice.choice((50, 200, 1000)) // (1 if kind == "edit" else 4))
            (world.edit if kind == "edit" else world.delete)(table, self.serial, count)
        elif kind == "rename":
            self.rename(dice)
        self.count(kind)

    def rename(self, dice):
        """At the source: the next sync brings it, with all documents that show it."""
        ready = [name for name in TENANTS if self.synced[name]]
        if not ready:
            return
        name = dice.choice(ready)
        keys = self.world.sql(
            f"""SELECT w.key FROM work_items w JOIN tenants t ON t.id = w.tenant_id
            WHERE t.name = '{name}' AND w.deleted_at IS NULL ORDER BY hashtextextended(w.key, {self.serial}) LIMIT 5"""
        )
        for (key,) in keys:
            self.serial += 1
            self.world.rename(name, key, self.serial)
            self.renames += 1
        threading.Thread(target=self.world.sync, args=(name, "jira"), daemon=True).start()

    def heal_what_is_due(self):
        now = time.monotonic()
        if self.heal_at["qdrant"] and now >= self.heal_at["qdrant"]:
            self.heal_at["qdrant"] = 0.0
            self.note_qdrant_faults()
            self.world.set_qdrant_rules([])
        if self.heal_at["provider"] and now >= self.heal_at["provider"]:
            self.heal_at["provider"] = 0.0
            http("DELETE", f"{self.world.provider}/faults")

    def heal(self, syncs):
        self.tell("healing", now=True)
        self.heal_at = {"qdrant": 1.0, "provider": 1.0}
        self.heal_what_is_due()
        self.workers.wake_all()
        for thread in syncs:
            while thread.is_alive():
                self.workers.keep_running()
                self.tell("filling")
                thread.join(0.5)
        for name in TENANTS:
            for kind in ("jira", "github"):
                deadline = time.monotonic() + 120
                while not self.world.sync(name, kind):
                    self.workers.keep_running()
                    if time.monotonic() > deadline:
                        raise HarnessError(f"{kind} of {name} cannot be synchronized though all is well")
                    time.sleep(1)
        letters = self.world.sql(
            "SELECT coalesce(failure_kind, '-'), count(*) FROM vectorization_queue WHERE status = 'failed' GROUP BY 1"
        )
        self.summary["dead_letters"] = {kind: int(count) for kind, count in letters}
        self.summary["dead_letter_reasons"] = [
            line[0] for line in self.world.sql(
                "SELECT DISTINCT left(error_message, 160) FROM vectorization_queue WHERE status = 'failed' LIMIT 5"
            )
        ]  # fmt: skip
        if letters:
            for name in TENANTS:
                self.world.run("failures", "requeue", "--tenant", name)

    def drain(self):
        """Until nothing waits. What is unclear settles first, twice at most."""
        began = time.monotonic()
        patience = 2 * (self.options.latest + 5) + 60 + self.options.rows / 100
        quiet = 0
        while quiet < 3:
            self.workers.keep_running()
            self.tell("draining")
            time.sleep(0.5)
            if time.monotonic() - began > patience:
                self.problems.append(f"the queue does not drain within {round(patience)} s: {self.waiting()} rows wait")
                break
            quiet = quiet + 1 if self.waiting() == 0 else 0
        self.summary["seconds_of_draining"] = round(time.monotonic() - began, 1)
        failed = self.world.number("SELECT count(*) FROM vectorization_queue WHERE status = 'failed'")
        if failed:
            self.problems.append(f"{failed} rows were given up though all is well")
        late = self.workers.end()
        if late:
            self.problems.append(f"{late} workers did not end within ten seconds")

    def judge(self):
        self.tell("comparing", now=True)
        self.summary["audits"] = {name: audit(self.world, name) for name in TENANTS}
        for name, report in self.summary["audits"].items():
            if report["exit"] != 0:
                self.problems.append(f"`pulse audit` of {name} ends with {report['exit']}")
        oracle = Oracle(self.world, DIMENSIONS).run()
        stats = http("GET", f"{self.world.provider}/stats")
        repeated = http("GET", f"{self.world.provider}/repeated")
        waste, shared = wasted(repeated, oracle.holders_of_text)
        in_flight = round(LANES * BATCH * oracle.points / max(1, oracle.rows))
        for fault, count in stats["faults"].items():
            self.count(f"provider {fault}", count)
        self.summary.update(
            rows=oracle.rows, points=oracle.points, vectors_compared=oracle.vectors_checked,
            faults=dict(sorted(self.faults.items())),
            kills=self.workers.kills, stalls=self.workers.stalls, restarts=self.restarts,
            worker_starts=self.workers.starts, workers_ended_by_themselves=self.workers.ends, renames=self.renames,
            **oracle.counts, examples=oracle.examples,
            embeddings={key: stats[key] for key in ("delivered", "distinct", "spoilt", "requests")},
            embeddings_wasted=waste, embeddings_wasted_on_shared_texts=shared,
            chunks_in_flight=in_flight, waste_allowed=self.workers.kills * in_flight,
            kept_vectors_left=self.world.number("SELECT count(*) FROM unwritten_vectors"),
        )  # fmt: skip
        for kind, count in oracle.counts.items():
            if count:
                self.problems.append(f"{count} {kind}")
        if waste > self.summary["waste_allowed"]:
            self.problems.append(f"{waste} embeddings wasted, {self.summary['waste_allowed']} allowed")

    # Telling

    def count(self, kind, times=1):
        self.faults[kind] = self.faults.get(kind, 0) + times

    def note_qdrant_faults(self):
        for kind, count in self.world.qdrant_fault_counts().items():
            if count:
                self.count(f"qdrant {kind}", count)

    def waiting(self):
        """Rows that are not at rest, and changes that are still to be spread."""
        return self.world.number(
            "SELECT (SELECT count(*) FROM vectorization_queue WHERE status <> 'failed') + (SELECT count(*) FROM queue_fanouts)"
        )

    def tell(self, phase, now=False):
        if not now and time.monotonic() - self.told < 5:
            return
        self.told = time.monotonic()
        try:
            done, waiting, failed = self.world.sql(
                """SELECT (SELECT count(*) FROM qdrant_vectors), count(*) FILTER (WHERE status <> 'failed'),
                count(*) FILTER (WHERE status = 'failed') FROM vectorization_queue"""
            )[0]
        except HarnessError:
            return
        print(
            f"chaos: {round(self.told - self.started):4d} s  {phase:9s} {done} chunks indexed, {waiting} rows wait, "
            f"{failed} given up; {self.workers.kills} kills, {self.workers.stalls} stalls, "
            f"{sum(self.restarts.values())} restarts",
            file=sys.stderr, flush=True,
        )  # fmt: skip

    def report(self):
        self.summary["seconds"] = round(time.monotonic() - self.started, 1)
        self.summary["problems"] = self.problems
        text = json.dumps(self.summary, indent=2)
        Path(self.world.home, "summary.json").write_text(text + "\n")
        print(text, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="chaos")
    for name in ("home", "pulse", "services", "psql", "library"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--latest", type=int, required=True)
    parser.add_argument("--rows-per-scale", type=float, default=1360)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    run = Run(options)
    try:
        run.run()
    except HarnessError as error:
        run.problems.append(f"the harness gave up: {error}")
    finally:
        run.workers.wake_all()
        run.world.end_all()
    run.report()
    sys.exit(1 if run.problems else 0)


if __name__ == "__main__":
    main()
