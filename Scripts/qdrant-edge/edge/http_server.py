"""HTTP/1.1 over the standard library: a thread a connection, keep-alive, Qdrant's envelope."""

import hmac
import socket
import socketserver
import struct
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from .errors import ApiError, from_engine
from .routes import PlainText

MAXIMUM_BODY = 32 * 1024 * 1024
OPEN_PATHS = ("/", "/healthz", "/livez", "/readyz")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, address, routes, faults=None, api_key=None):
        self.routes = routes
        self.faults = faults
        self.api_key = api_key
        super().__init__(address, Handler)

    def server_bind(self):
        # The base class looks its own name up in DNS, which may take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        # A client that went away is no error of this server.
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def serve(self):
        started = time.perf_counter()
        try:
            status, answer, headers = self.handle_request()
        except ApiError as error:
            status, answer, headers = error.status, error, {}
        except OSError:
            raise
        except BaseException as error:  # The engine's panics are no Exceptions.
            mapped = from_engine(error)
            if mapped.status == 500:
                traceback.print_exc()
            status, answer, headers = mapped.status, mapped, {}
        if status is None:
            self.reset()
            return
        self.send(status, answer, headers, time.perf_counter() - started)

    def handle_request(self):
        """(status, answer, headers); the status None asks for a reset."""
        parts = urlsplit(self.path)
        raw = self.read_body()
        if not self.authorized(parts.path):
            # As plain text, as Qdrant does.
            if self.presented_key():
                return 401, PlainText("Invalid API key or JWT"), {}
            return 401, PlainText("Must provide an API key or an Authorization bearer token"), {}
        try:
            body = orjson.loads(raw) if raw else {}
        except orjson.JSONDecodeError as error:
            raise ApiError(400, f"Format error in JSON body: {error}") from error
        if not isinstance(body, dict):
            raise ApiError(400, "Format error in JSON body: invalid type: expected a map")
        if parts.path == "/faults":
            return 200, self.change_faults(body), {}
        segments = [unquote(segment) for segment in parts.path.strip("/").split("/")]
        query = dict(parse_qsl(parts.query))
        work = lambda: self.server.routes.answer(self.command, segments, query, body)  # noqa: E731
        struck = self.server.faults.draw(self.command, parts.path) if self.server.faults else None
        if struck is None:
            return 200, work(), {}
        return self.strike(*struck, work)

    def strike(self, rule, kind, work):
        if kind == "status":
            headers = {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}
            return rule.status, ApiError(rule.status, rule.message), headers
        if kind == "reset_before":
            return None, None, {}
        if kind == "reset_after":
            work()
            return None, None, {}
        if kind == "delay":
            time.sleep(rule.seconds)
            return 200, work(), {}
        if rule.seconds > 0:
            timer = threading.Timer(rule.seconds, quietly(work))
            timer.daemon = True
            timer.start()
        else:
            work()
        return 200, {"operation_id": None, "status": kind}, {}

    def change_faults(self, body):
        if self.server.faults is None:
            raise ApiError(404, "Not found: this qdrant-edge runs without --faults")
        if self.command == "POST":
            self.server.faults.add(body)
        elif self.command == "DELETE":
            self.server.faults.heal()
        return self.server.faults.counts()

    def presented_key(self):
        bearer = self.headers.get("authorization", "")
        return self.headers.get("api-key") or (bearer[7:] if bearer.startswith("Bearer ") else "")

    def authorized(self, path):
        key = self.server.api_key
        return not key or path in OPEN_PATHS or hmac.compare_digest(self.presented_key().encode(), key.encode())

    def read_body(self):
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return self.read_chunks()
        length = int(self.headers.get("content-length") or 0)
        if length > MAXIMUM_BODY:
            # Like Qdrant, this server does not read what it refuses; the connection cannot be used again.
            self.close_connection = True
            raise too_large(length)
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            raise ConnectionResetError("the client left within its request")
        return body

    def read_chunks(self):
        body = bytearray()
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            if len(body) + size > MAXIMUM_BODY:
                self.close_connection = True
                raise too_large(len(body) + size)
            body += self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                return bytes(body)

    def send(self, status, answer, headers, seconds):
        if isinstance(answer, PlainText):
            data, kind = answer.encode(), "text/plain; charset=utf-8"
        else:
            if isinstance(answer, ApiError):
                answer = {"status": {"error": str(answer)}, "time": seconds}
            elif self.path != "/" and not self.path.startswith("/faults"):
                answer = {"result": answer, "status": "ok", "time": seconds}
            data, kind = orjson.dumps(answer), "application/json"
        reason = self.responses.get(status, ("",))[0]
        lines = [f"HTTP/1.1 {status} {reason}", f"content-type: {kind}", f"content-length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self.close_connection:
            lines.append("connection: close")
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)

    def reset(self):
        """Ends the connection with RST, as a crashed server's kernel does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


def too_large(length):
    message = f"Payload error: JSON payload ({length} bytes) is larger than allowed (limit: {MAXIMUM_BODY} bytes)."
    return ApiError(400, message)


def quietly(work):
    def run():
        try:
            work()
        except Exception as error:  # The client has its answer already; a late write that fails is what is being played.
            print(f"qdrant-edge: a delayed write failed: {error}", file=sys.stderr)

    return run
