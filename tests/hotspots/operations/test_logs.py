"""What the service and the unattended work tell on stderr: one line per event, without personal data."""

import io
import json
import logging
import sys
import warnings
from collections.abc import Callable
from typing import Any, cast

import pytest
import structlog

from hotspots.errors import SourceError
from hotspots.operations.logs import start_logging
from hotspots.settings import LogSettings

NAME, PHONE, MAIL, BSN, PLATE = (
    "Sjefke Vaanderaan",
    "06-12345678",
    "sjefke@example.org",
    "111222333",
    "XX-99-99",
)

Lines = Callable[[], list[dict[str, Any]]]
Start = Callable[..., io.StringIO]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, logging_kept: None) -> Start:
    """Start logging with some settings, and give where it goes; afterwards all is as it was."""

    def start(**values: str) -> io.StringIO:
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        start_logging(LogSettings.model_validate(values))
        return cast(io.StringIO, sys.stderr)

    return start


@pytest.fixture
def lines(started: Start) -> Lines:
    """Log as JSON; give the lines so far."""
    told = started()
    return lambda: [json.loads(line) for line in told.getvalue().splitlines()]


def test_an_event_is_one_json_object_with_time_and_level(lines: Lines) -> None:
    structlog.stdlib.get_logger().info("job done", counts={"new": 3})
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "job done", "level": "info", "counts": {"new": 3}}


def test_what_is_bound_stands_on_lines_of_libraries_too(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(job="weekly", run=7):
        logging.getLogger("some.library").warning("low on %s", "space")
        structlog.stdlib.get_logger().info("job done")
    library, own = lines()
    assert (library["event"], library["logger"]) == ("low on space", "some.library")
    assert {(line["job"], line["run"]) for line in (library, own)} == {("weekly", 7)}


def test_text_is_for_people_and_the_level_is_kept_to(started: Start) -> None:
    told = started(format="text", level="warning")
    structlog.stdlib.get_logger().info("not told")
    structlog.stdlib.get_logger().warning("told", files=2)
    assert "not told" not in told.getvalue()
    assert "told" in told.getvalue()
    assert "files=2" in told.getvalue()


@pytest.mark.parametrize("name", ["httpx2", "apscheduler.scheduler", "uvicorn.access", "alembic.runtime"])
def test_what_libraries_tell_of_ordinary_work_is_left_out(lines: Lines, name: str) -> None:
    logging.getLogger(name).info("HTTP Request: GET https://example.org/?q=Markt+1")
    assert lines() == []


def provoke(log: Callable[..., None]) -> None:
    """Log one error about another, each with personal data in its message."""
    try:
        try:
            int(f"{NAME} {PHONE}")
        except ValueError as error:
            raise SourceError(f"wanted a number, found '{NAME} d'Arc'; run 'hotspots geocode'") from error
    except SourceError:
        log()


def test_of_an_error_class_and_place_are_logged_and_not_what_was_found(lines: Lines) -> None:
    provoke(lambda: structlog.stdlib.get_logger().exception("failed"))
    (line,) = lines()
    assert line["error"] == "SourceError"
    assert line["message"] == "wanted a number, found '…'; run 'hotspots geocode'"
    assert "test_logs.py" in line["exception"]
    assert "builtins.ValueError\nthen:" in line["exception"]


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_planted_in_any_line_shows_up(started: Start, form: str) -> None:
    told = started(format=form)
    other = logging.getLogger("some.library")
    provoke(lambda: other.exception("failed"))
    provoke(lambda: structlog.stdlib.get_logger().exception("failed"))
    other.warning("no %s, %s, %s, %s and meneer %s", PHONE, MAIL, BSN, PLATE, NAME)
    structlog.stdlib.get_logger().error(
        "odd", found={"text": f"bel {PHONE} of {MAIL}"}, other=f"auto {PLATE}"
    )
    warnings.showwarning(f"odd value {PHONE}", UserWarning, "file.py", 1)
    assert len(told.getvalue().splitlines()) >= 5
    for planted in (*NAME.split(), PHONE, MAIL, BSN, PLATE):
        assert planted not in told.getvalue()
