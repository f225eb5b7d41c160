"""Many visitors at once, without browsers: each speaks Streamlit's protocol over a websocket, as its frontend does."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect

if TYPE_CHECKING:
    from streamlit.proto.Delta_pb2 import Delta
    from websockets.asyncio.client import ClientConnection

REDRAWN = ForwardMsg.FINISHED_EARLY_FOR_RERUN
KNOBS = ("slider", "button_group")
STARTING_AT_ONCE = 4


class Visitor:
    """One session on one page: it remembers the widgets and the messages that it has been sent."""

    def __init__(self, socket: ClientConnection, page: str, query: str) -> None:
        self._socket = socket
        self._place = {"page_name": page, "query_string": query}
        self._kept: set[str] = set()
        self._widgets: dict[str, tuple[str, Delta]] = {}

    async def run(self, state: WidgetState | None = None, fragment: str = "") -> float:
        """Seconds until the server has run the page, or one fragment of it, with this widget changed."""
        message = BackMsg()
        asked = message.rerun_script
        asked.fragment_id = fragment
        for name, text in self._place.items():
            setattr(asked, name, text)
        asked.cached_message_hashes.extend(self._kept)
        if state is not None:
            asked.widget_states.widgets.append(state)
        began = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        while not self._finished(ForwardMsg.FromString(bytes(await self._socket.recv(decode=False)))):
            pass
        return time.perf_counter() - began

    def _finished(self, message: ForwardMsg) -> bool:
        kind = message.WhichOneof("type")
        if message.metadata.cacheable:
            self._kept.add(message.hash)
        if kind == "navigation":
            self._place["page_script_hash"], self._place["page_name"] = message.navigation.page_script_hash, ""
        if kind == "page_info_changed":
            self._place["query_string"] = message.page_info_changed.query_string
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._note(message.delta)
        return kind == "script_finished" and message.script_finished != REDRAWN

    def _note(self, delta: Delta) -> None:
        kind = delta.new_element.WhichOneof("type")
        if kind == "exception" or (kind == "alert" and "Something went wrong" in delta.new_element.alert.body):
            raise RuntimeError("The page that is measured shows an error.")
        if kind in KNOBS:
            widget = getattr(delta.new_element, kind)
            self._widgets[widget.id.split("-", 2)[-1]] = kind, delta

    def turns(self, prefix: str) -> Iterator[tuple[WidgetState, str]]:
        """Other and other values for the first knob whose key starts with the prefix, and the fragment it is in."""
        found = [(key.startswith(prefix), kind, delta) for key, (kind, delta) in self._widgets.items()]
        kind, delta = min(((kind, delta) for fits, kind, delta in found if fits), key=lambda one: KNOBS.index(one[0]))
        widget = getattr(delta.new_element, kind)
        for turn in itertools.count(random.randrange(100)):  # noqa: S311 - nobody guesses against a benchmark
            state = WidgetState(id=widget.id)
            if kind == "slider":
                state.double_array_value.data.append(widget.min + (turn * 7 * widget.step) % (widget.max - widget.min))
            else:
                state.string_array_value.data.append(widget.options[turn % len(widget.options)].content)
            yield state, delta.fragment_id


async def visit(url: str, page: str, query: str) -> Visitor:
    """A visitor who has seen the page once."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    visitor = Visitor(await connect(address, subprotocols=["streamlit"], max_size=None), page, query)  # type: ignore[list-item]
    await visitor.run()
    return visitor


async def visits(url: str, page: str, query: str, count: int) -> list[Visitor]:
    """So many visitors, who come a few at a time."""
    gate = asyncio.Semaphore(STARTING_AT_ONCE)

    async def come() -> Visitor:
        async with gate:
            return await visit(url, page, query)

    return await asyncio.gather(*(come() for _ in range(count)))


async def busy(visitors: list[Visitor], prefix: str, seconds: float, think: float = 1.0) -> list[float]:
    """Seconds of every run of visitors who think about `think` seconds, turn a knob, and wait for the answer."""
    end = time.perf_counter() + seconds

    async def use(visitor: Visitor) -> list[float]:
        taken = []
        turns = visitor.turns(prefix)
        while time.perf_counter() < end:
            await asyncio.sleep(random.uniform(0.5, 1.5) * think)  # noqa: S311
            taken.append(await visitor.run(*next(turns)))
        return taken

    return [one for taken in await asyncio.gather(*map(use, visitors)) for one in taken]
