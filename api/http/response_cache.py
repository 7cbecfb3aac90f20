"""A cache of answers, valid as long as nothing in the database changes.

A list of hotspots changes once a week and when people change a case, but is requested all day. Before a route
does any work, :func:`answer_again` looks for its answer to the same question with the same visibility since
the last change. The actor and the visibility are determined anew for each request.
"""

from collections import OrderedDict
from collections.abc import Hashable
from functools import partial
from threading import Lock
from urllib.parse import unquote_plus

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from api.http.answers import Answer
from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.sign_in import SAFE_METHODS, ReaderVisibility
from hotspots.settings import Settings
from hotspots.store.change_mark import ChangeMark
from hotspots.store.database import Database
from hotspots.tracking.own_areas import OWN

MAX_BYTES = 32_000_000
"""Total size of the cached answers; the least recently used is dropped first."""


class AnsweredBefore(Exception):  # noqa: N818  # not an error: it skips the work of the route
    """Carries an answer past the route: a cached one, or the way to another page."""

    def __init__(self, response: Response) -> None:
        self.response = response


class ResponseCache:
    """The cached answers of one process, valid while the change mark of the database stays the same."""

    def __init__(self, change_mark: ChangeMark, *, max_bytes: int = MAX_BYTES) -> None:
        self.change_mark = change_mark
        self.max_bytes = max_bytes
        self._mark: Hashable = None
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def find(self, mark: Hashable, key: Hashable) -> Answer | None:
        """Give the answer to a question that was cached at this mark, if any."""
        with self._lock:
            if mark != self._mark or key not in self._answers:
                return None
            self._answers.move_to_end(key)
            return self._answers[key]

    def keep(self, mark: Hashable, key: Hashable, given: Answer) -> None:
        """Cache an answer that was read after this mark; drops answers with another mark."""
        with self._lock:
            if mark != self._mark:
                self._mark, self._bytes = mark, 0
                self._answers.clear()
            if key in self._answers:
                return
            self._answers[key] = given
            self._bytes += given.size
            while self._bytes > self.max_bytes:
                _, dropped = self._answers.popitem(last=False)
                self._bytes -= dropped.size


async def ask_mark(request: Request, database: Database, settings: Settings) -> Hashable:
    """Ask the mark of the database; None if it has none, so that nothing may be kept.

    Nor may what is made by settings that hold no more: the mark is that of the others.
    """
    cache: ResponseCache = request.app.state.response_cache
    mark = cache.change_mark.mark
    # a file on this machine answers at once; a server may be far away
    asked = mark() if database.is_sqlite else await run_in_threadpool(mark)
    return asked if settings is request.app.state.settings else None


async def answer_again(
    request: Request, visibility: ReaderVisibility, database: ServiceDatabase, settings: ServiceSettings
) -> None:
    """Give the cached answer to the same question with the same visibility, or have the new answer cached.

    Only for routes whose answer depends on nothing but address, Accept header, visibility and database.

    Raises
    ------
    AnsweredBefore
        With the cached answer.
    """
    cache: ResponseCache = request.app.state.response_cache
    if request.method not in SAFE_METHODS:
        return
    mark = await ask_mark(request, database, settings)
    if mark is None:
        return
    # an area of one's own is for its owner only
    whose = visibility.reader_id if OWN in unquote_plus(request.url.query) else None
    key = (str(request.url), request.headers.get("accept"), visibility, whose)
    cached = cache.find(mark, key)
    if cached is not None:
        raise AnsweredBefore(cached.response(request))
    request.state.keep = partial(cache.keep, mark, key)


def install_response_cache(app: FastAPI) -> None:
    """Let an app send the answers that :func:`answer_again` finds."""

    async def give(_request: Request, cached: Exception) -> Response:
        assert isinstance(cached, AnsweredBefore)  # noqa: S101  # for the type checker
        return cached.response

    app.add_exception_handler(AnsweredBefore, give)
