"""Reads with Qdrant's own Python client what Pulse wrote.

    read_pulse.py URL COLLECTION DIMENSIONS TENANT…

Prints JSON: of each tenant its points by table, counted in two ways. The client's models parse every answer; whatever is not as it
should be ends it with exit code 1. Needs `qdrant-client`, see requirements.txt; `Scripts/independent-client` brings it.
"""

import json
import math
import sys
import uuid
from collections import Counter

import qdrant_client
from qdrant_client import models as m

PAYLOAD = {"tenant_id", "space", "entity", "generation", "table", "source", "external_id", "title", "chunk", "chunks", "content_hash"}


def require(condition, what):
    if not condition:
        sys.exit(f"read_pulse: {what}")


def own(tenant):
    return m.Filter(must=[m.FieldCondition(key="tenant_id", match=m.MatchValue(value=tenant))])


def check_layout(client, collection, dimensions):
    info = client.get_collection(collection)
    dense = info.config.params.vectors["dense"]
    require(dense.size == dimensions and dense.distance == m.Distance.COSINE, f"dense is {dense}")
    require(info.config.params.sparse_vectors["lexical"].modifier == m.Modifier.IDF, "lexical has no modifier idf")
    require(info.config.hnsw_config.m == 0 and info.config.hnsw_config.payload_m == 16, "links are not by tenant")
    require(info.payload_schema["tenant_id"].params.is_tenant is True, "tenant_id is not marked as the tenant's")
    for key, kind in (("entity", "uuid"), ("generation", "integer"), ("space", "keyword"), ("updated_at", "datetime")):
        require(info.payload_schema[key].data_type == kind, f"{key} is not indexed as {kind}")


def check_point(record, tenant, dimensions):
    payload = record.payload
    require(PAYLOAD <= payload.keys(), f"{record.id} lacks {PAYLOAD - payload.keys()}")
    require(payload["tenant_id"] == tenant, f"{record.id} is of tenant {payload['tenant_id']}")
    require(record.id == str(uuid.UUID(record.id)) and uuid.UUID(record.id).version == 5, f"{record.id} is no UUIDv5")
    dense = record.vector["dense"]
    require(len(dense) == dimensions and abs(math.fsum(x * x for x in dense) - 1) < 1e-3, f"{record.id}: bad vector")
    sparse = record.vector.get("lexical")
    require(sparse is None or len(sparse.indices) == len(sparse.values) > 0, f"{record.id}: bad sparse vector")


def read(client, collection, tenant, dimensions):
    tables, entities, offset, first = Counter(), set(), None, None
    while True:
        records, offset = client.scroll(collection, own(tenant), limit=500, offset=offset, with_payload=True, with_vectors=True)
        for record in records:
            check_point(record, tenant, dimensions)
            tables[record.payload["table"]] += 1
            entities.add(record.payload["entity"])
            first = first or record
        if offset is None:
            break
    require(client.count(collection, own(tenant), exact=True).count == sum(tables.values()), "count and scroll differ")
    facets = client.facet(collection, "table", facet_filter=own(tenant), limit=100, exact=True).hits
    require({hit.value: hit.count for hit in facets} == dict(tables), "facet and scroll differ")
    if first is not None:
        found = client.query_points(
            collection, query=first.vector["dense"], using="dense", query_filter=own(tenant), limit=5, with_payload=True
        ).points
        require(found[0].score > 0.999, "a point's own vector does not find it")
        require(all(point.payload["tenant_id"] == tenant for point in found), "a query found another tenant's point")
    return {"points": sum(tables.values()), "entities": len(entities), "tables": dict(sorted(tables.items()))}


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    url, collection, dimensions, tenants = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    client = qdrant_client.QdrantClient(url=url)
    check_layout(client, collection, dimensions)
    answer = {tenant: read(client, collection, tenant, dimensions) for tenant in tenants}
    total = client.count(collection, exact=True).count
    print(json.dumps({"total": total, "tenants": answer}))


if __name__ == "__main__":
    main()
