"""`hotspots fleet`: the work of many municipalities, each in a process of its own, here or on a cluster."""

import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import click
import typer

from hotspots.errors import HotspotsError
from hotspots.operations.executors import workers_of
from hotspots.operations.fleet import Member, chosen, read_fleet
from hotspots.operations.timetable import last_sunday_before
from hotspots.operations.units import Outcome, Unit, do_units
from hotspots.wording import week_code
from jobs.commands import add_group, module_of
from jobs.terminal import (
    AsJson,
    Scheduler,
    Workers,
    names_in,
    parse_day,
    progress,
    require_one_place,
    show,
)

Folder = Annotated[
    Path, typer.Option("--settings", metavar="FOLDER", help="A folder with a settings file of each, *.toml.")
]
Only = Annotated[
    list[str] | None,
    typer.Option(metavar="CODE", help="Only this municipality, by code or file; repeat it for more."),
]
Day = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Peildatum, as 2023-12-31; by default today.")
]

SHOWN: Mapping[str, Sequence[str]] = {
    "import": ("files", "refusedFiles", "read", "new", "updated", "rejected"),
    "detect": ("asOf", "reports", "located", "signalled", "newHotspots"),
    "replay": ("runs", "last", "signalled", "newHotspots"),
    "report": ("week", "hotspots"),
    "status": ("expectedAsOf", "reports"),
}
"""Which figures of each job stand in the table."""

_HELD = {"schedule": ("jobs.scheduler",), "report": ("hotspots.publishing.report_files",)}
"""What a command reads only when it needs it: held ready with its module."""

_DIALECTS = ("sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql.psycopg")

APART = ("jobs.inbox", "privacy.reporter_key_file")
"""What no two may share when deliveries are imported."""

YEAR = timedelta(weeks=52)


@dataclass(frozen=True)
class Fleet:
    """What every job of a fleet is asked with."""

    folder: Path
    only: Sequence[str]
    workers: int | None
    scheduler: str | None
    as_json: bool


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    jobs: dict[str, Callable[..., None]] = {
        "import_": import_deliveries,
        "detect": detect,
        "replay": replay,
        "report": report,
        "status": status,
    }
    add_group(app, "fleet", **jobs)


def import_deliveries(
    settings: Folder,
    only: Only = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Import what lies in the inbox of each, as `hotspots schedule --once inbox` does.

    Two that share an inbox or a reporter key are refused: reports would end up with the other municipality,
    or a reporter could be followed from one to the other.
    """
    asked = Fleet(settings, only or (), workers, scheduler, as_json)
    _do_all("import", asked, lambda _: ("schedule", "--once", "inbox"), apart=APART)


def detect(
    settings: Folder,
    as_of: Day = None,
    only: Only = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Do one weekly run of each."""
    day = () if as_of is None else ("--as-of", parse_day(as_of).isoformat())
    asked = Fleet(settings, only or (), workers, scheduler, as_json)
    _do_all("detect", asked, lambda _: ("detect", *day))


def replay(
    settings: Folder,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First day, by default a year before the last."),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", "--as-of", metavar="DATE", help="Last day, by default today.")
    ] = None,
    only: Only = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Do every weekly run of a period, of each, as it would have been then."""
    end = date.today() if last is None else parse_day(last)  # noqa: DTZ011  # each refuses what is ahead there
    start = end - YEAR if first is None else parse_day(first)
    period = ("replay", "--from", start.isoformat(), "--to", end.isoformat())
    _do_all("replay", Fleet(settings, only or (), workers, scheduler, as_json), lambda _: period)


def report(
    settings: Folder,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Of the last week that was over on this day, by default today."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder for the files; by default jobs.reports of each, by week in it."
        ),
    ] = None,
    only: Only = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Write the weekly report of each: the whole municipality, by its code in the name of the file."""
    day = date.today() if as_of is None else parse_day(as_of)  # noqa: DTZ011
    week = week_code(last_sunday_before(day + timedelta(days=1)))

    def arguments(member: Member) -> Sequence[str]:
        folder = output or member.reports / week
        return ("report", "--week", week, "--output", str(folder))

    _do_all("report", Fleet(settings, only or (), workers, scheduler, as_json), arguments)


def status(
    settings: Folder,
    only: Only = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Tell of each whether last week's run was fine; those with something to act on count as failed."""
    _do_all("status", Fleet(settings, only or (), workers, scheduler, as_json), lambda _: ("status",))


def do_command(arguments: Sequence[str]) -> Outcome:
    """Do what the command line would by the settings at hand, in a process that is for nothing else."""
    app = typer.Typer()
    app.callback()(lambda: None)  # makes it a group, although it has one subcommand
    import_module(module_of(arguments[0])).register(app)
    written = StringIO()
    try:
        with redirect_stdout(written):
            code = app([*arguments, "--json"], standalone_mode=False)
    except (HotspotsError, OSError) as error:
        return Outcome("", problem=str(error))
    except click.ClickException as error:
        return Outcome("", problem=error.format_message())
    except Exception as error:  # noqa: BLE001  # a bug with one must not stop the others; its text may be data
        problem = (
            f"unexpected {type(error).__name__}: run 'hotspots {' '.join(arguments)}' by its settings alone"
        )
        return Outcome("", problem=problem)
    result = json.loads(written.getvalue())
    return Outcome("", result, _problem(result) if code else None)


def _problem(result: Mapping[str, Any]) -> str:
    """Why a job that gave a result failed."""
    to_do = [
        finding["problem"] for finding in result.get("findings", ()) if finding["weight"] == "actie nodig"
    ]
    return str(result.get("message") or " ".join(to_do) or result.get("outcome", "failed"))


def _do_all(
    job: str,
    asked: Fleet,
    arguments: Callable[[Member], Sequence[str]],
    *,
    apart: Sequence[str] = (),
) -> None:
    """Do a job of every municipality asked for, and tell it; ends with 1 when one failed."""
    require_one_place(asked.workers, asked.scheduler)
    begun = perf_counter()
    members = chosen(read_fleet(asked.folder, apart=apart), names_in(asked.only))
    units = [
        Unit(member.name, member.path, Path.cwd(), tuple(arguments(member)))
        for member in members
        if member.problem is None
    ]
    commands = {unit.arguments[0] for unit in units}
    outcomes = {member.name: Outcome(member.name, problem=member.problem) for member in members}
    with (
        workers_of(asked.scheduler, asked.workers, local=ThreadPoolExecutor) as executor,
        progress(quiet=asked.as_json) as bar,
    ):
        task = bar.add_task(f"{job}: municipalities", total=len(units))
        for outcome in do_units(units, do_command, executor, modules=modules_of(commands)):
            outcomes[outcome.name] = outcome
            bar.update(task, advance=1, description=f"{job}: municipalities (last: {outcome.name})")
    rows = [_row(member, outcomes[member.name]) for member in members]
    failed = sum(row["outcome"] == "failed" for row in rows)
    totals = {
        "job": job,
        "done": len(rows) - failed,
        "failed": failed,
        "seconds": round(perf_counter() - begun, 2),
    }
    if not asked.as_json:
        _write_table(rows, SHOWN[job])
    show({**totals, **({"municipalities": rows} if asked.as_json else {})}, asked.as_json)
    if failed:
        raise typer.Exit(1)


def modules_of(commands: Collection[str]) -> list[str]:
    """What the process from which units with these commands start holds ready."""
    held = [
        module for command in sorted(commands) for module in (module_of(command), *_HELD.get(command, ()))
    ]
    return [__name__, *held, *_DIALECTS]


def _row(member: Member, outcome: Outcome) -> dict[str, Any]:
    return {
        "name": member.name,
        "code": member.code,
        "municipality": member.municipality,
        "outcome": "done" if outcome.problem is None else "failed",
        "seconds": outcome.seconds,
        "problem": None if outcome.problem is None else " ".join(outcome.problem.split()),
        "result": outcome.result,
    }


def _write_table(rows: Sequence[Mapping[str, Any]], figures: Sequence[str]) -> None:
    """Write a line per municipality on stdout: its figures, or why it failed."""
    table = [("settings", "code", "outcome", "s", *figures)]
    for row in rows:
        cells = [str(row["result"].get(figure, "")) for figure in figures]
        table.append((row["name"], row["code"] or "-", row["outcome"], f"{row['seconds']:.1f}", *cells))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for number, line in enumerate(table):
        problem = rows[number - 1]["problem"] if number else None
        cells = [
            cell.ljust(width) if at < 3 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        shown = cells if problem is None else [*cells[:4], problem]
        sys.stdout.write("  ".join(shown).rstrip() + "\n")
