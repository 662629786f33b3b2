"""Everything that was answered `completed` is there after SIGKILL, at whatever moment it struck."""

import random
import threading
import time
import uuid
from http.client import HTTPException

from edge_process import Edge

SIZE = 8
ROUNDS = 6


def point(rng, identifier, generation):
    return {
        "id": identifier,
        "vector": {"dense": [rng.uniform(-1, 1) for _ in range(SIZE)], "lexical": {"indices": [1, 7], "values": [1.0, 0.5]}},
        "payload": {"tenant_id": "t", "generation": generation},
    }


def write_until_killed(edge, seed, completed, deleted):
    """Upserts and deletes by filter; notes only what was answered `completed`."""
    rng = random.Random(seed)
    generation = 0
    mine = []
    try:
        while True:
            generation += 1
            ids = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(50)]
            answer = edge.ok("PUT", "/collections/c/points?wait=true", {"points": [point(rng, i, generation) for i in ids]})
            if answer["status"] == "completed":
                completed.update((i, generation) for i in ids)
                mine += ids
            if generation % 5 == 0:
                gone = rng.sample(mine, 20)
                # From here on, until the answer, nobody can know.
                for i in gone:
                    completed.pop(i, None)
                mine = [i for i in mine if i not in gone]
                answer = edge.ok("POST", "/collections/c/points/delete?wait=true", {"filter": {"must": [{"has_id": gone}]}})
                if answer["status"] == "completed":
                    deleted.update(gone)
    except (OSError, HTTPException):
        pass


def stored(edge):
    found, offset = {}, None
    while True:
        page = edge.ok("POST", "/collections/c/points/scroll", {"limit": 5000, "offset": offset, "with_payload": True})
        found.update((p["id"], p["payload"]["generation"]) for p in page["points"])
        offset = page["next_page_offset"]
        if offset is None:
            return found


def main():
    with Edge() as edge:
        edge.ok("PUT", "/collections/c", {
            "vectors": {"dense": {"size": SIZE, "distance": "Cosine"}},
            "sparse_vectors": {"lexical": {"modifier": "idf"}},
            "hnsw_config": {"m": 0, "payload_m": 16},
        })  # fmt: skip
        index = {"type": "keyword", "is_tenant": True}
        edge.ok("PUT", "/collections/c/index?wait=true", {"field_name": "tenant_id", "field_schema": index})
        alias = {"create_alias": {"collection_name": "c", "alias_name": "a"}}
        edge.ok("POST", "/collections/aliases", {"actions": [alias]})
        completed, deleted = {}, set()
        for round_number in range(ROUNDS):
            writers = [
                threading.Thread(target=write_until_killed, args=(edge, round_number * 10 + n, completed, deleted))
                for n in range(2)
            ]
            for writer in writers:
                writer.start()
            time.sleep(0.3 + 1.5 * random.Random(round_number).random())
            edge.kill()
            for writer in writers:
                writer.join()
            edge.start()
            found = stored(edge)
            lost = [i for i, g in completed.items() if found.get(i) != g]
            risen = [i for i in deleted if i in found]
            assert not lost, f"{len(lost)} of {len(completed)} completed points are lost"
            assert not risen, f"{len(risen)} deleted points are back"
            assert edge.ok("GET", "/aliases")["aliases"] == [{"alias_name": "a", "collection_name": "c"}]
            assert edge.ok("GET", "/collections/a")["payload_schema"]["tenant_id"]["params"]["is_tenant"] is True
        assert len(completed) > 500, "too little was written to show anything"
        print(f"durability: {ROUNDS} kills, {len(completed)} completed points kept, {len(deleted)} deletions kept")


if __name__ == "__main__":
    main()
