"""Shared by commands: settings and database, results on stdout, progress and messages on stderr."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from hotspots.access.access_changes import OPERATOR
from hotspots.access.rights import Actor
from hotspots.errors import StoreError
from hotspots.files.private_files import remove_left_behind, write_privately
from hotspots.settings import Settings, load_settings
from hotspots.store.database import Database
from hotspots.store.stored_settings import effective_settings
from hotspots.wording import day_of

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout; logs go to stderr.")]

Workers = Annotated[
    int | None,
    typer.Option(
        min=1, max=1024, metavar="N", help="How many to do at a time here; by default one per processor."
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="tcp://HOST:8786", help="Do them on a cluster of Dask instead, by its scheduler."),
]

By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decided it: kept with the moment.")]

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why: kept in the history.")]

NAME_LENGTH = 200
"""The longest name of who decides something on the server."""

console = Console(stderr=True)


@contextmanager
def opened() -> Iterator[tuple[Settings, Database]]:
    """Open the settings that hold and the database of this command; closes the database afterwards."""
    import structlog  # `hotspots --help` needs none of it

    if not structlog.is_configured():  # a warning in between would spoil what --json writes
        structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    remove_left_behind()
    settings = load_settings()
    with closing(Database(settings.database.url)) as database:
        with suppress(StoreError):  # a command that needs the database tells what is wrong with it
            settings = effective_settings(database, settings)
        yield settings, database


def operator(name: str) -> Actor:
    """Who runs the software, by the name that is kept in the history.

    Raises
    ------
    BadParameter
        If that is no name.
    """
    if not name.strip() or len(name) > NAME_LENGTH:
        raise typer.BadParameter(f"wanted a name of 1 to {NAME_LENGTH} characters", param_hint="--by")
    return replace(OPERATOR, name=name.strip())


def today(settings: Settings) -> date:
    """Today's date in the municipality."""
    return settings.municipality.local_day(datetime.now(UTC))


def parse_day(text: str) -> date:
    """Parse a date such as 2023-12-31.

    Raises
    ------
    BadParameter
        If the text is no such date.
    """
    try:
        return day_of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def day_or_today(text: str | None, settings: Settings) -> date:
    """Read a day as it is typed; today when it is left out."""
    return today(settings) if text is None else parse_day(text)


def names_in(words: Iterable[str]) -> list[str]:
    """The names in options that may hold several, as ``GM0935,GM0014``."""
    return [name for word in words for name in word.replace(",", " ").split()]


def require_one_place(workers: int | None, scheduler: str | None) -> None:
    """Refuse to work both here and on a cluster."""
    if workers is not None and scheduler is not None:
        raise typer.BadParameter("wanted either --workers, here, or --scheduler, on a cluster: not both")


def show(result: Mapping[str, Any], as_json: bool) -> None:
    """Print a result: one JSON object, or a line per figure for people."""
    if as_json:
        # JSON is UTF-8, or else its signs are written as numbers
        is_utf_8 = (sys.stdout.encoding or "utf-8").lower().replace("-", "") == "utf8"
        sys.stdout.write(json.dumps(result, ensure_ascii=not is_utf_8, default=str) + "\n")
        return
    width = max((len(name) for name in result), default=0)
    for name, value in result.items():
        sys.stdout.write(f"{name:<{width}}  {value}\n")


def write_output(path: Path, content: bytes) -> None:
    """Write what a command gives to a file that only its owner can read.

    Raises
    ------
    StoreError
        If it can't be written.
    """
    try:
        write_privately(path, content)
    except OSError as error:
        raise StoreError(f"can't write '{path}' ({error.strerror}): name another file") from None


def tell(line: str) -> None:
    """Write a line for people to stderr, beside the result."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """Show a progress bar on stderr for long work; silent without a terminal or with ``--json``."""
    description = TextColumn("{task.description}")
    spinner = SpinnerColumn("dots" if console.encoding.startswith("utf") else "line")
    columns = (spinner, description, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        yield bar
