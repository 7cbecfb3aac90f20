"""The settings that hold while the service runs: its own, and over their defaults what is stored.

Stored settings are looked at once a second, and at once after this service changed them. A request finds them
in ``app.state.settings``; what is made of them when the service starts must ask there again.
"""

import time
from collections.abc import Callable, Sequence
from threading import Lock

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import State
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from hotspots.errors import HotspotsError
from hotspots.operations.logs import without_quotes
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.stored_settings import effective_settings

LOOK_EVERY_S = 1.0


class LiveSettings:
    """Puts the settings that hold in the states of the service.

    Parameters
    ----------
    own
        Those of file and environment, which stay as they were when the service started.
    on_change
        Called once other settings stand in the states: answers that were made of the former ones are over.
    """

    def __init__(
        self,
        own: Settings,
        database: Database,
        states: Sequence[State],
        on_change: Callable[[], None],
        *,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self.own, self.database, self.states, self.on_change = own, database, states, on_change
        self.look_every_s = look_every_s
        self._looked_at: float | None = None
        self._problem = ""
        self._lock = Lock()

    @property
    def is_due(self) -> bool:
        """Whether it is time to look; then nobody else is asked to for as long."""
        now = time.monotonic()
        if self._looked_at is not None and now - self._looked_at < self.look_every_s:
            return False
        self._looked_at = now
        return True

    def refresh(self) -> None:
        """Look at what is stored; when that can't be or doesn't fit, what held goes on, with a log line."""
        with self._lock:
            try:
                settings = effective_settings(self.database, self.own)
            except (HotspotsError, SQLAlchemyError) as error:
                problem = without_quotes(str(error).splitlines()[0])
                if problem != self._problem:
                    structlog.stdlib.get_logger().error("settings stay as they were", message=problem)
                self._problem = problem
                return
            self._problem = ""
            if settings == self.states[0].settings:
                return
            for state in self.states:
                state.settings = settings
            self.on_change()


class LiveSettingsMiddleware:
    """Has the settings looked at before a request, when it is time."""

    def __init__(self, app: ASGIApp, live: LiveSettings) -> None:
        self.app, self.live = app, live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look if it is time, and pass the request on."""
        if scope["type"] == "http" and self.live.is_due:
            await run_in_threadpool(self.live.refresh)
        await self.app(scope, receive, send)


def own_settings(request: Request) -> Settings:
    """The settings of file and environment, without what is stored."""
    own: Settings = request.app.state.live_settings.own
    return own


def note_stored(request: Request) -> None:
    """Have what this request stored hold at once."""
    request.app.state.live_settings.refresh()
