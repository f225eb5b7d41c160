"""The server: warm-up, background processes, health and upload routes around the pages."""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import os
import threading
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route

from evallib.core.errors import EvallibError
from evallib.error_log import error_id, log_as_json, session_name
from evallib.housekeeping import HOUR, forget, tidy
from evallib.models import find_isolation
from ui import state
from ui.chart import ROUTE as PLOTLY
from ui.chart import Preload
from ui.departures import departures
from ui.rule_questions import ROUTE as RULES
from ui.security import forget_unsafe_local
from ui.services import jobs, run_store, workspace
from ui.text import escape
from ui.upload import ROUTE as UPLOAD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

WARM = ("ui.navigation", "pyarrow.pandas_compat")
"""What the first page would otherwise wait for."""


@contextlib.asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Import what pages need and start the background processes before the first visitor comes."""
    log_as_json()
    # It would log every error of a page once more, with all the words in it.
    logging.getLogger("streamlit.error_util").addFilter(lambda record: record.msg != "Uncaught app execution")
    forget_unsafe_local()
    for module in WARM:
        importlib.import_module(module)

    # Streamlit collects garbage after every run; what is frozen is not walked again.
    gc.collect()
    gc.freeze()
    # What pages write is for nobody else on this machine.
    os.umask(0o077)
    tidy(workspace(), older_than=0)
    # Last, because the processes import as much as the server does, on the same cores.
    run_store().give_up_waiting()
    pool = jobs()
    threading.Thread(target=find_isolation, name="isolation", daemon=True).start()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_tidy_hourly)
        yield
        tasks.cancel_scope.cancel()
    pool.stop()


async def _tidy_hourly() -> None:
    while True:
        await anyio.sleep(HOUR)
        with contextlib.suppress(OSError):
            await anyio.to_thread.run_sync(forget, workspace(), departures.take_left())
            await anyio.to_thread.run_sync(tidy, workspace())


async def ready(_request: Request) -> Response:
    """200 once the server can take a visitor: the workspace can be written."""
    workspace().home.stat()
    return JSONResponse({"ready": True})


def show_error(error: Exception) -> bool:
    """The sentence of an error that is meant for users; of any other an id, under which the log has its traceback."""
    if isinstance(error, EvallibError):
        st.error(escape(str(error)), icon=":material/error:")
        return True
    found = error_id(error, session_name(state.session_id()))
    st.error(
        f"Something went wrong on this page (error {found}). Nothing computed is lost: "
        "reload the page, or tell the operator the error's number.",
        icon=":material/error:",
    )
    return True


app = st.App(
    "pages/_main.py",
    lifespan=lifespan,
    middleware=[Middleware(Preload)],
    routes=[Route("/readyz", ready), UPLOAD, PLOTLY, RULES],
    on_script_error=show_error,
)
