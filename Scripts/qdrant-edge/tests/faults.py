"""Faults strike as ordered, count, and heal; a delayed write is applied late, also when its client is gone."""

import time
from http.client import HTTPException

from edge_process import Edge

POINTS = "/collections/c/points?wait=true"


def upsert(number):
    return {"points": [{"id": number, "vector": [1.0, 0.5], "payload": {}}]}


def order(edge, **rule):
    edge.call("DELETE", "/faults")
    status, answer = edge.call("POST", "/faults", rule)
    assert status == 200, answer


def exists(edge, number):
    return edge.call("GET", f"/collections/c/points/{number}")[0] == 200


def broken(edge, *arguments, **options):
    try:
        edge.call(*arguments, **options)
    except (OSError, HTTPException):
        return True
    return False


def main():
    with Edge("--faults", "--api-key", "k") as edge:
        plain = edge.call
        assert plain("GET", "/collections") == (401, "Must provide an API key or an Authorization bearer token")
        assert plain("GET", "/collections", headers={"api-key": "no"}) == (401, "Invalid API key or JWT")
        assert plain("GET", "/healthz")[0] == 200
        edge.call = lambda *a, **o: plain(*a, **o, headers={"api-key": "k"})
        edge.ok("PUT", "/collections/c", {"vectors": {"size": 2, "distance": "Dot"}})

        order(edge, fault="status", status=429, retry_after=2, method="PUT", path="/collections/*/points", count=1)
        assert edge.call("PUT", POINTS, upsert(1))[0] == 429 and edge.headers["Retry-After"] == "2" and not exists(edge, 1)
        assert edge.call("PUT", POINTS, upsert(1))[0] == 200 and exists(edge, 1)
        assert edge.call("GET", "/faults")[1]["rules"][0]["fired"] == 1

        for number, kind in ((21, "acknowledged"), (22, "wait_timeout")):
            order(edge, fault=kind, method="PUT", seconds=0.4)
            assert edge.ok("PUT", POINTS, upsert(number))["status"] == kind and not exists(edge, number)
            time.sleep(0.8)
            assert exists(edge, number), f"{kind}: the late write never came"

        order(edge, fault="reset_before", method="PUT")
        assert broken(edge, "PUT", POINTS, upsert(3)) and not exists(edge, 3)
        order(edge, fault="reset_after", method="PUT")
        assert broken(edge, "PUT", POINTS, upsert(4)) and exists(edge, 4)

        order(edge, fault="delay", seconds=1, method="PUT")
        assert broken(edge, "PUT", POINTS, upsert(5), timeout=0.2) and not exists(edge, 5)
        time.sleep(1.3)
        assert exists(edge, 5), "the write of a client that left must still be applied"

        draws = []
        for _ in range(2):
            order(edge, fault="status", status=503, path="/collections/c/points/count", probability=0.5, seed=7)
            draws.append([edge.call("POST", "/collections/c/points/count", {})[0] for _ in range(20)])
        assert draws[0] == draws[1] and set(draws[0]) == {200, 503}, draws
        edge.call("DELETE", "/faults")
        assert edge.call("POST", "/collections/c/points/count", {})[0] == 200
        print("faults: status, acknowledged, wait_timeout, resets, delay, seed, heal")


if __name__ == "__main__":
    main()
