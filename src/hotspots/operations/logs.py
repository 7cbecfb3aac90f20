"""What the service and the unattended work tell on stderr: one line per event, without personal data.

Our own code logs names of jobs and routes, counts and durations. What else might come along is kept out here:

- what an error message quotes, as that is *what was found*; our own commands in it stay;
- the message of an unforeseen error, of which class and place in the code stay;
- marks that point at a person (:mod:`hotspots.intake.scrubbing`) in any text, also of other libraries.

Values bound with :mod:`structlog.contextvars` stand on every line of that request or job, also on those of
other libraries: `requestId`, or `job` and `run`.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

from hotspots.errors import HotspotsError
from hotspots.intake.scrubbing import scrub
from hotspots.settings import LogSettings

_QUOTED = re.compile(r"(?<!\w)'(?!hotspots )(?:.*?)'(?!\w)|\"[^\"]*\"", re.DOTALL)
LOUD = ("alembic", "apscheduler", "httpcore2", "httpx2", "matplotlib", "pyogrio", "uvicorn")
"""Libraries that tell much: only their warnings are logged."""

MOST_KEPT, LONGEST_KEPT = 200, 500
"""So many lines of a job are kept with its run, and so many characters of a value in them."""

_KEPT: ContextVar[list[dict[str, Any]] | None] = ContextVar("kept_lines", default=None)
_ON_EVERY_LINE = frozenset({"event", "level", "timestamp", "job", "run", "municipality", "exception"})


def start_logging(settings: LogSettings) -> None:
    """Send the log of this process, and of the libraries in it, to stderr.

    Parameters
    ----------
    settings
        From which level on, and whether as JSON, or as text for a terminal.
    """
    is_text = settings.format == "text" or (settings.format == "auto" and sys.stderr.isatty())
    renderer = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if is_text
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _place_of_error,
        _without_marks,
        _keep,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.level.upper(), force=True)
    logging.captureWarnings(capture=True)
    for name in LOUD:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


@contextmanager
def keeping_lines() -> Iterator[list[dict[str, Any]]]:
    """Give a list that fills with what is logged in this block, without anything that a message quotes."""
    kept: list[dict[str, Any]] = []
    token = _KEPT.set(kept)
    try:
        yield kept
    finally:
        _KEPT.reset(token)


def without_quotes(message: str) -> str:
    """Give a message of ours without what it quotes, which may come from a report; commands to run stay.

    Examples
    --------
    >>> without_quotes("can't read 'Jan d'Arc.csv', found '06 12345678': run 'hotspots geocode'")
    "can't read '…', found '…': run 'hotspots geocode'"
    """
    return _QUOTED.sub("'…'", message)


def _place_of_error(_logger: object, _method: str, event: structlog.typing.EventDict) -> Any:
    """Put class and place of an exception where its text would stand; the text only of errors of ours."""
    given = event.pop("exc_info", None)
    found = sys.exc_info() if given is True else given
    error = found[1] if isinstance(found, tuple) else found
    if not isinstance(error, BaseException):
        return event
    event["error"] = type(error).__name__
    if isinstance(error, HotspotsError):
        event["message"] = without_quotes(str(error))
    event["exception"] = "\n".join(_frames(error))
    return event


def _frames(error: BaseException) -> list[str]:
    lines: list[str] = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        lines += [*_frames(cause), "then:"]
    lines += [_shown(frame) for frame in _summary(error.__traceback__)]
    return [*lines, f"{type(error).__module__}.{type(error).__qualname__}"]


def _summary(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    return list(traceback.extract_tb(trace)) if trace is not None else []


def _shown(frame: traceback.FrameSummary) -> str:
    path = Path(frame.filename)
    return f"  {'/'.join(path.parts[-3:])}:{frame.lineno} in {frame.name}"


def _without_marks(_logger: object, _method: str, event: structlog.typing.EventDict) -> Any:
    return {name: _scrubbed(name, value) for name, value in event.items()}


def _keep(_logger: object, _method: str, event: structlog.typing.EventDict) -> Any:
    kept = _KEPT.get()
    if kept is not None and len(kept) < MOST_KEPT:
        told = {
            name: value
            if isinstance(value, bool | int | float | None)
            else without_quotes(str(value))[:LONGEST_KEPT]
            for name, value in event.items()
            if not name.startswith("_") and name not in _ON_EVERY_LINE
        }
        line = {"at": event.get("timestamp"), "level": event.get("level"), "event": str(event["event"])}
        kept.append({**line, "event": without_quotes(line["event"] or "")[:LONGEST_KEPT], "told": told})
    return event


def _scrubbed(name: str, value: Any) -> Any:
    if name.startswith("_") or name in {"timestamp", "level", "requestId", "exception"}:
        return value
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {key: _scrubbed(str(key), inner) for key, inner in value.items()}
    return value
