"""The configuration of a collection and of its payload indexes: JSON to the engine's objects."""

import qdrant_edge as engine

from .errors import bad_format, bad_request, not_valid, unsupported
from .fields import boolean, only, require, text, unsigned

DISTANCES = {name: getattr(engine.Distance, name) for name in ("Cosine", "Dot", "Euclid", "Manhattan")}
HNSW = ("m", "ef_construct", "full_scan_threshold", "max_indexing_threads", "on_disk", "memory", "payload_m", "inline_storage")
COLLECTION = (
    "vectors", "sparse_vectors", "shard_number", "sharding_method", "replication_factor", "write_consistency_factor",
    "on_disk_payload", "payload", "hnsw_config", "wal_config", "optimizers_config", "quantization_config", "strict_mode_config",
    "metadata", "init_from",
)  # fmt: skip
INDEXES = {
    "keyword": (engine.KeywordIndexParams, ("is_tenant", "on_disk", "enable_hnsw", "prefix")),
    "integer": (engine.IntegerIndexParams, ("lookup", "range", "is_principal", "on_disk", "enable_hnsw")),
    "float": (engine.FloatIndexParams, ("is_principal", "on_disk", "enable_hnsw")),
    "bool": (engine.BoolIndexParams, ("on_disk", "enable_hnsw")),
    "geo": (engine.GeoIndexParams, ("on_disk", "enable_hnsw")),
    "datetime": (engine.DatetimeIndexParams, ("is_principal", "on_disk", "enable_hnsw")),
    "uuid": (engine.UuidIndexParams, ("is_tenant", "on_disk", "enable_hnsw")),
    "text": (engine.TextIndexParams, ("min_token_len", "max_token_len", "lowercase", "on_disk", "enable_hnsw")),
}


def collection_config(body):
    """The engine's configuration of a new collection."""
    only(body, COLLECTION, "collection")
    vectors = body.get("vectors")
    if vectors is not None:
        if not isinstance(vectors, dict):
            raise bad_format("data did not match any variant of untagged enum VectorsConfig")
        vectors = vector_params(vectors) if "size" in vectors else {name: vector_params(v) for name, v in vectors.items()}
    sparse = {}
    for name, params in (body.get("sparse_vectors") or {}).items():
        only(params or {}, ("index", "modifier"), "sparse vector")
        modifier = (params or {}).get("modifier")
        if modifier not in (None, "none", "idf"):
            raise bad_format(f"unknown variant `{modifier}`, expected `none` or `idf`")
        sparse[name] = engine.EdgeSparseVectorParams(modifier=engine.Modifier.Idf if modifier == "idf" else None)
    for name in ("shard_number", "replication_factor", "write_consistency_factor"):
        if body.get(name) is not None:
            unsigned(body[name], name, minimum=1)
    return engine.EdgeConfig(
        vectors=vectors or None,
        sparse_vectors=sparse or None,
        on_disk_payload=body.get("on_disk_payload"),
        hnsw_config=hnsw(body.get("hnsw_config")),
        quantization_config=quantization(body.get("quantization_config")),
    )


def vector_params(body):
    names = ("size", "distance", "hnsw_config", "quantization_config", "on_disk", "memory", "datatype", "multivector_config")
    only(body, names, "vector params")
    distance = require(body, "distance")
    if distance not in DISTANCES:
        raise bad_format(f"unknown variant `{distance}`, expected one of `Cosine`, `Euclid`, `Dot`, `Manhattan`")
    if body.get("datatype") not in (None, "float32"):
        raise unsupported(f"datatype {body['datatype']}")
    size = unsigned(require(body, "size"), "size", minimum=1)
    if size > 65536:
        raise not_valid(f"[size: value {size} invalid, must be from 1 to 65536]")
    multivector = body.get("multivector_config")
    return engine.EdgeVectorParams(
        size=size,
        distance=DISTANCES[distance],
        on_disk=body.get("on_disk"),
        hnsw_config=hnsw(body.get("hnsw_config")),
        quantization_config=quantization(body.get("quantization_config")),
        multivector_config=engine.MultiVectorConfig(engine.MultiVectorComparator.MaxSim) if multivector else None,
    )


def hnsw(body):
    if body is None:
        return None
    only(body, HNSW, "hnsw_config")
    return engine.HnswIndexConfig(
        m=16 if body.get("m") is None else unsigned(body["m"], "m"),
        ef_construct=100 if body.get("ef_construct") is None else unsigned(body["ef_construct"], "ef_construct", minimum=4),
        full_scan_threshold=body.get("full_scan_threshold") or 10000,
        max_indexing_threads=body.get("max_indexing_threads") or 0,
        payload_m=body.get("payload_m"),
        on_disk=body.get("on_disk"),
    )


def quantization(body):
    if not body:
        return None
    only(body, ("scalar", "product", "binary", "turbo"), "quantization_config")
    if "scalar" in body:
        scalar = body["scalar"]
        if scalar.get("type") != "int8":
            raise bad_format("unknown variant of scalar quantization, expected `int8`")
        return engine.ScalarQuantizationConfig(
            type=engine.ScalarType.Int8, quantile=scalar.get("quantile"), always_ram=scalar.get("always_ram")
        )
    if "binary" in body:
        return engine.BinaryQuantizationConfig(always_ram=body["binary"].get("always_ram"))
    raise unsupported(f"quantization of kind {', '.join(body)}")


def index_params(schema):
    """The engine's parameters of a payload index, and the same as Qdrant reports them: (params, type, reported or None)."""
    if schema is None:
        raise bad_request("field_schema is required")
    if isinstance(schema, str):
        kind, options = schema, {}
    else:
        kind = text(require(schema, "type"), "type")
        options = {name: value for name, value in schema.items() if name != "type" and value is not None}
    if kind not in INDEXES:
        raise bad_format(f"unknown payload index type `{kind}`, expected one of {', '.join(f'`{k}`' for k in INDEXES)}")
    constructor, known = INDEXES[kind]
    for name, value in options.items():
        if name not in known:
            raise unsupported(f"option `{name}` of a {kind} index")
        if not name.endswith("_len"):
            boolean(value, name)
    return constructor(**options), kind, None if isinstance(schema, str) else {"type": kind, **options}
