"""All collections and aliases of one data folder."""

import fcntl
import json
import threading
from pathlib import Path
from urllib.parse import quote

from .collection import Collection, write_whole
from .errors import ApiError, bad_format, bad_input, no_collection
from .fields import array, require, text

FORBIDDEN = set('<>:"/\\|?*\0\x1f')


class Registry:
    def __init__(self, root):
        self.root = Path(root)
        self.root.mkdir(parents=True, exist_ok=True)
        self.guard = open(self.root / "lock", "w")
        try:
            fcntl.flock(self.guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = f"qdrant-edge: {self.root} is in use by another qdrant-edge; stop it, or take another --data"
            raise SystemExit(message) from error
        # One engine call at a time: see Collection.
        self.lock = threading.RLock()
        folder = self.root / "collections"
        folder.mkdir(exist_ok=True)
        loaded = [Collection.load(path) for path in sorted(folder.iterdir())]
        self.collections = {c.description["name"]: c for c in loaded if c is not None}
        path = self.root / "aliases.json"
        self.aliases = json.loads(path.read_text()) if path.exists() else {}

    def find(self, name):
        resolved = self.aliases.get(name, name)
        if resolved not in self.collections:
            raise no_collection(resolved)
        return self.collections[resolved]

    def create(self, name, body):
        if name in self.collections or name in self.aliases:
            raise ApiError(409, f"Wrong input: Collection `{name}` already exists!")
        if not name or len(name) > 255 or FORBIDDEN & set(name) or name in (".", ".."):
            raise ApiError(422, f"Validation error in path parameters: [collection_name: `{name}` is not a valid name]")
        self.collections[name] = Collection.create(self.root / "collections" / quote(name, safe=""), name, body)

    def delete(self, name):
        collection = self.collections.pop(name, None)
        if collection is None:
            return False
        self.save_aliases({alias: target for alias, target in self.aliases.items() if target != name})
        collection.remove()
        return True

    def change_aliases(self, body):
        """All actions, or none."""
        aliases = dict(self.aliases)
        for action in array(require(body, "actions"), "actions"):
            if not isinstance(action, dict) or len(action) != 1:
                raise bad_format("data did not match any variant of untagged enum AliasOperations")
            ((kind, arguments),) = action.items()
            if kind == "create_alias":
                collection = text(require(arguments, "collection_name"), "collection_name")
                alias = text(require(arguments, "alias_name"), "alias_name")
                if collection not in self.collections:
                    raise no_collection(collection)
                if alias in self.collections:
                    raise ApiError(409, f"Wrong input: Collection `{alias}` already exists!")
                aliases[alias] = collection
            elif kind == "delete_alias":
                aliases.pop(text(require(arguments, "alias_name"), "alias_name"), None)
            elif kind == "rename_alias":
                old = text(require(arguments, "old_alias_name"), "old_alias_name")
                if old not in aliases:
                    raise ApiError(404, f"Not found: Alias {old} does not exists!")
                aliases[text(require(arguments, "new_alias_name"), "new_alias_name")] = aliases.pop(old)
            else:
                raise bad_input(f"unknown alias operation `{kind}`")
        self.save_aliases(aliases)

    def save_aliases(self, aliases):
        if aliases != self.aliases:
            write_whole(self.root / "aliases.json", aliases)
            self.aliases = aliases

    def alias_list(self, collection=None):
        return [
            {"alias_name": alias, "collection_name": target}
            for alias, target in sorted(self.aliases.items())
            if collection in (None, target)
        ]

    def flush(self):
        with self.lock:
            for collection in self.collections.values():
                collection.flush()

    def close(self):
        with self.lock:
            for collection in self.collections.values():
                collection.close()
            self.collections = {}
