"""A small API on this machine, whose answers a test chooses."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Answering = Callable[[Any], tuple[int, bytes]]


class Api:
    """What was asked, and what is answered: a status and a body, made from the request's JSON."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/score"
        self.asked: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.answering: Answering = lambda body: (200, json.dumps(body).encode())

    def answers(self, make: Callable[[Any], Any]) -> None:
        """Answer with JSON."""
        self.answering = lambda body: (200, json.dumps(make(body)).encode())


def handler_of(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            api.asked.append(body)
            api.headers.append(dict(self.headers))
            status, content = api.answering(body)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        found = Api(server.server_address[1])
        server.RequestHandlerClass = handler_of(found)
        monkeypatch.setenv("EVALLIB_ENDPOINT_HOSTS", f"api.example.com, 127.0.0.1:{found.port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield found
        server.shutdown()
        thread.join()
