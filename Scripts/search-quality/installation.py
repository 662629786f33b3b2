"""An installation of Pulse that holds the sets: a tenant a set, filled and searched as any other."""

import http.client
import json
import os
import subprocess
import sys
import time
import urllib.parse

import jira


class InstallationError(Exception):
    """Pulse does not do what it was asked to."""


class Installation:
    def __init__(self, pulse, home):
        self.pulse = pulse
        self.home = home
        self.environment = dict(os.environ, PULSE_REQUESTS_PER_MINUTE="0", PULSE_LOG_LEVEL="warning", PULSE_BENCH_TOKEN="bench")
        self.servers = []
        self.api = None
        (home / "log").mkdir(parents=True, exist_ok=True)

    # Filling

    def fill(self, sets):
        """Brings the sets' issues through connector, tables, queue and index; what is there already is not done again."""
        jira.write(sets, self.home / "recorded")
        self.run("migrate")
        there = {tenant["name"] for tenant in json.loads(self.run("tenant", "list", "--json"))}
        # The addresses of the site stand in the issues: on another port all of them would have changed.
        port = self.home / "sandbox-port"
        wanted = port.read_text() if port.exists() else "0"
        address = self.serve("sandbox", "sandbox", "--recorded", self.home / "recorded", "--port", wanted)
        port.write_text(address.rsplit(":", 1)[1])
        for one in sets:
            if one.name not in there:
                self.run("tenant", "create", one.name, "--json")
            definition = self.home / f"{one.name}.json"
            definition.write_text(
                json.dumps(
                    {
                        "kind": "jira", "base_url": f"{address}/jira", "email": "bench@jira.example",
                        "api_token": "env:PULSE_BENCH_TOKEN", "projects": [one.project],
                    }  # fmt: skip
                )
            )
            if one.name not in there:
                self.run("integration", "add", "--tenant", one.name, definition, "--name", "jira")
            self.show("sync", "jira", "--tenant", one.name)
            self.show("vectorize", "--tenant", one.name, "--drain")
        self.end()

    # Searching

    def start(self, sets):
        self.keys = {
            one.name: self.run("key", "create", "--tenant", one.name, "--name", "bench", "--role", "viewer").strip() for one in sets
        }
        address = self.serve("serve", "serve", "--roles", "api", "--port", "0")
        self.api = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=60)

    def search(self, tenant, question, mode, limit):
        """The keys of the issues that the search finds, best first, and its milliseconds."""
        body = {"query": question.text, "mode": mode, "limit": limit, "filter": {"tables": ["work_items"]}}
        if question.before:
            body["filter"]["updated"] = {"to": question.before.replace(" ", "T")}
        headers = {"authorization": f"Bearer {self.keys[tenant]}", "content-type": "application/json"}
        started = time.monotonic()
        self.api.request("POST", "/api/v1/search", json.dumps(body), headers)
        answer = self.api.getresponse()
        content = json.loads(answer.read())
        elapsed = (time.monotonic() - started) * 1000
        if answer.status != 200:
            raise InstallationError(f"a search was answered with {answer.status}: {content.get('detail')}")
        if content.get("degraded"):
            raise InstallationError(f"a search was answered in part only: {content['degraded']}")
        return [hit["external_id"] for hit in content["hits"]], elapsed

    # Processes

    def run(self, *arguments):
        done = subprocess.run(
            [self.pulse, *map(str, arguments)], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise InstallationError(f"pulse {arguments[0]} failed: {(done.stderr or done.stdout).strip()[-800:]}")
        return done.stdout

    def show(self, *arguments):
        """Runs a command that tells its progress itself."""
        command = [self.pulse, *map(str, arguments)]
        if subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode != 0:
            raise InstallationError(f"pulse {arguments[0]} failed")

    def serve(self, name, *arguments):
        """Starts a server and returns its address, which it prints."""
        path = self.home / f"log/{name}.log"
        with open(path, "wb") as log:
            process = subprocess.Popen(
                [self.pulse, *map(str, arguments)], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.servers.append(process)
        for _ in range(600):
            for line in path.read_text(errors="replace").splitlines():
                if " on http://" in line:
                    return line.split(" on ", 1)[1].strip()
            if process.poll() is not None:
                break
            time.sleep(0.05)
        raise InstallationError(f"pulse {name} does not start (log: {path})")

    def end(self):
        for process in self.servers:
            process.terminate()
        for process in self.servers:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        self.servers = []
