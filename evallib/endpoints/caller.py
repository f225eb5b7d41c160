"""Calls to an endpoint, as many per second as it may have, to hosts that the operator allows and to no other."""

from __future__ import annotations

import os
import re
import time
from http.client import responses
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from evallib.core.errors import BadInput

if TYPE_CHECKING:
    from evallib.data import Endpoint

HOSTS = "EVALLIB_ENDPOINT_HOSTS"
"""The environment variable with the hosts that may be asked, such as `api.example.com, 127.0.0.1:9000`."""

SECRET = "EVALLIB_SECRET_"  # noqa: S105 - how the names of variables that hold secrets begin
NAMED = re.compile(r"\$\{(\w+)\}")

BUSY = (429, 500, 502, 503, 504)
LONGEST_WAIT = 60.0
"""Seconds that an endpoint may ask for before a call is tried again."""

LARGEST = 64 * 2**20
"""Bytes of a response."""


def allowed_hosts() -> list[str]:
    """The hosts that the operator allows to be asked."""
    return [host.strip().lower() for host in os.environ.get(HOSTS, "").split(",") if host.strip()]


class Caller:
    """The connection to one endpoint. Raises `BadInput` where its host is not allowed, or a secret is not known."""

    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self._name = name
        self._endpoint = endpoint
        self._host = _allowed(name, endpoint.url)
        self._next = 0.0
        self._session = requests.Session()
        # Neither proxies nor passwords that happen to be set for the server's own user.
        self._session.trust_env = False
        self._session.headers.update({key: _with_secrets(name, text) for key, text in endpoint.headers.items()})
        self._session.headers["Content-Type"] = "application/json"
        retry = Retry(
            endpoint.retries,
            read=False,
            status_forcelist=BUSY,
            allowed_methods={"POST"},
            backoff_factor=0.2,
            raise_on_status=False,
            retry_after_max=int(LONGEST_WAIT),
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def ask(self, body: Any) -> Any:
        """The response to a request, both plain JSON. Raises `BadInput` with one sentence where there is none."""
        self._await_turn()
        content = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
        deadline = time.monotonic() + self._endpoint.seconds
        try:
            # A redirect could lead to a host that is not allowed.
            with self._session.post(
                self._endpoint.url, content, timeout=self._endpoint.seconds, allow_redirects=False, stream=True
            ) as response:
                self._check_status(response.status_code)
                return orjson.loads(self._read(response, deadline))
        except orjson.JSONDecodeError:
            raise BadInput(f"{self._name} did not answer with JSON; check the url of its endpoint.") from None
        except requests.Timeout:
            raise self._too_slow() from None
        except requests.RequestException:
            raise BadInput(f"{self._name} cannot be reached at {self._host}; check the url and the network.") from None

    def _await_turn(self) -> None:
        wait = self._next - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self._next = time.monotonic() + 1 / self._endpoint.per_second

    def _check_status(self, status: int) -> None:
        if 200 <= status < 300:
            return
        tries = self._endpoint.retries
        after = f" after {tries} retries" if status in BUSY and tries else ""
        advice = "; check its headers" if status in (401, 403) else ""
        raise BadInput(
            f"{self._name} answered with status {status} ({responses.get(status, 'unknown')}){after}{advice}."
        )

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        content = bytearray()
        for part in response.iter_content(1 << 16):
            content += part
            if len(content) > LARGEST:
                raise BadInput(
                    f"{self._name} answered with more than {LARGEST >> 20} MB; ask about fewer rows at once."
                )
            if time.monotonic() > deadline:
                raise self._too_slow()
        return bytes(content)

    def _too_slow(self) -> BadInput:
        seconds = self._endpoint.seconds
        return BadInput(
            f"{self._name} did not answer within {seconds:g} s; ask about fewer rows at once, or wait longer."
        )

    def close(self) -> None:
        """Nothing; the connection is closed."""
        self._session.close()


def _allowed(name: str, url: str) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    try:
        host = host if parts.port is None else f"{host}:{parts.port}"
    except ValueError:
        raise BadInput(f"The url of {name} has no valid port.") from None
    if host not in allowed_hosts():
        raise BadInput(
            f"{name} is at {host}, which this server may not ask; the operator can allow it with {HOSTS}={host}."
        )
    return host


def _with_secrets(name: str, text: str) -> str:
    def secret(match: re.Match[str]) -> str:
        value = os.environ.get(SECRET + match[1])
        if value is None:
            raise BadInput(f"{name} needs the secret {match[1]}; the operator sets it as {SECRET}{match[1]}.")
        return value

    return NAMED.sub(secret, text)
