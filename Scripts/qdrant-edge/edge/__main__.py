"""Runs the server in the foreground until SIGTERM or SIGINT."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from .faults import Faults
from .http_server import Server
from .registry import Registry
from .routes import Routes

FLUSH_SECONDS = 5


def main():
    parser = argparse.ArgumentParser(prog="qdrant-edge run")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--api-key", default=os.environ.get("QDRANT_EDGE_API_KEY") or None)
    parser.add_argument("--faults", action="store_true")
    options = parser.parse_args()

    registry = Registry(options.data)
    try:
        server = Server((options.host, options.port), Routes(registry), Faults() if options.faults else None, options.api_key)
    except OSError as error:
        sys.exit(f"qdrant-edge: cannot listen on {options.host}:{options.port}: {error.strerror}; take another --port")
    port = server.server_address[1]
    # For those who asked for port 0.
    (Path(options.data) / "port").write_text(str(port))
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    threading.Thread(target=server.serve_forever, name="accept", daemon=True).start()
    print(f"qdrant-edge: http://{options.host}:{port}, data in {options.data}", flush=True)
    while not stopping.wait(FLUSH_SECONDS):
        registry.flush()
    server.shutdown()
    registry.close()


if __name__ == "__main__":
    main()
