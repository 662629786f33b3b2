"""Qdrant's official Python client against the server: its models parse every answer, so it checks their shape as well."""

import uuid
from importlib import metadata

import qdrant_client
from edge_process import Edge
from qdrant_client import models as m
from qdrant_client.http.exceptions import UnexpectedResponse

SIZE = 8


def vector(n):
    return [1.0 if i == n % SIZE else 0.1 for i in range(SIZE)]


def tenant(name):
    return m.FieldCondition(key="tenant_id", match=m.MatchValue(value=name))


def refused(status, text, call):
    try:
        call()
    except UnexpectedResponse as error:
        assert error.status_code == status, (error.status_code, error.content)
        assert text in error.content.decode(), error.content
        return
    raise AssertionError(f"expected status {status}: {text}")


def main():
    with Edge() as edge:
        client = qdrant_client.QdrantClient(url=f"http://127.0.0.1:{edge.port}")
        collections(client)
        writes(client)
        reads(client)
        queries(client)
        refusals(client, edge)
        print(f"official client {metadata.version('qdrant-client')}: all calls agree")


def collections(client):
    assert not client.collection_exists("docs_v1")
    client.create_collection(
        "docs_v1",
        vectors_config={"dense": m.VectorParams(size=SIZE, distance=m.Distance.COSINE)},
        sparse_vectors_config={"lexical": m.SparseVectorParams(modifier=m.Modifier.IDF)},
        hnsw_config=m.HnswConfigDiff(m=0, payload_m=16),
    )
    assert client.collection_exists("docs_v1")
    for key, schema in (
        ("tenant_id", m.KeywordIndexParams(type="keyword", is_tenant=True)),
        ("entity", m.UuidIndexParams(type="uuid", enable_hnsw=False)),
        ("generation", m.IntegerIndexParams(type="integer", lookup=True, range=True, enable_hnsw=False)),
        ("updated_at", m.DatetimeIndexParams(type="datetime", enable_hnsw=False)),
    ):
        for _ in range(2):
            assert client.create_payload_index("docs_v1", key, schema, wait=True).status == m.UpdateStatus.COMPLETED
    info = client.get_collection("docs_v1")
    assert info.payload_schema["tenant_id"].params.is_tenant and info.payload_schema["entity"].data_type == "uuid"
    assert info.config.params.sparse_vectors["lexical"].modifier == m.Modifier.IDF and info.config.hnsw_config.payload_m == 16
    create = m.CreateAliasOperation(create_alias=m.CreateAlias(collection_name="docs_v1", alias_name="docs"))
    client.update_collection_aliases([create])
    assert [(a.alias_name, a.collection_name) for a in client.get_aliases().aliases] == [("docs", "docs_v1")]
    assert [c.name for c in client.get_collections().collections] == ["docs_v1"]
    assert client.update_collection("docs_v1", optimizers_config=m.OptimizersConfigDiff(indexing_threshold=1000))
    assert client.get_collection("docs").config.optimizer_config.indexing_threshold == 1000


def writes(client):
    points = [
        m.PointStruct(
            id=i,
            vector={"dense": vector(i), "lexical": m.SparseVector(indices=[i % 7, 50 + i % 3], values=[1.0, 0.5])},
            payload={
                "tenant_id": f"t{i % 3}",
                "generation": i,
                "entity": str(uuid.UUID(int=i // 5)),
                "updated_at": f"2024-01-{1 + i % 28:02d}T00:00:00Z",
                "tags": ["a", "b"][: i % 3],
            },
        )
        for i in range(60)
    ]
    assert client.upsert("docs", points, wait=True).status == m.UpdateStatus.COMPLETED
    assert client.upsert("docs", points[:1], wait=False).status == m.UpdateStatus.ACKNOWLEDGED

    older = m.Filter(must=[m.FieldCondition(key="generation", range=m.Range(lte=5))])

    def conditional(identifier):
        point = m.PointStruct(id=identifier, vector={"dense": vector(0)}, payload={"generation": 5, "tenant_id": "t0"})
        client.upsert("docs", [point], update_filter=older, wait=True)
        return client.retrieve("docs", [identifier])[0].payload["generation"]

    assert conditional(9) == 9, "a newer point stays"
    assert conditional(3) == 5, "an older point is overwritten"
    assert conditional(900) == 5, "a new point is inserted"

    client.upsert("docs", [m.PointStruct(id=9, vector={"dense": vector(0)}, payload={})], update_mode="insert_only")
    assert client.retrieve("docs", [9])[0].payload["generation"] == 9
    client.upsert("docs", [m.PointStruct(id=901, vector={"dense": vector(0)}, payload={})], update_mode="update_only")
    assert client.retrieve("docs", [901]) == []

    operations = [
        m.DeleteOperation(delete=m.PointIdsList(points=[900])),
        m.SetPayloadOperation(set_payload=m.SetPayload(payload={"k": 1}, points=[2])),
    ]
    assert [r.status for r in client.batch_update_points("docs", operations, wait=True)] == [m.UpdateStatus.COMPLETED] * 2
    client.overwrite_payload("docs", {"only": True}, [4])
    client.delete_payload("docs", ["k"], [2])
    assert client.retrieve("docs", [4])[0].payload == {"only": True} and "k" not in client.retrieve("docs", [2])[0].payload
    assert client.count("docs").count == 60
    client.delete("docs", m.FilterSelector(filter=m.Filter(must=[m.HasIdCondition(has_id=[4])])), wait=True)
    assert client.count("docs").count == 59


def reads(client):
    mine = m.Filter(must=[tenant("t1")])
    total = client.count("docs", count_filter=mine).count
    seen, offset = [], None
    while True:
        page, offset = client.scroll("docs", mine, limit=7, offset=offset, with_vectors=["dense"])
        assert all(p.payload["tenant_id"] == "t1" and len(p.vector["dense"]) == SIZE for p in page)
        seen += [p.id for p in page]
        if offset is None:
            break
    assert len(seen) == len(set(seen)) == total
    assert {h.value: h.count for h in client.facet("docs", "tenant_id", exact=True).hits}["t1"] == total
    january = m.DatetimeRange(gte="2024-01-03T00:00:00Z", lt="2024-01-04T00:00:00Z")
    day = m.Filter(must=[m.FieldCondition(key="updated_at", range=january)])
    assert sorted(p.id for p in client.scroll("docs", day, limit=10)[0]) == [2, 30, 58]
    some = m.Filter(must=[m.FieldCondition(key="entity", match=m.MatchAny(any=[str(uuid.UUID(int=2)).upper()]))])
    assert sorted(p.id for p in client.scroll("docs", some)[0]) == [10, 11, 12, 13, 14]
    assert [p.id for p in client.scroll("docs", order_by=m.OrderBy(key="generation", direction="desc"), limit=2)[0]] == [59, 58]


def queries(client):
    mine = m.Filter(must=[tenant("t1")])
    dense = client.query_points("docs", query=vector(1), using="dense", query_filter=mine, limit=5, with_payload=True).points
    assert dense and all(p.payload["tenant_id"] == "t1" for p in dense)
    assert client.query_points("docs", query=vector(1), using="dense", score_threshold=0.99, limit=50).points
    words = m.SparseVector(indices=[1, 51], values=[1.0, 1.0])
    corpus = m.SearchParams(idf=m.IdfCorpusParams(corpus=mine)) if hasattr(m, "IdfCorpusParams") else None
    lexical = client.query_points("docs", query=words, using="lexical", query_filter=mine, search_params=corpus, limit=5).points
    assert lexical
    fused = client.query_points(
        "docs",
        prefetch=[
            m.Prefetch(query=vector(1), using="dense", filter=mine, limit=20),
            m.Prefetch(query=words, using="lexical", filter=mine, limit=20),
        ],
        query=m.FusionQuery(fusion=m.Fusion.RRF),
        limit=5,
        with_payload=["tenant_id"],
    ).points
    assert len(fused) == 5 and all(p.payload == {"tenant_id": "t1"} for p in fused)
    both = client.query_batch_points(
        "docs",
        [
            m.QueryRequest(query=vector(1), using="dense", filter=mine, limit=5),
            m.QueryRequest(query=words, using="lexical", filter=mine, params=corpus, limit=5),
        ],
    )
    assert [p.id for p in both[0].points] == [p.id for p in dense] and [p.id for p in both[1].points] == [p.id for p in lexical]
    assert client.query_points("docs", query=7, using="dense", limit=2, offset=1).points


def refusals(client, edge):
    good = {"id": 7001, "vector": {"dense": vector(0)}}
    bad = {"id": 7002, "vector": {"dense": [1]}}
    status, answer = edge.call("PUT", "/collections/docs_v1/points?wait=true", {"points": [good, bad]})
    assert status == 400 and answer["status"]["error"] == "Wrong input: Vector dimension error: expected dim: 8, got 1", answer
    assert client.retrieve("docs", [7001]) == [], "nothing of a refused batch may be applied"
    for body in (
        {"points": [{"id": "no", "vector": {"dense": vector(0)}}]},
        {"points": [{"id": -1, "vector": {"dense": vector(0)}}]},
        {"points": [{"id": 1, "vector": {"nope": vector(0)}}]},
        {"points": [{"id": 1, "vector": {"dense": ["x"] * 8}}]},
        {"points": [{"id": 1, "vector": {"lexical": {"indices": [1, 2], "values": [1.0]}}}]},
        {"points": [{"id": 1, "vector": {"lexical": {"indices": [1, 1], "values": [1.0, 1.0]}}}]},
        {"points": [good], "update_filter": {"must": [{"key": "generation", "range": {"below": 3}}]}},
        {"points": 3},
        {},
    ):
        status, answer = edge.call("PUT", "/collections/docs_v1/points?wait=true", body)
        assert status in (400, 422) and answer["status"]["error"], (body, status, answer)
    refused(404, "doesn't exist", lambda: client.count("none"))
    params = m.VectorParams(size=4, distance="Dot")
    refused(409, "already exists", lambda: client.create_collection("docs_v1", vectors_config=params))
    refused(400, "Not existing vector name error", lambda: client.query_points("docs", query=vector(0), using="zzz"))
    refused(400, "dimension", lambda: client.query_points("docs", query=[1.0], using="dense"))
    assert edge.call("POST", "/collections/docs/points/query", {"query": vector(0), "using": "dense", "limit": 0})[0] == 422
    for condition in ({"key": "a"}, {"key": "a", "match": {}}, {"nonsense": 1}, {"key": "updated_at", "range": {"gte": "soon"}}):
        status, answer = edge.call("POST", "/collections/docs/points/count", {"filter": {"must": [condition]}})
        assert status == 400, (condition, status, answer)
    assert edge.call("POST", "/collections/docs/points/count", {"filter": {"musst": []}})[0] == 400
    assert client.delete_collection("docs_v1") and not client.collection_exists("docs")


if __name__ == "__main__":
    main()
