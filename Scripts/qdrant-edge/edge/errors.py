"""Errors as Qdrant words them."""


class ApiError(Exception):
    """An answer with a status other than 200."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def bad_format(detail):
    return ApiError(400, f"Format error in JSON body: {detail}")


def bad_input(detail):
    return ApiError(400, f"Wrong input: {detail}")


def bad_request(detail):
    return ApiError(400, f"Bad request: {detail}")


def not_valid(detail):
    return ApiError(422, f"Validation error in JSON body: {detail}")


def no_collection(name):
    return ApiError(404, f"Not found: Collection `{name}` doesn't exist!")


def unsupported(what):
    return ApiError(400, f"Bad request: {what} is not supported by qdrant-edge; see Scripts/qdrant-edge/README.md")


def from_engine(error):
    """The engine raises a bare Exception with a text: the text decides. Its refusal of a value is a ValueError or TypeError."""
    text = str(error)
    if isinstance(error, (ValueError, TypeError, OverflowError)):
        return bad_format(text.splitlines()[0])
    if type(error) is not Exception or text.startswith("Service runtime error"):
        return ApiError(500, "Service internal error: " + text)
    if text.startswith("No point with id"):
        return ApiError(404, "Not found: " + text)
    if text.startswith(("No appropriate index", "No range index", "Index required")):
        return bad_request(text)
    return bad_input(text)
