"""Queries: JSON to the engine's objects."""

import qdrant_edge as engine

from .errors import ApiError, bad_format, bad_input, unsupported
from .fields import array, boolean, number, only, text, unsigned
from .filters import filter_of
from .points import id_json, point_id, sparse

PREFETCH = ("prefetch", "query", "using", "filter", "params", "score_threshold", "limit", "lookup_from")
QUERY = ("shard_key", *PREFETCH, "offset", "with_vector", "with_payload")
PARAMS = ("hnsw_ef", "exact", "quantization", "indexed_only", "acorn", "idf")


def payload_selector(body, default):
    if body is None:
        return default
    if isinstance(body, bool):
        return body
    if isinstance(body, list):
        return [text(key, "with_payload") for key in body]
    only(body, ("include", "exclude"), "with_payload")
    if "include" in body:
        return engine.PayloadSelector.Include(array(body["include"], "include"))
    return engine.PayloadSelector.Exclude(array(body.get("exclude"), "exclude"))


def vector_selector(body, layout, default=False):
    if body is None:
        return default
    if isinstance(body, bool):
        return body
    names = array(body, "with_vector")
    for name in names:
        if name not in layout.dense and name not in layout.sparse:
            raise bad_input(f"Not existing vector name error: {name}")
    return names


def search_params(body):
    if body is None:
        return None
    only(body, PARAMS, "params")
    idf = body.get("idf")
    if isinstance(idf, str):
        if idf != "global":
            raise bad_format(f"unknown variant `{idf}`, expected `global`")
        idf = None
    elif idf is not None:
        only(idf, ("corpus",), "idf")
        idf = engine.IdfParams(corpus=filter_of(idf.get("corpus")))
    quantization = body.get("quantization")
    acorn = body.get("acorn")
    return engine.SearchParams(
        hnsw_ef=body.get("hnsw_ef"),
        exact=boolean(body.get("exact", False), "exact"),
        indexed_only=boolean(body.get("indexed_only", False), "indexed_only"),
        quantization=quantization
        and engine.QuantizationSearchParams(
            ignore=quantization.get("ignore", False),
            rescore=quantization.get("rescore"),
            oversampling=quantization.get("oversampling"),
        ),
        acorn=acorn and engine.AcornSearchParams(enable=acorn.get("enable", False), max_selectivity=acorn.get("max_selectivity")),
        idf=idf,
    )


def order_by(body):
    if isinstance(body, str):
        body = {"key": body}
    only(body, ("key", "direction", "start_from"), "order_by")
    direction = body.get("direction") or "asc"
    if direction not in ("asc", "desc"):
        raise bad_format(f"unknown variant `{direction}`, expected `asc` or `desc`")
    return engine.OrderBy(
        text(body.get("key"), "key"),
        direction=engine.Direction.Desc if direction == "desc" else engine.Direction.Asc,
        start_from=body.get("start_from"),
    )


class QueryReader:
    """Reads the queries of one collection; a query by point id looks its vector up in `shard`."""

    def __init__(self, shard, layout):
        self.shard = shard
        self.layout = layout

    def request(self, body):
        only(body, QUERY, "query")
        return engine.QueryRequest(
            limit=self.limit(body),
            offset=None if body.get("offset") is None else unsigned(body["offset"], "offset"),
            query=self.scoring(body.get("query"), body.get("using")),
            prefetches=self.prefetches(body.get("prefetch")),
            filter=filter_of(body.get("filter")),
            params=search_params(body.get("params")),
            score_threshold=self.threshold(body),
            with_payload=payload_selector(body.get("with_payload"), False),
            with_vector=vector_selector(body.get("with_vector"), self.layout),
        )

    def prefetches(self, body):
        if body is None:
            return None
        return [self.prefetch(one) for one in (body if isinstance(body, list) else [body])]

    def prefetch(self, body):
        only(body, PREFETCH, "prefetch")
        return engine.Prefetch(
            limit=self.limit(body),
            query=self.scoring(body.get("query"), body.get("using")),
            prefetches=self.prefetches(body.get("prefetch")),
            filter=filter_of(body.get("filter")),
            params=search_params(body.get("params")),
            score_threshold=self.threshold(body),
        )

    def limit(self, body):
        limit = body.get("limit")
        return 10 if limit is None else unsigned(limit, "limit", minimum=1)

    def threshold(self, body):
        threshold = body.get("score_threshold")
        return None if threshold is None else number(threshold, "score_threshold")

    def scoring(self, body, using):
        if body is None:
            return None
        if isinstance(body, (int, str)):
            return self.by_point(point_id(body), using)
        if isinstance(body, list) or "indices" in body:
            return self.nearest(body, using)
        if "nearest" in body:
            only(body, ("nearest",), "query of this server")
            return self.scoring(body["nearest"], using)
        if "fusion" in body:
            kinds = {"rrf": lambda: engine.Fusion.Rrf(2), "dbsf": engine.Fusion.Dbsf}
            if body["fusion"] not in kinds:
                raise bad_format(f"unknown variant `{body['fusion']}`, expected `rrf` or `dbsf`")
            return kinds[body["fusion"]]()
        if "rrf" in body:
            only(body["rrf"], ("k", "weights"), "rrf")
            return engine.Fusion.Rrf(body["rrf"].get("k") or 2, body["rrf"].get("weights"))
        if "order_by" in body:
            return order_by(body["order_by"])
        raise unsupported("a query of kind " + ", ".join(body))

    def nearest(self, vector, using):
        name = using or ""
        if name in self.layout.sparse:
            return engine.Query.Nearest(sparse(vector), using=using)
        try:
            return engine.Query.Nearest(self.layout.named(name, vector), using=using)
        except (TypeError, ValueError) as error:
            raise bad_format(str(error).splitlines()[0]) from error

    def by_point(self, identifier, using):
        found = self.shard.retrieve([identifier], False, True)
        if not found:
            raise ApiError(404, f"Not found: No point with id {id_json(identifier)} found")
        vector = found[0].vector
        if isinstance(vector, dict):
            vector = vector.get(using)
        if vector is None:
            raise bad_input(f"Not existing vector name error: {using or ''}")
        return engine.Query.Nearest(vector, using=using)
