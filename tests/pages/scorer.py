"""An API that scores rows, as an operator may allow it."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler

import numpy as np


class Scorer(BaseHTTPRequestHandler):
    """Says that the chance grows with a."""

    def do_POST(self) -> None:
        rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["instances"]
        content = json.dumps({"predictions": [1 / (1 + np.exp(-row["a"])) for row in rows]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass
