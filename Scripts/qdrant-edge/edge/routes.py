"""From method and path to an answer's `result`."""

from . import VERSION
from .errors import ApiError, bad_format
from .fields import array, require

WRITES = {
    ("PUT", ""): "upsert",
    ("POST", "delete"): "delete",
    ("POST", "payload"): "set_payload",
    ("PUT", "payload"): "overwrite_payload",
    ("POST", "payload/delete"): "delete_payload",
    ("POST", "payload/clear"): "clear_payload",
    ("PUT", "vectors"): "update_vectors",
    ("POST", "vectors/delete"): "delete_vectors",
}


class PlainText(str):
    """An answer without Qdrant's envelope."""


class Routes:
    def __init__(self, registry):
        self.registry = registry

    def answer(self, method, path, query, body):
        """The result of one request. Raises ApiError, or what the engine raises.

        - path: its segments, decoded.
        - query: the first value of each query parameter.
        """
        if path == [""] and method == "GET":
            return {"title": "qdrant - vector search engine", "version": VERSION}
        if len(path) == 1 and path[0] in ("healthz", "livez", "readyz") and method == "GET":
            return PlainText("all shards are ready" if path[0] == "readyz" else f"{path[0]} check passed")
        with self.registry.lock:
            return self._locked(method, path, query, body)

    def _locked(self, method, path, query, body):
        registry = self.registry
        match (method, path):
            case ("GET", ["aliases"]):
                return {"aliases": registry.alias_list()}
            case ("GET", ["collections"]):
                return {"collections": [{"name": name} for name in registry.collections]}
            case ("POST", ["collections", "aliases"]):
                registry.change_aliases(body)
                return True
            case ("PUT", ["collections", name]):
                registry.create(name, body)
                return True
            case ("DELETE", ["collections", name]):
                return registry.delete(name)
            case ("GET", ["collections", name]):
                return registry.find(name).info()
            case ("PATCH", ["collections", name]):
                registry.find(name).patch(body)
                return True
            case ("GET", ["collections", name, "exists"]):
                return {"exists": registry.aliases.get(name, name) in registry.collections}
            case ("GET", ["collections", name, "aliases"]):
                return {"aliases": registry.alias_list(registry.find(name).description["name"])}
            case ("PUT", ["collections", name, "index"]):
                collection = registry.find(name)
                return written(collection, query, lambda: collection.create_index(body))
            case ("DELETE", ["collections", name, "index", field]):
                collection = registry.find(name)
                return written(collection, query, lambda: collection.delete_index(field))
            case ("POST", ["collections", name, "facet"]):
                return registry.find(name).facet(body)
            case (_, ["collections", name, "points", *rest]):
                return self._points(registry.find(name), method, "/".join(rest), query, body)
        raise ApiError(404, "Not found: no such route in qdrant-edge")

    def _points(self, collection, method, action, query, body):
        kind = WRITES.get((method, action))
        if kind is not None:
            operation = collection.prepare(kind, body)
            return written(collection, query, lambda: collection.apply(operation))
        match (method, action):
            case ("POST", ""):
                return collection.retrieve(body)
            case ("POST", "batch"):
                operations = []
                for one in array(require(body, "operations"), "operations"):
                    if not isinstance(one, dict) or len(one) != 1:
                        raise bad_format("data did not match any variant of untagged enum UpdateOperation")
                    ((name, arguments),) = one.items()
                    operations.append(collection.prepare(name, arguments))
                return [written(collection, query, lambda o=operation: collection.apply(o)) for operation in operations]
            case ("POST", "scroll"):
                return collection.scroll(body)
            case ("POST", "count"):
                return collection.count(body)
            case ("POST", "query"):
                return collection.query(body)
            case ("POST", "query/batch"):
                return collection.query_batch(body)
            case ("GET", identifier) if identifier and "/" not in identifier:
                return collection.point(identifier)
        raise ApiError(404, "Not found: no such route in qdrant-edge")


def written(collection, query, apply):
    """Applies a write and reports it. It is always applied at once; without `wait=true` Qdrant only says that it has it."""
    wait = query.get("wait", "false")
    if wait not in ("true", "false"):
        raise ApiError(400, "Format error in query parameters: provided string was not `true` or `false`")
    if query.get("ordering", "weak") not in ("weak", "medium", "strong"):
        raise ApiError(400, "Format error in query parameters: unknown variant of `ordering`, expected weak, medium or strong")
    if not query.get("timeout", "1").isdigit() or int(query.get("timeout", "1")) < 1:
        raise ApiError(422, "Validation error in query parameters: [timeout: must be 1 or larger]")
    apply()
    return {"operation_id": collection.operation, "status": "completed" if wait == "true" else "acknowledged"}
