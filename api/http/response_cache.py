"""Answers that were given before, and hold as long as nothing in the database changes.

A list of hotspots changes once a week and when someone does something; it is asked for all day. Before a
route does any work, :func:`answer_again` looks whether it gave the same visibility the same answer since
the last change. Who asks, and what that person may know of, is found out anew for each request.
"""

from collections import OrderedDict
from collections.abc import Hashable
from functools import partial
from threading import Lock

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from api.http.answers import Answer
from api.http.dependencies import ServiceDatabase
from api.http.sign_in import SAFE_METHODS, ReaderVisibility
from hotspots.store.change_mark import ChangeMark

MAX_BYTES = 32_000_000
"""Of all kept answers together; the one that was not asked for the longest goes first."""


class AnsweredBefore(Exception):  # noqa: N818  # no error: it keeps the route from doing the work again
    """Carries the answer past the route."""

    def __init__(self, response: Response) -> None:
        self.response = response


class ResponseCache:
    """The answers of one process, as long as the mark of the database is the same."""

    def __init__(self, watch: ChangeMark, *, max_bytes: int = MAX_BYTES) -> None:
        self.watch = watch
        self.max_bytes = max_bytes
        self._mark: Hashable = None
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def find(self, mark: Hashable, key: Hashable) -> Answer | None:
        """The answer to a question, as it was given while the mark was this one."""
        with self._lock:
            if mark != self._mark or key not in self._answers:
                return None
            self._answers.move_to_end(key)
            return self._answers[key]

    def keep(self, mark: Hashable, key: Hashable, given: Answer) -> None:
        """Keep an answer that was read after the mark was asked for; those with another mark are dropped."""
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


async def answer_again(request: Request, visibility: ReaderVisibility, database: ServiceDatabase) -> None:
    """Give the answer that was given before to the same question with the same visibility, or let it be kept.

    Only for routes whose answer follows from the address, the Accept header, the visibility and the database.

    Raises
    ------
    AnsweredBefore
        With that answer.
    """
    kept: ResponseCache = request.app.state.kept_answers
    if request.method not in SAFE_METHODS:
        return
    # a file on this machine is asked at once; a server may be far away
    mark = kept.watch.mark() if database.is_sqlite else await run_in_threadpool(kept.watch.mark)
    if mark is None:
        return
    key = (str(request.url), request.headers.get("accept"), visibility)
    found = kept.find(mark, key)
    if found is not None:
        raise AnsweredBefore(found.response(request))
    request.state.keep = partial(kept.keep, mark, key)


def install_response_cache(app: FastAPI) -> None:
    """Let an app give what :func:`answer_again` found."""

    async def give(_request: Request, found: Exception) -> Response:
        assert isinstance(found, AnsweredBefore)  # noqa: S101  # for the type checker
        return found.response

    app.add_exception_handler(AnsweredBefore, give)
