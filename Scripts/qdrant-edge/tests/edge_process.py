"""A server of its own in a temporary folder, for the tests beside."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

COMMAND = str(Path(__file__).resolve().parent.parent / "qdrant-edge")


class Edge:
    def __init__(self, *flags):
        self.data = Path(tempfile.mkdtemp(prefix="qdrant-edge-test-"))
        self.flags = flags
        self.port = 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.data)

    def start(self):
        subprocess.run([COMMAND, "start", "--port", "0", "--data", self.data, *self.flags], check=True, stdout=subprocess.DEVNULL)
        self.port = int((self.data / "port").read_text())

    def stop(self):
        subprocess.run([COMMAND, "stop", "--data", self.data], check=True, stdout=subprocess.DEVNULL)

    def kill(self):
        """SIGKILL, which no server can prepare for."""
        os.kill(json.loads((self.data / "qdrant-edge.pid").read_text())["pid"], signal.SIGKILL)

    def call(self, method, path, body=None, timeout=30, headers=None):
        """(status, answer); raises OSError or HTTPException where the connection broke."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"content-type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            raw = answer.read()
            self.headers = answer.headers
            return answer.status, json.loads(raw) if answer.headers.get_content_type() == "application/json" else raw.decode()
        finally:
            connection.close()

    def ok(self, method, path, body=None):
        status, answer = self.call(method, path, body)
        assert status == 200, (method, path, status, answer)
        return answer["result"]
