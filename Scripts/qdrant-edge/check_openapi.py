#!/usr/bin/env python3
"""Checks recorded requests against Qdrant's OpenAPI document.

    check_openapi.py DOCUMENT REQUESTS

REQUESTS holds one JSON object a line: {"method": "PUT", "url": "http://host/path?query", "body": …}. Besides what the schemas
say, a member that no schema knows is an error: a misspelt filter would otherwise pass as an empty one.
Exit code 0: all valid; 1: some are not, each with its reason.
"""

import json
import re
import sys
from urllib.parse import parse_qsl, urlsplit

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
}
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Document:
    def __init__(self, path):
        with open(path) as file:
            self.root = json.load(file)
        self.routes = [
            (re.compile(re.sub(r"\{[^}]*\}", "[^/]+", template)), template, operations)
            for template, operations in self.root["paths"].items()
        ]
        # A path without parameters goes before one that would match it with them.
        self.routes.sort(key=lambda route: route[1].count("{"))

    def follow(self, schema):
        while "$ref" in schema:
            node = self.root
            for part in schema["$ref"].removeprefix("#/").split("/"):
                node = node[part]
            schema = node
        return schema

    def request(self, request):
        """What is wrong with one request."""
        parts = urlsplit(request["url"])
        route = next((r for r in self.routes if r[0].fullmatch(parts.path)), None)
        operation = route and route[2].get(request["method"].lower())
        if operation is None:
            return [f"there is no {request['method']} {parts.path}"]
        faults = self.parameters(operation, parse_qsl(parts.query))
        wanted = operation.get("requestBody")
        if "body" not in request:
            return faults + (["a body is missing"] if wanted and wanted.get("required") else [])
        if not wanted:
            return faults + ["a body is not allowed"]
        schema = next(iter(wanted["content"].values()))["schema"]
        return faults + self.value(schema, request["body"], "body")

    def parameters(self, operation, query):
        known = {p["name"]: p["schema"] for p in map(self.follow, operation.get("parameters", [])) if p["in"] == "query"}
        faults = []
        for name, text in query:
            if name not in known:
                faults.append(f"unknown query parameter `{name}`")
                continue
            value = text
            if self.follow(known[name]).get("type") == "string":
                pass
            elif text in ("true", "false"):
                value = text == "true"
            elif text.isdigit():
                value = int(text)
            faults += self.value(known[name], value, f"query parameter {name}")
        return faults

    def value(self, schema, value, at):
        schema = self.follow(schema)
        if value is None:
            return [] if self.nullable(schema) else [f"{at}: null is not allowed"]
        for kind in ("anyOf", "oneOf"):
            if kind in schema:
                return self.alternatives(schema[kind], value, at)
        if "allOf" in schema:
            return [fault for one in schema["allOf"] for fault in self.value(one, value, at)]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{at}: {value!r} is not one of {schema['enum']}"]
        return self.typed(schema, value, at)

    def nullable(self, schema):
        schema = self.follow(schema)
        return schema.get("nullable") or any(self.nullable(one) for one in schema.get("anyOf", []) + schema.get("oneOf", []))

    def alternatives(self, schemas, value, at):
        all_faults = [self.value(one, value, at) for one in schemas if set(one) != {"nullable"}]
        # The nearest miss tells the most: the one that got deepest.
        return min(all_faults, key=lambda faults: (bool(faults), -max((len(f.split(":")[0]) for f in faults), default=0)))

    def typed(self, schema, value, at):
        kind = schema.get("type")
        if kind in ("integer", "number"):
            return self.number(schema, value, at, kind)
        if kind in TYPES and not isinstance(value, TYPES[kind]):
            return [f"{at}: expected {kind}, not {json.dumps(value)[:60]}"]
        if kind == "string" and schema.get("format") == "uuid" and not UUID.fullmatch(value):
            return [f"{at}: {value!r} is not a UUID"]
        if kind == "string" and len(value) < schema.get("minLength", 0):
            return [f"{at}: too short"]
        if kind == "array":
            faults = [] if len(value) >= schema.get("minItems", 0) else [f"{at}: too few"]
            return faults + [f for i, one in enumerate(value) for f in self.value(schema.get("items", {}), one, f"{at}[{i}]")]
        if kind == "object" or "properties" in schema:
            return self.object(schema, value, at)
        return []

    def number(self, schema, value, at, kind):
        wrong = isinstance(value, bool) or not isinstance(value, (int, float))
        if wrong or (kind == "integer" and not isinstance(value, int)):
            return [f"{at}: expected {kind}, not {json.dumps(value)[:60]}"]
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            return [f"{at}: {value} is out of bounds"]
        return []

    def object(self, schema, value, at):
        properties = schema.get("properties", {})
        faults = [f"{at}: `{name}` is missing" for name in schema.get("required", []) if name not in value]
        further = schema.get("additionalProperties", not properties)
        for name, one in value.items():
            if name in properties:
                faults += self.value(properties[name], one, f"{at}.{name}")
            elif further is False:
                faults.append(f"{at}: unknown member `{name}`")
            elif isinstance(further, dict):
                faults += self.value(further, one, f"{at}.{name}")
        return faults


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: check_openapi.py DOCUMENT REQUESTS")
    try:
        document = Document(sys.argv[1])
    except OSError as error:
        sys.exit(f"check_openapi.py: cannot read {sys.argv[1]}: {error.strerror}")
    count = bad = 0
    with open(sys.argv[2]) as lines:
        for line in lines:
            request = json.loads(line)
            count += 1
            for fault in document.request(request):
                bad += 1
                print(f"{request['method']} {urlsplit(request['url']).path}: {fault}")
    print(f"{count} requests, {bad} faults")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
