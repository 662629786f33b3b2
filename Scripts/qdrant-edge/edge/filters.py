"""Filters: JSON to the engine's objects. What Qdrant refuses is refused here, before anything is applied."""

import qdrant_edge as engine

from .errors import bad_format, unsupported
from .fields import array, boolean, number, only, require, text, unsigned
from .points import point_id

FILTER_FIELDS = ("must", "should", "must_not", "min_should")
FIELD_CONDITION = (
    "key", "match", "range", "values_count", "is_empty", "is_null", "geo_bounding_box", "geo_radius", "geo_polygon",
)  # fmt: skip
BOUNDS = ("lt", "gt", "gte", "lte")


def filter_of(body):
    """The engine's filter; None for an absent or empty one."""
    if body is None:
        return None
    only(body, FILTER_FIELDS, "filter")
    if not body:
        return None
    min_should = body.get("min_should")
    if min_should is not None:
        only(min_should, ("conditions", "min_count"), "min_should")
        min_should = engine.MinShould(
            [condition(c) for c in array(require(min_should, "conditions"), "conditions")],
            unsigned(require(min_should, "min_count"), "min_count"),
        )
    return engine.Filter(
        must=conditions(body.get("must")),
        should=conditions(body.get("should")),
        must_not=conditions(body.get("must_not")),
        min_should=min_should,
    )


def conditions(body):
    if body is None:
        return None
    return [condition(c) for c in (body if isinstance(body, list) else [body])]


def condition(body):
    if not isinstance(body, dict):
        raise bad_format("data did not match any variant of untagged enum Condition")
    if "key" in body:
        return field_condition(body)
    if "has_id" in body:
        only(body, ("has_id",), "condition")
        return engine.HasIdCondition({point_id(i) for i in array(body["has_id"], "has_id")})
    if "is_empty" in body:
        return engine.IsEmptyCondition(text(require(body["is_empty"], "key"), "key"))
    if "is_null" in body:
        return engine.IsNullCondition(text(require(body["is_null"], "key"), "key"))
    if "has_vector" in body:
        return engine.HasVectorCondition(text(body["has_vector"], "has_vector"))
    if "nested" in body:
        return engine.NestedCondition(text(require(body["nested"], "key"), "key"), filter_of(require(body["nested"], "filter")))
    if any(name in FILTER_FIELDS for name in body):
        return filter_of(body) or engine.Filter()
    raise bad_format("data did not match any variant of untagged enum Condition")


def field_condition(body):
    only(body, FIELD_CONDITION, "condition")
    if any(body.get(name) is not None for name in FIELD_CONDITION if name.startswith("geo_")):
        raise unsupported("a geographic condition")
    arguments = {}
    if body.get("match") is not None:
        arguments["match"] = match(body["match"])
    if body.get("range") is not None:
        arguments["range"] = range_of(body["range"])
    if body.get("values_count") is not None:
        only(body["values_count"], BOUNDS, "values_count")
        arguments["values_count"] = engine.ValuesCount(
            **{name: unsigned(value, name) for name, value in body["values_count"].items() if value is not None}
        )
    for name in ("is_empty", "is_null"):
        if body.get(name) is not None:
            arguments[name] = boolean(body[name], name)
    if not arguments:
        raise bad_format("at least one field condition must be specified")
    return engine.FieldCondition(key=text(body["key"], "key"), **arguments)


def match(body):
    only(body, ("value", "any", "except", "text", "text_any", "phrase", "prefix"), "match")
    if len(body) != 1:
        raise bad_format("data did not match any variant of untagged enum Match")
    ((kind, value),) = body.items()
    if kind == "value":
        if not isinstance(value, (str, int, bool)):
            raise bad_format("data did not match any variant of untagged enum ValueVariants")
        return engine.MatchValue(value)
    if kind in ("any", "except"):
        values = array(value, kind)
        if not (all(isinstance(v, str) for v in values) or all(type(v) is int for v in values)):
            raise bad_format("data did not match any variant of untagged enum AnyVariants")
        return engine.MatchAny(values) if kind == "any" else engine.MatchExcept(values)
    kinds = {
        "text": engine.MatchText,
        "text_any": engine.MatchTextAny,
        "phrase": engine.MatchPhrase,
        "prefix": engine.MatchPrefix,
    }
    return kinds[kind](text(value, kind))


def range_of(body):
    only(body, BOUNDS, "range")
    bounds = {name: value for name, value in body.items() if value is not None}
    if any(isinstance(value, str) for value in bounds.values()):
        try:
            return engine.RangeDateTime(**{name: text(value, name) for name, value in bounds.items()})
        except ValueError as error:
            raise bad_format(f"data did not match any variant of untagged enum RangeInterface: {error}") from error
    return engine.RangeFloat(**{name: number(value, name) for name, value in bounds.items()})
