"""An embedding provider in OpenAI's shape that misbehaves when asked to, and counts what it delivers.

    python3 provider.py PORT_FILE DIMENSIONS

`POST /v1/embeddings` answers base64 vectors that depend on nothing but the text. `POST /faults` takes one rule
{"faults": [...], "probability": 0.3, "seed": 7} in place of the last, `DELETE /faults` heals, `GET /stats` tells what was
delivered and which faults struck, `GET /repeated` the digests of texts that were delivered more than once, with how often.

A text counts as delivered when a good answer with its vector has gone out. Answers that a fault spoilt are no deliveries.
"""

import base64
import hashlib
import json
import os
import random
import socket
import socketserver
import struct
import sys
import threading
import time
from array import array
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULTS = (
    "429", "429_retry_after", "500", "503", "timeout", "reset", "truncated", "cut_json", "wrong_count", "wrong_dimension", "nan",
    "zero", "html",
)  # fmt: skip
# Longer than the harness's provider file lets a client wait.
HOLD_SECONDS = 12
LEVELS = [(value - 127.5) / 1275 for value in range(256)]


def vector(text, dimensions):
    """The vector of a text: any two texts' are different, the same text's always the same."""
    return array("f", [LEVELS[byte] for byte in hashlib.shake_128(text.encode()).digest(dimensions)])


class State:
    def __init__(self, dimensions):
        self.dimensions = dimensions
        self.lock = threading.Lock()
        self.rule = None
        self.random = random.Random(0)
        self.delivered = {}
        self.total = 0
        self.requests = 0
        self.faults = {}
        self.spoilt = 0

    def draw(self):
        """The fault that strikes this request, or None."""
        with self.lock:
            self.requests += 1
            if self.rule is None or self.random.random() >= self.rule["probability"]:
                return None
            fault = self.random.choice(self.rule["faults"])
            self.faults[fault] = self.faults.get(fault, 0) + 1
            return fault

    def deliver(self, texts):
        digests = [hashlib.sha256(text.encode()).digest() for text in texts]
        with self.lock:
            self.total += len(digests)
            for digest in digests:
                self.delivered[digest] = self.delivered.get(digest, 0) + 1

    def stats(self):
        with self.lock:
            return {
                "requests": self.requests, "delivered": self.total, "distinct": len(self.delivered), "spoilt": self.spoilt,
                "faults": dict(self.faults),
            }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        state = self.server.state
        if self.path == "/stats":
            return self.answer(200, state.stats())
        if self.path == "/repeated":
            with state.lock:
                repeated = {digest.hex(): count for digest, count in state.delivered.items() if count > 1}
            return self.answer(200, repeated)
        return self.answer(404, {"error": {"message": "no such path"}})

    def do_DELETE(self):
        with self.server.state.lock:
            self.server.state.rule = None
        self.answer(200, {})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        if self.path == "/faults":
            unknown = set(body["faults"]) - set(FAULTS)
            if unknown:
                return self.answer(400, {"error": {"message": f"unknown faults {sorted(unknown)}"}})
            with self.server.state.lock:
                self.server.state.rule = body
                self.server.state.random = random.Random(body["seed"])
            return self.answer(200, {})
        self.embed(body["input"] if isinstance(body["input"], list) else [body["input"]])

    def embed(self, texts):
        state = self.server.state
        fault = state.draw()
        if fault in ("429", "429_retry_after", "500", "503"):
            headers = {"retry-after": "1"} if fault == "429_retry_after" else {}
            return self.answer(int(fault[:3]), {"error": {"message": "the harness was asked to fail", "code": None}}, headers)
        if fault == "html":
            return self.send(200, b"<!DOCTYPE html><html><body>Please sign in.</body></html>", "text/html")
        if fault == "reset":
            return self.reset()
        if fault == "timeout":
            time.sleep(HOLD_SECONDS)
            return self.reset()
        data = self.answer_bytes(texts, fault)
        if fault is None:
            # Counted first: a client that is killed while it reads has had its answer.
            state.deliver(texts)
            return self.send(200, data)
        with state.lock:
            state.spoilt += len(texts)
        if fault == "truncated":
            self.send(200, data[: len(data) // 2], length=len(data))
            return self.reset()
        if fault == "cut_json":
            data = data[: len(data) // 2]
        self.send(200, data)

    def answer_bytes(self, texts, fault):
        dimensions = self.server.state.dimensions
        vectors = [vector(text, dimensions) for text in texts]
        culprit = len(vectors) // 2
        if fault == "nan":
            vectors[culprit][dimensions // 2] = float("nan")
        elif fault == "zero":
            vectors[culprit] = array("f", bytes(4 * dimensions))
        elif fault == "wrong_dimension":
            vectors[culprit] = vectors[culprit][:-1]
        elif fault == "wrong_count":
            vectors.pop()
        entries = ",".join(
            f'{{"object":"embedding","index":{index},"embedding":"{base64.b64encode(one.tobytes()).decode()}"}}'
            for index, one in enumerate(vectors)
        )
        tokens = sum(len(text) for text in texts) // 4 + 1
        return f'{{"object":"list","data":[{entries}],"model":"chaos","usage":{{"total_tokens":{tokens}}}}}'.encode()

    def answer(self, status, value, headers=None):
        self.send(status, json.dumps(value).encode(), headers=headers)

    def send(self, status, data, kind="application/json", length=None, headers=None):
        lines = [f"HTTP/1.1 {status} -", f"content-type: {kind}", f"content-length: {len(data) if length is None else length}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)

    def reset(self):
        """Ends the connection with RST, as a crashed server's kernel does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def server_bind(self):
        # The base class looks its own name up in DNS, which may take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        # A client that went away is no error of this server.
        if not isinstance(sys.exc_info()[1], (OSError, ValueError)):
            super().handle_error(request, client_address)


def main():
    port_file, dimensions = sys.argv[1], int(sys.argv[2])
    server = Server(("127.0.0.1", 0), Handler)
    server.state = State(dimensions)
    with open(port_file + ".new", "w") as file:
        file.write(str(server.server_address[1]))
    os.replace(port_file + ".new", port_file)
    server.serve_forever()


if __name__ == "__main__":
    main()
