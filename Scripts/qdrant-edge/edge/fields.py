"""Typed access to the fields of a JSON body, with Qdrant's wording where one is missing or of the wrong type."""

from .errors import bad_format, not_valid

UINT64 = 2**64


def require(body, name):
    if not isinstance(body, dict):
        raise bad_format(f"expected an object with field `{name}`")
    if name not in body:
        raise bad_format(f"missing field `{name}`")
    return body[name]


def only(body, names, what):
    """Refuses fields that Qdrant's deserializer refuses."""
    if not isinstance(body, dict):
        raise bad_format(f"invalid type: expected {what}")
    for name in body:
        if name not in names:
            raise bad_format(f"unknown field `{name}` in {what}, expected one of {', '.join(f'`{n}`' for n in names)}")


def text(value, what):
    if not isinstance(value, str):
        raise bad_format(f"invalid type for `{what}`: expected a string")
    return value


def boolean(value, what):
    if not isinstance(value, bool):
        raise bad_format(f"invalid type for `{what}`: expected a boolean")
    return value


def number(value, what):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise bad_format(f"invalid type for `{what}`: expected a number")
    return value


def unsigned(value, what, minimum=0):
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < UINT64:
        raise bad_format(f"invalid value for `{what}`: expected an unsigned integer")
    if value < minimum:
        raise not_valid(f"[{what}: value {value} invalid, must be {minimum} or larger]")
    return value


def array(value, what):
    if not isinstance(value, list):
        raise bad_format(f"invalid type for `{what}`: expected a sequence")
    return value
