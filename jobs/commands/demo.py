"""`hotspots demo`: two simulated years until last week through the whole chain, and then the service."""

import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from rich.progress import Progress

from hotspots.access.accounts import DEMO_PARTNER, add_demo_users
from hotspots.access.rights import Actor, Role, visibility_of
from hotspots.casework.tasks import Task, read_tasks
from hotspots.evaluation.city import city_of_municipality, write_addresses
from hotspots.evaluation.scoring import DetectedPlace, Score, score
from hotspots.evaluation.simulated_casework import SimulatedCasework, people_of, share_and_subscribe
from hotspots.evaluation.simulation import SimulatedYear, write_melddesk
from hotspots.evaluation.staged_years import StagedYears, simulate_staged_years
from hotspots.files.private_files import make_private_folder, write_privately
from hotspots.geocoding.address_file import read_address_file
from hotspots.geocoding.register_store import draw_streets, replace_addresses
from hotspots.geocoding.reviewing import count_review
from hotspots.geography.projection import Projection
from hotspots.intake.import_reports import ImportResult, import_reports
from hotspots.operations.logs import start_logging
from hotspots.privacy.announcements import confirm_periods
from hotspots.settings import PATH_VARIABLE, PREFIX, Settings, load_settings, shipped
from hotspots.store.areas import fill_with_shipped, names_of_gebieden
from hotspots.store.database import Database
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.runs import mark_as_simulated
from hotspots.tracking.selection import Selection
from hotspots.weekly.kept_exposure import load_exposure
from hotspots.weekly.run_store import signalled_reports
from hotspots.weekly.weekly_run import run_week
from hotspots.weekly.weeks import weeks_between
from hotspots.wording import number, percentage, short_day
from jobs.runner import run_job, steady
from jobs.scheduler import JOBS
from jobs.terminal import AsJson, opened, parse_day, progress, show

FOLDER = Path("var/demo")
SEED = 2
DEMO = Actor("demo", "de demo zelf", None)
RUN_AT = time(6, 30)
"""When the run of a week is done: on the Monday after it."""

NIGHTLY = ("geocode", "integrity", "backup")
"""Unattended work that is done once, by hand."""

LOOK_AT: Mapping[str, str] = {
    DEMO_PARTNER: "what the gebiedsteam sees, of all areas",
    "lezer": "the list of the week, and the map with its weeks: /kaart",
    "beheerder": "the week, deliveries, unclear addresses, rules, who may what: /beheer",
    "privacy": "who read what, what people ask about their data, what is kept and goes: /privacy",
}
"""What to look at first, for whom nothing waits."""


@dataclass(frozen=True)
class Told:
    """What a demo has to show."""

    figures: dict[str, Any]
    passwords: dict[str, str]
    stories: dict[str, str]  # by id of the hotspot
    people: Mapping[str, Actor]  # those for whom something may wait
    gebied: str


@dataclass(frozen=True)
class Stages:
    """Tells how far it is: a bar while a stage is at work, and a line when it is done."""

    bar: Progress

    def begin(self, what: str, total: int | None = None) -> Any:
        """Begin a stage."""
        return self.bar.add_task(what, total=total)

    def end(self, task: Any, line: str) -> None:
        """End a stage with what came of it."""
        self.bar.remove_task(task)
        self.bar.console.print(line, highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the service.")] = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop when the chain is done.")] = False,
    today: Annotated[
        str | None, typer.Option(help="Day on which the demo stands, such as 2024-01-01; else today.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate two years of reports in Maastricht until last week, run the whole chain, and serve it.

    People worked on what was found: some places wait for a verdict, some are late, some are done. An account
    for each role is made, and shown with its password; they work on this machine only.

    Everything is made up and stands in var/demo, apart from your own data; each demo starts anew. Look at it
    afterwards with HOTSPOTS_CONFIG=var/demo/hotspots.toml.
    """
    _write_settings()
    with opened() as (settings, database):
        start_logging(settings.log)
        now = _moment(today, settings)
        with progress(quiet=as_json) as bar:
            told = _run_chain(database, settings, now, Stages(bar))
        if as_json:
            show(told.figures, as_json)
        _introduce(database, settings, told, now)
    if not no_serve:
        root: Any = context.find_root().command
        root.commands["serve"].load().callback(host="127.0.0.1", port=port)


def last_sunday(today: date) -> date:
    """The last day of the last whole ISO week before a day.

    Examples
    --------
    >>> str(last_sunday(date(2024, 1, 1))), str(last_sunday(date(2024, 1, 7)))
    ('2023-12-31', '2023-12-31')
    """
    return today - timedelta(days=today.weekday() + 1)


def _moment(today: str | None, settings: Settings) -> datetime:
    now = datetime.now(UTC)
    if today is None:
        return now
    moment = datetime.combine(parse_day(today), time(12), settings.municipality.zone)
    if moment.date() > settings.municipality.local_day(now):
        raise typer.BadParameter(f"wanted a day until today, found '{today}'")
    return min(moment.astimezone(UTC), now)


def _write_settings() -> None:
    """Empty the folder of the demo and write its settings: as shipped, with its own database and key."""
    with suppress(FileNotFoundError):
        shutil.rmtree(FOLDER)
    make_private_folder(FOLDER)
    municipality = load_settings(shipped("config/hotspots.toml"), {}).municipality
    lines = [
        "# Of the demo: simulated data.",
        "[municipality]",
        f'name = "{municipality.name}"',
        f'code = "{municipality.code}"',
        "[database]",
        f'url = "sqlite:///{FOLDER.as_posix()}/hotspots.sqlite"',
        "[sign_in]",
        "required = false",
        "[privacy]",
        f'reporter_key_file = "{FOLDER.as_posix()}/reporter.key"',
        "[service]",
        f'signing_key_file = "{FOLDER.as_posix()}/signing.key"',
        f'uploads = "{FOLDER.as_posix()}/uploads"',
        'security_contact = "security@example.org"',  # so that security.txt can be seen
        "[jobs]",
        f'backups = "{FOLDER.as_posix()}/backups"',
        f'inbox = "{FOLDER.as_posix()}/inbox"',
        f'reports = "{FOLDER.as_posix()}/reports"',
        "[log]",
        "# No line per request: the terminal shows how to begin.",
        'level = "warning"',
    ]
    path = FOLDER / "hotspots.toml"
    write_privately(path, ("\n".join(lines) + "\n").encode())
    # the service must start with the settings of the demo, not those of the user's own database
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ[PATH_VARIABLE] = str(path)


def _run_chain(database: Database, settings: Settings, now: datetime, stages: Stages) -> Told:
    last = last_sunday(settings.municipality.local_day(now))
    task = stages.begin("simulating two years of reports")
    staged = _simulated(settings, last)
    lines, first = number(len(staged.simulated.reports)), staged.simulated.first
    stages.end(task, f"simulated: {lines} reports from {short_day(first)} to {short_day(last)}")

    task = stages.begin("making the database")
    passwords = _prepare(database, settings, staged, first)
    stages.end(task, f"made: a database with {settings.municipality.name}'s areas and made-up addresses")

    task = stages.begin("importing reports")
    imported = import_reports(
        database,
        settings,
        FOLDER / "meldingen.csv",
        "melddesk",
        now=now,
        rejects_path=FOLDER / "geweigerd.csv",
        on_progress=lambda read, total: stages.bar.update(task, completed=read, total=total),
    )
    counts = imported.counts
    refused, others = number(counts.rejected), number(counts.other_category)
    stages.end(
        task, f"imported: {number(counts.new)} reports; {others} of other categories, {refused} refused"
    )

    weeks = weeks_between(first, last)
    task = stages.begin("weekly runs, and what people did", total=len(weeks))
    casework = SimulatedCasework(database, settings, people_of(database), staged, now)
    with database.reading() as connection:
        exposure = load_exposure(connection, settings)
    for as_of in weeks:
        monday = datetime.combine(as_of + timedelta(days=1), RUN_AT, settings.municipality.zone)
        run_week(database, settings, as_of=as_of, now=min(monday.astimezone(UTC), now), exposure=exposure)
        casework.after_run(as_of)
        stages.bar.advance(task)
    people = casework.people
    share_and_subscribe(database, settings, people, gebied=staged.team_gebied, now=now)
    stages.end(task, f"done: {number(len(weeks))} weekly runs, and {number(casework.done)} acts of people")

    task = stages.begin("locating again, a backup, a check", total=len(NIGHTLY))
    for name in NIGHTLY:
        run_job(JOBS[name], database, settings, clock=steady(lambda: now), only_if_due=False)
        stages.bar.advance(task)
    unclear = number(count_review(database))
    stages.end(task, f"checked: the database, and a backup of it; {unclear} addresses wait for a person")

    scored = _scored(database, settings, staged.simulated)
    found, false = number(len(scored.matches)), number(len(scored.false))
    stages.end(
        stages.begin("comparing"),
        f"found: {found} of {number(scored.truth_count)} planted hotspots, and {false} that are none "
        f"(F1 {percentage(scored.f1, 1)})",
    )
    return Told(
        figures=_figures(imported, len(weeks), casework.done, scored),
        passwords=passwords,
        stories={hotspot: story for hotspot, story in casework.seen.items() if story},
        people={Role.OOV: people.oov, Role.GEBIEDSTEAM: people.team},
        gebied=staged.team_gebied,
    )


def _prepare(database: Database, settings: Settings, staged: StagedYears, first: date) -> dict[str, str]:
    """Make the database with areas, addresses and accounts, as on the first day; gives the passwords."""
    database.upgrade()
    register = read_address_file(FOLDER / "adressen.csv").table
    with database.writing() as connection:
        mark_as_simulated(connection)
        fill_with_shipped(connection, settings)
        replace_addresses(connection, register)
        draw_streets(connection, settings, register)
        gebieden = names_of_gebieden(connection, settings.areas.gebieden)
    begun = datetime.combine(first, time(9), settings.municipality.zone).astimezone(UTC)
    confirm_periods(database, settings, by=DEMO, now=begun)
    return add_demo_users(database, gebieden=[staged.team_gebied], now=begun, all_gebieden=gebieden)


def _introduce(database: Database, settings: Settings, told: Told, now: datetime) -> None:
    """Say with which accounts to sign in, and what to look at first."""
    today = settings.municipality.local_day(now)
    with database.reading() as connection:
        spots = {
            name: read_hotspots(connection, settings, Selection(visibility_of(actor)))
            for name, actor in told.people.items()
        }
        tasks = {
            name: read_tasks(connection, actor=actor, hotspots=spots[name], today=today)
            for name, actor in told.people.items()
        }
    lines = ["", "sign in at the address below as one of these; that works on this machine only:", ""]
    for name, password in told.passwords.items():
        shown = _waiting(spots[name], tasks[name]) if name in tasks else LOOK_AT[name]
        lines.append(f"  {name:<11}  {password:<11}  {shown}")
    lines += ["", f"the gebiedsteam is that of {told.gebied}; look also at:", ""]
    names = {spot.id: (spot.nummer, spot.naam) for spot in spots[Role.OOV]}
    width = max((len(story) for story in told.stories.values()), default=0)
    for spot, story in told.stories.items():
        nummer, naam = names[spot]
        lines.append(f"  {nummer:<11}  {story:<{width}}  {naam}")
    lines += ["", "all is simulated: pages can be read without an account; a real service is closed."]
    sys.stderr.write("\n".join(lines) + "\n\n")


def _waiting(spots: list[Hotspot], tasks: Mapping[str, Task]) -> str:
    waiting = [spot.nummer for spot in spots if spot.id in tasks and tasks[spot.id].awaits_reader]
    late = [spot.nummer for spot in spots if spot.id in tasks and tasks[spot.id].is_overdue]
    first = f", such as {waiting[0]}" if waiting else ""
    return f"{number(len(waiting))} that wait for you{first}, and {number(len(late))} that are late: /"


def _simulated(settings: Settings, last: date) -> StagedYears:
    rng = np.random.default_rng(SEED)
    path = shipped(f"geodata/{settings.municipality.code}_buurten.csv")
    city = city_of_municipality(path, rng, name=settings.municipality.name, crs=settings.municipality.crs)
    staged = simulate_staged_years(city, last=last, rng=rng)
    write_melddesk(staged.simulated, FOLDER / "meldingen.csv")
    write_addresses(city, FOLDER / "adressen.csv")
    return staged


def _scored(database: Database, settings: Settings, years: SimulatedYear) -> Score:
    """Score the hotspots that were found against the planted ones; reports are matched by their number."""
    by_number = years.reports.drop_duplicates("meldingnummer").set_index("meldingnummer")["report_id"]
    projection = Projection(settings.municipality.crs)
    with database.reading() as connection:
        rows = signalled_reports(connection)
    detected = []
    for row, source_ids in rows:
        x, y = projection.to_metres([row.lon], [row.lat])
        known = frozenset(by_number.reindex(sorted(source_ids)).dropna().astype(int))
        detected.append(
            DetectedPlace(float(x[0]), float(y[0]), known, row.soort, row.indicatie, row.first_signalled)
        )
    places: pd.Series[int] = years.reports.set_index("report_id")["place"]
    return score(detected, years.places, places, until=years.last)


def _figures(imported: ImportResult, weeks: int, acts: int, scored: Score) -> dict[str, Any]:
    counts = imported.as_json()
    parts = ("new", "updated", "unchanged", "otherCategory", "rejected")
    return {
        **counts,
        "rowsAddUp": counts["read"] == sum(counts[name] for name in parts),
        "weeklyRuns": weeks,
        "acts": acts,
        "planted": scored.truth_count,
        "found": len(scored.matches),
        "missed": len(scored.missed),
        "false": len(scored.false),
        "f1": round(scored.f1, 3),
    }
