"""Point ids and vectors: validation before the engine sees them, and the way back to JSON.

The engine applies the good points of a batch and refuses the bad one, with the whole batch already in its log. Nothing may
therefore reach it that it would refuse.
"""

import uuid

import qdrant_edge as engine

from .errors import bad_format, bad_input, not_valid, unsupported
from .fields import UINT64, array, only, require

UINT32 = 2**32


def point_id(value):
    """An unsigned 64-bit number, or a UUID in any of its spellings."""
    if type(value) is int and 0 <= value < UINT64:
        return value
    if isinstance(value, str):
        try:
            return uuid.UUID(value)
        except ValueError:
            pass
    raise bad_format(f"value {value} is not a valid point ID, valid values are either an unsigned integer or a UUID")


def id_json(value):
    return value if isinstance(value, int) else str(value)


class VectorLayout:
    """Names, sizes and kinds of a collection's vectors. The unnamed vector has the name ""."""

    def __init__(self, config):
        vectors = config.get("vectors") or {}
        self.dense = {"": vectors} if "size" in vectors else dict(vectors)
        self.sparse = set(config.get("sparse_vectors") or {})

    def stored(self, value):
        """The vector or vectors of one point."""
        if isinstance(value, list):
            return self._dense("", value)
        if not isinstance(value, dict):
            raise bad_format("data did not match any variant of untagged enum VectorStruct")
        return {name: self.named(name, vector) for name, vector in value.items()}

    def named(self, name, value):
        if name in self.sparse:
            return sparse(value)
        return self._dense(name, value)

    def _dense(self, name, value):
        params = self.dense.get(name)
        if params is None:
            raise bad_input(f"Not existing vector name error: {name}")
        if isinstance(value, dict):
            if "indices" in value:
                raise bad_input(f"Conversion between sparse and regular vectors failed: {name}")
            raise unsupported("inference")
        array(value, "vector")
        size = params["size"]
        if params.get("multivector_config") and value and isinstance(value[0], list):
            rows = value
        else:
            rows = [value]
        for row in rows:
            if len(row) != size:
                raise bad_input(f"Vector dimension error: expected dim: {size}, got {len(row)}")
        return value


def sparse(value):
    if not isinstance(value, dict) or "indices" not in value:
        if isinstance(value, dict):
            raise unsupported("inference")
        raise bad_input("Wrong usage of sparse vectors")
    only(value, ("indices", "values"), "sparse vector")
    indices = array(value["indices"], "indices")
    values = array(require(value, "values"), "values")
    if len(indices) != len(values):
        raise not_valid("[values: must be the same length as indices]")
    if not all(type(i) is int and 0 <= i < UINT32 for i in indices):
        raise bad_format("invalid value in `indices`: expected u32")
    if len(set(indices)) != len(indices):
        raise not_valid("[indices: must be unique]")
    return engine.SparseVector(indices, values)


def build_point(layout, body):
    only(body, ("id", "vector", "payload"), "point")
    payload = body.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise bad_format("invalid type for `payload`: expected a map")
    try:
        return engine.Point(point_id(require(body, "id")), layout.stored(require(body, "vector")), payload)
    except (TypeError, ValueError, OverflowError) as error:
        raise bad_format(str(error).splitlines()[0]) from error


def vector_json(value):
    if isinstance(value, engine.SparseVector):
        return {"indices": value.indices, "values": value.values}
    if isinstance(value, dict):
        return {name: vector_json(vector) for name, vector in value.items()}
    return value


def record_json(record):
    out = {"id": id_json(record.id)}
    if record.payload is not None:
        out["payload"] = record.payload
    if record.vector is not None:
        out["vector"] = vector_json(record.vector)
    if record.order_value is not None:
        out["order_value"] = record.order_value
    return out


def hit_json(hit):
    out = {"id": id_json(hit.id), "version": hit.version, "score": hit.score}
    if hit.payload is not None:
        out["payload"] = hit.payload
    if hit.vector is not None:
        out["vector"] = vector_json(hit.vector)
    if hit.order_value is not None:
        out["order_value"] = hit.order_value
    return out
