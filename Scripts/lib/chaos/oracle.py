"""What stands, read without Pulse: rows and ledger from PostgreSQL, points from Qdrant, all compared with each other."""

import hashlib
import json
import math
import re
import struct
import uuid

from provider import vector
from world import COLLECTION, EDITABLE, SPACE, TABLES, http

NAMESPACE = bytes.fromhex("9b1c5d3e41525f0a8e277075 6c736501".replace(" ", ""))
EXAMPLES = 12
MARK = re.compile(r"chaos\d+edit")
# Every so many pages of points are read with their vectors.
VECTOR_PAGES = 8


def identifier(*fields):
    """UUID version 5 over length-prefixed fields: how entities and points get their ids."""
    name = NAMESPACE + b"".join(struct.pack(">I", len(field)) + field for field in fields)
    return str(uuid.UUID(bytes=hashlib.sha1(name).digest()[:16], version=5))


class Oracle:
    def __init__(self, world, dimensions):
        self.world = world
        self.dimensions = dimensions
        self.counts = {"missing": 0, "surplus": 0, "stale": 0, "foreign": 0}
        self.examples = []
        self.points = 0
        self.rows = 0
        self.vectors_checked = 0
        # Digest of a text, and the points of each tenant that have it.
        self.holders_of_text = {}

    def fault(self, kind, what):
        self.counts[kind] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{kind}: {what}")

    def run(self):
        rows = self.read_rows()
        ledger = self.read_ledger()
        seen = self.walk_points(rows, ledger)
        for entity, (table, tenant, _, external_id, _) in rows.items():
            chunks = ledger.get(entity)
            if not chunks:
                self.fault("missing", f"{table} {external_id} {entity} has a row and no line in the ledger")
                continue
            total = {count for count in seen.get(entity, {}).values()}
            standing = set(seen.get(entity, {}))
            if standing != set(chunks) or standing != set(range(len(standing))):
                self.fault("missing", f"{table} {external_id} {entity}: chunks {sorted(standing)} of {sorted(chunks)}")
            elif total != {len(standing)}:
                self.fault("stale", f"{table} {external_id} {entity}: its points say {total} chunks, {len(standing)} stand")
        for entity, chunks in ledger.items():
            if entity not in rows:
                self.fault("surplus", f"{entity} has no row and {len(chunks)} lines in the ledger")
        self.rows = len(rows)
        return self

    def read_rows(self):
        rows = {}
        for table in TABLES:
            column = EDITABLE.get(table)
            mark = "''"
            if column:
                mark = f"coalesce((SELECT string_agg(m[1], ' ') FROM regexp_matches({column}, '(chaos\\d+edit)', 'g') m), '')"
            title = "key || ' ' || summary" if table == "work_items" else "''"
            found = self.world.sql(
                f"""SELECT entity, tenant_id, integration_id, stable_id, regexp_replace(external_id, '\\s', ' ', 'g'),
                    regexp_replace({title}, '\\s', ' ', 'g'), {mark}, 'x'
                FROM {table} WHERE deleted_at IS NULL"""
            )
            for entity, tenant, integration, stable_id, external_id, title, marks, _ in found:
                rows[entity] = (table, tenant, title, external_id, marks.split())
                wanted = identifier(uuid.UUID(tenant).bytes, uuid.UUID(integration).bytes, table.encode(), stable_id.encode())
                if wanted != entity:
                    self.fault("stale", f"{table} {external_id}: its entity is {entity}, its fields give {wanted}")
        return rows

    def read_ledger(self):
        ledger = {}
        for entity, chunk, tenant, space, point, digest, generation, table in self.world.sql(
            """SELECT entity, chunk, tenant_id, space, point_id, encode(content_hash, 'hex'), generation, table_name
            FROM qdrant_vectors"""
        ):
            if space != SPACE:
                self.fault("foreign", f"{entity} is in the ledger of the space {space}")
            ledger.setdefault(entity, {})[int(chunk)] = (tenant, point, digest, int(generation), table)
        return ledger

    def walk_points(self, rows, ledger):
        """All points of the collection, whoever's; of each entity, its chunks and how many each says there are."""
        seen, texts = {}, {}
        offset, page = None, 0
        while True:
            answer = http(
                "POST", f"{self.world.qdrant}/collections/{COLLECTION}/points/scroll",
                {
                    "limit": 500, "offset": offset, "with_payload": True,
                    "with_vector": ["dense"] if page % VECTOR_PAGES == 0 else False,
                },
                timeout=120,
            )["result"]  # fmt: skip
            for point in answer["points"]:
                self.check(point, rows, ledger, seen, texts)
            offset, page = answer["next_page_offset"], page + 1
            if offset is None:
                break
        for entity, text in texts.items():
            lacking = [mark for mark in rows[entity][4] if mark not in text]
            if lacking:
                self.fault("stale", f"{rows[entity][0]} {rows[entity][3]} does not show its edit {lacking}")
            foreign = set(MARK.findall(text)) - set(rows[entity][4])
            if foreign:
                self.fault("stale", f"{rows[entity][0]} {rows[entity][3]} shows {sorted(foreign)}, which its row does not say")
        return seen

    def check(self, point, rows, ledger, seen, texts):
        self.points += 1
        payload = point["payload"]
        entity, chunk, tenant = payload["entity"], payload["chunk"], payload["tenant_id"]
        name = f"point {point['id']} of {payload['table']} {payload['external_id']}"
        if payload["space"] != SPACE:
            self.fault("foreign", f"{name} is of the space {payload['space']}")
        row = rows.get(entity)
        if row is None:
            return self.fault("surplus", f"{name}: its entity {entity} has no row")
        table, owner, title, external_id, marks = row
        if tenant != owner:
            return self.fault("foreign", f"{name} is of tenant {tenant}, its row of {owner}")
        line = ledger.get(entity, {}).get(chunk)
        if line is None or chunk in seen.setdefault(entity, {}):
            return self.fault("surplus", f"{name}: the ledger knows no such chunk {chunk}, or it is there twice")
        seen[entity][chunk] = payload["chunks"]
        digest = hashlib.sha256(payload["text"].encode()).hexdigest()
        holders = self.holders_of_text.setdefault(digest, {})
        holders[tenant] = holders.get(tenant, 0) + 1
        if line[0] != owner:
            self.fault("foreign", f"{name}: the ledger says tenant {line[0]}")
        facts = {
            "id": point["id"] == line[1] == identifier(uuid.UUID(entity).bytes, str(chunk).encode()),
            "content hash": digest == payload["content_hash"] == line[2],
            "generation": payload["generation"] == line[3],
            "table": payload["table"] == table == line[4],
            "external id": re.sub(r"\s", " ", payload["external_id"]) == external_id,
            "title": not title or re.sub(r"\s", " ", payload["title"]) == title,
            "vector": not point.get("vector") or self.is_vector_of(point["vector"]["dense"], payload["text"]),
        }
        wrong = [fact for fact, holds in facts.items() if not holds]
        if wrong:
            self.fault("stale", f"{name}: {', '.join(wrong)}")
        if marks or MARK.search(payload["text"]):
            texts[entity] = texts.get(entity, "") + "\n" + payload["text"]

    def is_vector_of(self, standing, text):
        self.vectors_checked += 1
        wanted = vector(text, self.dimensions)
        if len(standing) != len(wanted):
            return False
        product = sum(map(float.__mul__, standing, wanted))
        lengths = math.sqrt(sum(x * x for x in standing) * sum(x * x for x in wanted))
        return lengths > 0 and product / lengths > 0.9999


def wasted(repeated, holders_of_text):
    """Deliveries beyond the first for each tenant that has the text: all, and those of texts that several rows of a tenant share.

    Two passes at once may each be the first to need a shared text; a text of one row is paid for again only where a pass was
    lost.
    """
    total = shared = 0
    for digest, count in repeated.items():
        holders = holders_of_text.get(digest, {})
        surplus = max(0, count - max(1, len(holders)))
        total += surplus
        shared += surplus if any(points > 1 for points in holders.values()) else 0
    return total, shared


def audit(world, tenant):
    """What `pulse audit` says of a tenant: its exit code, and the sums of its columns."""
    done = world.run("audit", "--tenant", tenant, "--json", check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return {"exit": done.returncode, "error": done.stderr[-500:]}
    columns = ("rows", "points", "queued", "failed", "missing", "surplus", "stale")
    sums = {column: sum(table[column] for table in report["tables"]) for column in columns}
    return {"exit": done.returncode, **sums, "drift": report["drift"]}
