"""A chart on a page, with its title and caption: Plotly.js, which changes in place what Streamlit's own starts anew.

`st.plotly_chart` unmounts a chart whose figure has changed and draws the new one twice, which takes longer than a
slider may; here the chart stays on screen, with its zoom, until the next one is drawn. Title and caption come along
because every element that Streamlit sends by itself takes time of all visitors.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.responses import FileResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from evallib.drawing.chart import Chart

HERE = Path(__file__).parent
LIBRARY = HERE / "plotly" / "plotly-cartesian-4.1.1.min.js"
SOURCE = f"/api/{LIBRARY.name}"
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}

_component = st.components.v2.component(
    "evallib_chart",
    html='<h4 class="evallib-title"></h4><div class="evallib-chart" role="img"></div><p class="evallib-caption"></p>',
    css=(HERE / "chart.css").read_text("utf-8"),
    js=(HERE / "chart.js").read_text("utf-8"),
    isolate_styles=False,
)


async def _library(_request: Request) -> Response:
    return FileResponse(LIBRARY, media_type="text/javascript", headers=FOREVER)


ROUTE = Route(SOURCE, _library)


class Preload:
    """The header that lets the browser fetch Plotly beside Streamlit's own scripts, on every HTML answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, with the header added."""

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("Link", f"<.{SOURCE}>; rel=preload; as=script")
            await send(message)

        await self._app(scope, receive, send_with_header)


def load_library() -> None:
    """Let the browser load Plotly while the page is still being made; nothing is seen of it."""
    with st.container(key="chart-library"):
        _component(key="library", data=f'{{"source": ".{SOURCE}"}}'.encode())


def payload(chart: Chart, title: str, caption: str, alt: str) -> bytes:
    """What the browser draws the chart from; `alt` says what it shows to who cannot see it. All are plain text."""
    about = json.dumps({"source": f".{SOURCE}", "title": title, "caption": caption, "alt": alt})
    return b'%b, "figure": %b}' % (about.removesuffix("}").encode(), chart.to_json())


def show_chart(content: bytes, key: str) -> str:
    """The id of the point that somebody has clicked on in the chart of a `payload`; empty where there is none."""
    shown = _component(key=key, data=content, on_followed_change=_page_is_drawn_again)
    return str(shown.get("followed") or "")


def _page_is_drawn_again() -> None:
    """Nothing; that somebody asks for it lets the browser tell of a click."""
