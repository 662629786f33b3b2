"""The installation under test: its services, its database, its tenants, and `pulse`."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request

SPACE = "chaos-space"
COLLECTION = "pulse_chaos-space"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))

# Table, and the column that stands in its own document and in no other.
EDITABLE = {"work_items": "description", "prs": "body", "prs_comments": "body"}
# Tables whose rows no other document shows.
LEAVES = ("prs_comments", "prs_reviews", "prs_commits", "changelogs")
TABLES = (
    "projects", "wits", "statuses", "work_items", "changelogs", "wits_hierarchies", "wits_mappings", "statuses_mappings",
    "workflows", "repositories", "prs", "prs_commits", "prs_reviews", "prs_comments", "wits_prs_links",
)  # fmt: skip
GITHUB_TABLES = ("repositories", "prs", "prs_commits", "prs_reviews", "prs_comments")


class HarnessError(Exception):
    """The harness itself cannot go on: no verdict on Pulse."""


def http(method, url, body=None, timeout=60):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)
    with OPENER.open(request, timeout=timeout) as answer:
        text = answer.read()
    return json.loads(text) if text else None


class World:
    def __init__(self, options):
        self.home = options.home
        self.pulse = options.pulse
        self.services = options.services
        self.psql = options.psql
        self.environment = dict(os.environ)
        self.database = os.environ["PULSE_DATABASE_URL"]
        self.meanwhile = None
        self.qdrant = os.environ["PULSE_QDRANT_URL"]
        self.children = []
        self.qdrant_rules = None
        self.sandboxes = {}
        self.provider = None
        os.makedirs(f"{self.home}/log", exist_ok=True)
        os.makedirs(f"{self.home}/providers", exist_ok=True)

    # Processes

    def spawn(self, name, command, **more):
        log = open(f"{self.home}/log/{name}.log", "ab")
        process = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)
        log.close()
        self.children.append(process)
        return process

    def run(self, *arguments, check=True, timeout=600):
        """Runs `pulse` to its end."""
        done = subprocess.run(
            [self.pulse, *arguments],
            env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
        )  # fmt: skip
        if check:
            self.expect_success(f"pulse {' '.join(arguments)}", done)
        return done

    @staticmethod
    def expect_success(command, done):
        if done.returncode != 0:
            raise HarnessError(f"`{command}` ended with {done.returncode}: {done.stderr[-800:]}{done.stdout[-800:]}")

    def service(self, *arguments):
        done = subprocess.run(
            [self.services, *arguments, "--home", self.home],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180,
        )  # fmt: skip
        self.expect_success(f"services {' '.join(arguments)}", done)

    def end_all(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
        for child in self.children:
            child.wait()

    # Database

    def sql(self, statement, patience=60, meanwhile=None):
        """The lines of a query's answer, tab-separated fields; a database that restarts is waited for.

        What is to go on while rows are waited for, `meanwhile` does.
        """
        deadline = time.monotonic() + patience
        while True:
            code, answer, complaint = self.psql_once(statement, meanwhile)
            if code == 0:
                return [line.split("\t") for line in answer.splitlines() if line]
            is_away = code == 2 or any(
                word in complaint for word in ("deadlock", "terminat", "starting up", "shutting down", "recovery mode")
            )
            if not is_away or time.monotonic() > deadline:
                raise HarnessError(f"SQL failed: {complaint[-800:]}")
            time.sleep(0.3)

    def psql_once(self, statement, meanwhile):
        process = subprocess.Popen(
            [self.psql, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator=\t",
             "--set=ON_ERROR_STOP=1", self.database],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        deadline = time.monotonic() + 300
        given = statement
        while True:
            try:
                answer, complaint = process.communicate(given, timeout=0.2)
                return process.returncode, answer, complaint
            except subprocess.TimeoutExpired:
                given = None
                if meanwhile:
                    meanwhile()
                if time.monotonic() > deadline:
                    process.kill()
                    process.communicate()
                    raise HarnessError(f"SQL has not ended within 300 s: {statement.strip()[:200]}") from None

    def number(self, statement):
        return int(self.sql(statement)[0][0])

    # Setting up

    def start_provider(self, dimensions, library):
        port_file = f"{self.home}/provider-port"
        if os.path.exists(port_file):
            os.unlink(port_file)
        self.spawn("provider", ["python3", "-B", "-I", "-S", f"{library}/provider.py", port_file, str(dimensions)])
        port = self.wait_for(lambda: os.path.exists(port_file) and open(port_file).read(), "the provider does not start")
        self.provider = f"http://127.0.0.1:{port}"
        definition = {
            "id": "chaos", "name": "The harness's provider", "kind": "http", "verified": "documentation", "model": "chaos",
            "space": {"name": SPACE, "dimensions": dimensions},
            "request": {
                "url": f"{self.provider}/v1/embeddings", "timeoutSeconds": 8,
                "body": {"model": "{{model}}", "input": "{{texts}}", "encoding_format": "base64"},
            },
            "authorization": {"kind": "none"},
            "response": {
                "vectors": "data[*].embedding", "index": "data[*].index", "encoding": "base64",
                "usage": {"from": "path", "path": ["usage.total_tokens"]},
            },
            "errors": {"message": "error.message", "code": ["error.code"]},
            "limits": {"items": 64, "tokensPerItem": 512, "tokensPerRequest": 100000, "concurrency": 2},
        }  # fmt: skip
        with open(f"{self.home}/providers/chaos.json", "w") as file:
            json.dump(definition, file)
        self.environment["PULSE_PROVIDERS_DIR"] = f"{self.home}/providers"
        self.environment["PULSE_PROVIDER"] = "chaos"
        self.environment["CHAOS_TOKEN"] = "chaos"

    def wait_for(self, probe, complaint, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            value = probe()
            if value:
                return value
            if time.monotonic() > deadline:
                raise HarnessError(complaint)
            time.sleep(0.05)

    def add_tenant(self, name, seed, scale):
        """A tenant with a company of its own."""
        self.run("tenant", "create", name, "--json")
        log = f"{self.home}/log/sandbox-{name}.log"
        self.spawn(f"sandbox-{name}", [self.pulse, "sandbox", "--port", "0", "--seed", str(seed), "--scale", str(scale)])

        def address():
            with open(log) as file:
                found = [line.split(" on ", 1)[1].strip() for line in file if line.startswith("sandbox on ")]
            return found[-1] if found else None

        self.sandboxes[name] = self.wait_for(address, f"the sandbox of {name} does not start", 120)
        token = "env:CHAOS_TOKEN"
        for kind, definition in (
            ("jira", {"email": "chaos@acme.example", "api_token": token}),
            ("github", {"organization": "acme", "token": token}),
        ):
            path = f"{self.home}/{name}-{kind}.json"
            with open(path, "w") as file:
                json.dump({"kind": kind, "base_url": f"{self.sandboxes[name]}/{kind}", **definition}, file)
            self.run("integration", "add", "--tenant", name, path, "--name", kind)

    def sync(self, name, kind):
        """Whether all of it came."""
        return self.run("sync", kind, "--tenant", name, "--json", check=False).returncode == 0

    # Changes

    def edit(self, table, serial, count):
        """Changes what rows say."""
        column = EDITABLE[table]
        self.change(table, serial, count, f"{column} = left(coalesce({column}, ''), 300) || ' chaos{serial}edit'", "update")

    def delete(self, table, serial, count):
        """Lays tombstones, as a sweep of the source does."""
        self.change(table, serial, count, "deleted_at = now()", "delete")

    def change(self, table, serial, count, assignment, operation):
        """Rows and queue rows in one transaction, as the writing of a page does it.

        The queue's contract: the generation is drawn in the conflict's branch too, and a holder keeps status and lease.
        """
        source = "github" if table in GITHUB_TABLES else "jira"
        self.sql(
            f"""
            WITH picked AS (
                SELECT entity FROM {table} WHERE deleted_at IS NULL
                ORDER BY hashtextextended(entity::text, {serial}) LIMIT {count}
            ), locked AS (
                SELECT t.entity FROM {table} t JOIN picked USING (entity) ORDER BY t.entity FOR UPDATE OF t
            ), changed AS (
                UPDATE {table} t SET {assignment}, last_updated_at = now()
                FROM locked WHERE t.entity = locked.entity
                RETURNING t.tenant_id, t.integration_id, t.external_id, t.entity
            )
            INSERT INTO vectorization_queue AS q
                (tenant_id, integration_id, source, table_name, external_id, entity, operation, priority)
            SELECT tenant_id, integration_id, '{source}', '{table}', external_id, entity, '{operation}', 0
            FROM changed ORDER BY entity
            ON CONFLICT (entity) DO UPDATE SET
                generation = nextval('vectorization_generation'), external_id = excluded.external_id,
                operation = excluded.operation, priority = least(q.priority, excluded.priority),
                status = CASE q.status WHEN 'processing' THEN 'processing' ELSE 'pending' END,
                attempts = CASE q.status WHEN 'processing' THEN q.attempts ELSE 0 END,
                crashes = CASE q.status WHEN 'failed' THEN 0 ELSE q.crashes END,
                available_at = CASE WHEN q.status = 'processing' THEN q.available_at ELSE least(q.available_at, now()) END;
            SELECT pg_notify('pulse_queue', '');
            """,
            # A worker that stands still may hold the rows: it must be woken when its time has come.
            meanwhile=self.meanwhile,
        )

    def rename(self, name, key, serial):
        """Changes an issue at its source; the next sync brings it, with whatever shows its summary."""
        http("POST", f"{self.sandboxes[name]}/sandbox/issues/{key}", {"summary": f"Chaos {serial} renamed {key}"})

    # Faults

    def set_qdrant_rules(self, rules):
        self.qdrant_rules = rules
        try:
            http("DELETE", f"{self.qdrant}/faults", timeout=20)
            if rules:
                http("POST", f"{self.qdrant}/faults", {"rules": rules}, timeout=20)
        except (OSError, urllib.error.URLError) as error:
            raise HarnessError(f"Qdrant's engine takes no faults: {error}") from error

    def qdrant_fault_counts(self):
        """How often each fault has struck under the rules in force; they are forgotten with the rules."""
        counts = {}
        try:
            answer = http("GET", f"{self.qdrant}/faults", timeout=20)
        except (OSError, urllib.error.URLError):
            return counts
        for rule in answer["rules"]:
            name = rule["fault"] if rule["fault"] != "status" else f"status_{rule['status']}"
            if rule.get("seconds"):
                name += "_late"
            counts[name] = counts.get(name, 0) + rule["fired"]
        return counts
