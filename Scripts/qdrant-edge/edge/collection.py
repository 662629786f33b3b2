"""One collection: a shard of the engine and what Qdrant knows of it besides.

The engine runs one call at a time and holds the interpreter while it does; callers hold the registry's lock. The conditional
upsert is therefore atomic as it is in Qdrant, where a shard's worker applies one operation after the other.
"""

import json
import os
import shutil
from pathlib import Path

import qdrant_edge as engine

from . import layout
from .errors import ApiError, bad_format, bad_input, bad_request
from .fields import array, boolean, only, require, text, unsigned
from .filters import filter_of
from .points import VectorLayout, build_point, hit_json, id_json, point_id, record_json
from .queries import QueryReader, order_by, payload_selector, vector_selector

UPSERT = ("points", "batch", "shard_key", "update_filter", "update_mode")
SELECTOR = ("points", "filter", "shard_key")
MODES = {"upsert": None, "insert_only": engine.UpdateMode.InsertOnly, "update_only": engine.UpdateMode.UpdateOnly}


class Collection:
    def __init__(self, root, description, shard):
        self.root = root
        self.description = description
        self.shard = shard
        self.vectors = VectorLayout(description["config"])
        self.operation = 0
        self.dirty = False

    @classmethod
    def create(cls, root, name, body):
        config = layout.collection_config(body)
        shutil.rmtree(root, ignore_errors=True)
        (root / "shard").mkdir(parents=True)
        shard = engine.EdgeShard.create(str(root / "shard"), config)
        collection = cls(root, {"name": name, "config": body, "indexes": {}}, shard)
        collection.save()
        return collection

    @classmethod
    def load(cls, root):
        """None for what a crash left of a creation or a deletion."""
        path = root / "collection.json"
        if not path.exists():
            shutil.rmtree(root, ignore_errors=True)
            return None
        description = json.loads(path.read_text())
        return cls(root, description, engine.EdgeShard.load(str(root / "shard")))

    def save(self):
        write_whole(self.root / "collection.json", self.description)

    def remove(self):
        (self.root / "collection.json").unlink()
        self.shard.close()
        shutil.rmtree(self.root)

    def close(self):
        self.shard.flush()
        self.shard.close()

    def flush(self):
        if self.dirty:
            self.shard.flush()
            self.dirty = False

    # The collection itself

    def info(self):
        info = self.shard.info()
        config = self.description["config"]
        schema = {}
        for field, stored in self.description["indexes"].items():
            points = info.payload_schema[field].points if field in info.payload_schema else 0
            schema[field] = {"data_type": stored["type"], "points": points}
            if stored["params"] is not None:
                schema[field]["params"] = stored["params"]
        params = {name: config[name] for name in ("vectors", "sparse_vectors") if config.get(name) is not None}
        params |= {name: config.get(name) or 1 for name in ("shard_number", "replication_factor", "write_consistency_factor")}
        params["on_disk_payload"] = config.get("on_disk_payload", True)
        hnsw = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000, "max_indexing_threads": 0, "on_disk": False}
        optimizer = {
            "deleted_threshold": 0.2, "vacuum_min_vector_number": 1000, "default_segment_number": 0, "indexing_threshold": 10000,
            "flush_interval_sec": 5,
        }  # fmt: skip
        full = {
            "params": params,
            "hnsw_config": hnsw | given(config.get("hnsw_config")),
            "optimizer_config": optimizer | given(config.get("optimizers_config")),
            "wal_config": {"wal_capacity_mb": 32, "wal_segments_ahead": 0} | given(config.get("wal_config")),
            "quantization_config": config.get("quantization_config"),
        }
        if config.get("metadata") is not None:
            full["metadata"] = config["metadata"]
        return {
            "status": "green",
            "optimizer_status": "ok",
            "indexed_vectors_count": info.indexed_vectors_count,
            "points_count": info.points_count,
            "segments_count": info.segments_count,
            "config": full,
            "payload_schema": schema,
        }

    def patch(self, body):
        """Changes what is reported; the engine keeps the settings it was created with."""
        names = (
            "vectors", "optimizers_config", "params", "hnsw_config", "quantization_config", "sparse_vectors",
            "strict_mode_config", "metadata",
        )  # fmt: skip
        only(body, names, "collection update")
        config = dict(self.description["config"])
        for name in ("optimizers_config", "hnsw_config", "metadata"):
            if body.get(name) is not None:
                config[name] = given(config.get(name)) | body[name]
        for name, value in given(body.get("params")).items():
            config[name] = value
        vectors = dict(given(config.get("vectors")))
        for name, value in given(body.get("vectors")).items():
            if name not in vectors:
                raise bad_input(f"Not existing vector name error: {name}")
            vectors[name] = vectors[name] | value
        config["vectors"] = vectors
        if "quantization_config" in body:
            wanted = body["quantization_config"]
            config["quantization_config"] = None if wanted == "Disabled" else wanted
        self.description["config"] = config
        self.save()

    def create_index(self, body):
        only(body, ("field_name", "field_schema"), "index")
        field = text(require(body, "field_name"), "field_name")
        params, kind, reported = layout.index_params(body.get("field_schema"))
        if self.description["indexes"].get(field) == {"type": kind, "params": reported}:
            return
        self.apply(engine.UpdateOperation.create_field_index(field, params))
        self.description["indexes"][field] = {"type": kind, "params": reported}
        self.save()

    def delete_index(self, field):
        self.apply(engine.UpdateOperation.delete_field_index(field))
        self.description["indexes"].pop(field, None)
        self.save()

    # Writing

    def apply(self, operation):
        """Into the engine's log and its segments: after this returns, a killed process comes back with it."""
        self.shard.update(operation)
        self.operation += 1
        self.dirty = True

    def prepare(self, kind, body):
        """The engine's operation for a REST one, wholly validated; nothing is applied."""
        operations = engine.UpdateOperation
        if kind == "upsert":
            return self._prepare_upsert(body)
        if kind == "update_vectors":
            only(body, ("points", "shard_key", "update_filter"), "update_vectors")
            vectors = [
                engine.PointVectors(point_id(require(p, "id")), self.vectors.stored(require(p, "vector")))
                for p in array(require(body, "points"), "points")
            ]
            return operations.update_vectors(vectors, filter_of(body.get("update_filter")))
        if kind in ("set_payload", "overwrite_payload"):
            only(body, ("payload", "key", *SELECTOR), kind)
            payload = require(body, "payload")
            if not isinstance(payload, dict):
                raise bad_format("invalid type for `payload`: expected a map")
            arguments = (payload, body.get("key"))
        elif kind == "delete_payload":
            only(body, ("keys", *SELECTOR), kind)
            arguments = (array(require(body, "keys"), "keys"),)
        elif kind == "delete_vectors":
            only(body, ("vector", *SELECTOR), kind)
            arguments = (array(require(body, "vector"), "vector"),)
        elif kind in ("delete", "clear_payload"):
            only(body, SELECTOR, kind)
            arguments = ()
        else:
            raise bad_format(f"unknown variant `{kind}`")
        name = "delete_points" if kind == "delete" else kind
        if body.get("filter") is not None:
            # An empty filter names every point, as in Qdrant.
            return getattr(operations, name + "_by_filter")(filter_of(body["filter"]) or engine.Filter(), *arguments)
        if body.get("points") is not None:
            return getattr(operations, name)([point_id(i) for i in array(body["points"], "points")], *arguments)
        raise bad_request("Either points or filter must be specified")

    def _prepare_upsert(self, body):
        only(body, UPSERT, "upsert")
        if body.get("batch") is not None:
            points = self._rows(body["batch"])
        else:
            points = array(require(body, "points"), "points")
        mode = body.get("update_mode") or "upsert"
        if mode not in MODES:
            raise bad_format(f"unknown variant `{mode}`, expected one of {', '.join(MODES)}")
        built = [build_point(self.vectors, point) for point in points]
        return engine.UpdateOperation.upsert_points(built, filter_of(body.get("update_filter")), MODES[mode])

    def _rows(self, batch):
        ids = array(require(batch, "ids"), "ids")
        vectors = require(batch, "vectors")
        payloads = batch.get("payloads") or [None] * len(ids)
        columns = vectors if isinstance(vectors, dict) else {"": vectors}
        if any(len(column) != len(ids) for column in columns.values()) or len(payloads) != len(ids):
            raise bad_request("number of ids, vectors and payloads must be equal")
        for index, identifier in enumerate(ids):
            vector = {n: c[index] for n, c in vectors.items()} if isinstance(vectors, dict) else vectors[index]
            yield {"id": identifier, "vector": vector, "payload": payloads[index]}

    # Reading

    def retrieve(self, body):
        only(body, ("ids", "with_payload", "with_vector", "shard_key"), "request")
        ids = [point_id(i) for i in array(require(body, "ids"), "ids")]
        with_vector = vector_selector(body.get("with_vector"), self.vectors)
        return [record_json(r) for r in self.shard.retrieve(ids, payload_selector(body.get("with_payload"), True), with_vector)]

    def point(self, identifier):
        wanted = point_id(int(identifier) if identifier.isdigit() else identifier)
        found = self.shard.retrieve([wanted], True, True)
        if not found:
            raise ApiError(404, f"Not found: Point with id {id_json(wanted)} does not exists!")
        return record_json(found[0])

    def scroll(self, body):
        only(body, ("offset", "limit", "filter", "with_payload", "with_vector", "order_by", "shard_key"), "scroll")
        order = body.get("order_by")
        limit = body.get("limit")
        records, following = self.shard.scroll(
            engine.ScrollRequest(
                offset=None if body.get("offset") is None else point_id(body["offset"]),
                limit=10 if limit is None else unsigned(limit, "limit", minimum=1),
                filter=filter_of(body.get("filter")),
                with_payload=payload_selector(body.get("with_payload"), True),
                with_vector=vector_selector(body.get("with_vector"), self.vectors),
                order_by=None if order is None else order_by(order),
            )
        )
        following = None if order is not None or following is None else id_json(following)
        return {"points": [record_json(r) for r in records], "next_page_offset": following}

    def count(self, body):
        only(body, ("filter", "exact", "shard_key"), "count")
        exact = boolean(body.get("exact", True), "exact")
        return {"count": self.shard.count(engine.CountRequest(exact=exact, filter=filter_of(body.get("filter"))))}

    def facet(self, body):
        only(body, ("key", "limit", "filter", "exact", "shard_key"), "facet")
        request = engine.FacetRequest(
            key=text(require(body, "key"), "key"),
            limit=unsigned(body.get("limit", 10), "limit", minimum=1),
            exact=boolean(body.get("exact", False), "exact"),
            filter=filter_of(body.get("filter")),
        )
        return {"hits": [{"value": hit.value, "count": hit.count} for hit in self.shard.facet(request).hits]}

    def query(self, body):
        return {"points": [hit_json(hit) for hit in self.shard.query(QueryReader(self.shard, self.vectors).request(body))]}

    def query_batch(self, body):
        only(body, ("searches",), "batch of queries")
        reader = QueryReader(self.shard, self.vectors)
        requests = [reader.request(search) for search in array(require(body, "searches"), "searches")]
        answers = self.shard.query_batch(engine.QueryBatchRequest(requests)) if requests else []
        return [{"points": [hit_json(hit) for hit in answer]} for answer in answers]


def given(settings):
    return {name: value for name, value in (settings or {}).items() if value is not None}


def write_whole(path: Path, value):
    """Whole or not at all, whenever the process is killed. Not synchronized to the disk: on a busy one that takes seconds."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(value))
    os.replace(draft, path)
