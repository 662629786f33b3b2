"""The processes that vectorize, and what befalls them."""

import os
import signal
import time


class Workers:
    def __init__(self, world, count, lease):
        self.world = world
        self.lease = lease
        self.processes = [None] * count
        self.restart_at = [0.0] * count
        # Until when each stands still; 0 where it runs.
        self.stalled_until = [0.0] * count
        # A process that has just come back from a stop may still have to say that its lease was lost: what it sent late is then
        # written again. Killed before it can, it takes that knowledge with it, which `pulse audit` is there for.
        self.spared_until = [0.0] * count
        self.kills = self.stalls = self.starts = self.ends = 0

    def keep_running(self):
        """Starts what has ended, and wakes what has stood still for long enough."""
        now = time.monotonic()
        for index, process in enumerate(self.processes):
            if process is not None and process.poll() is not None:
                # By itself: a supervisor starts it again.
                self.ends += 1
                self.processes[index] = process = None
                self.restart_at[index] = now + 1
            if process is None and now >= self.restart_at[index]:
                self.processes[index] = self.world.spawn(
                    f"worker-{index}", [self.world.pulse, "serve", "--roles", "vectorization"]
                )
                self.starts += 1
            elif self.stalled_until[index] and now >= self.stalled_until[index]:
                self.wake(index)

    def victim(self, random):
        now = time.monotonic()
        able = [
            index for index, process in enumerate(self.processes)
            if process is not None and process.poll() is None
            and not self.stalled_until[index] and now >= self.spared_until[index]
        ]  # fmt: skip
        return random.choice(able) if able else None

    def kill(self, random):
        index = self.victim(random)
        if index is None:
            return False
        process = self.processes[index]
        process.kill()
        process.wait()
        self.processes[index] = None
        self.restart_at[index] = time.monotonic() + random.uniform(0, 2)
        self.kills += 1
        return True

    def stall(self, random, leases):
        index = self.victim(random)
        if index is None:
            return False
        os.kill(self.processes[index].pid, signal.SIGSTOP)
        self.stalled_until[index] = time.monotonic() + self.lease * leases
        self.stalls += 1
        return True

    def wake(self, index):
        self.stalled_until[index] = 0.0
        self.spared_until[index] = time.monotonic() + 10
        process = self.processes[index]
        if process is not None and process.poll() is None:
            os.kill(process.pid, signal.SIGCONT)

    def wake_all(self):
        for index, until in enumerate(self.stalled_until):
            if until:
                self.wake(index)

    def end(self):
        """Asks all to end; how many did not within the ten seconds that are promised."""
        self.wake_all()
        alive = [process for process in self.processes if process is not None and process.poll() is None]
        for process in alive:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 12
        late = 0
        for process in alive:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except Exception:
                late += 1
                process.kill()
                process.wait()
        return late
