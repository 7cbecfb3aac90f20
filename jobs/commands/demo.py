"""`hotspots demo`: a simulated year through the whole chain, and then the service."""

import os
import shutil
import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from rich.progress import Progress

from hotspots.access.accounts import add_demo_users
from hotspots.access.rights import EVERYTHING, Role
from hotspots.evaluation.city import city_of_municipality, write_addresses
from hotspots.evaluation.scoring import DetectedPlace, Score, score
from hotspots.evaluation.simulation import SimulatedYear, simulate_year, write_melddesk
from hotspots.files.private_files import make_private_folder, write_privately
from hotspots.geocoding.address_file import read_address_file
from hotspots.geocoding.register_store import draw_streets, replace_addresses
from hotspots.geography.projection import Projection
from hotspots.intake.import_reports import ImportResult, import_reports
from hotspots.settings import PATH_VARIABLE, PREFIX, Settings, load_settings, shipped
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.runs import mark_as_simulated
from hotspots.tracking.selection import Selection
from hotspots.weekly.run_store import signalled_reports
from hotspots.weekly.weekly_run import replay
from hotspots.weekly.weeks import weeks_between
from jobs.terminal import AsJson, opened, progress, show

FOLDER = Path("var/demo")
SEED = 3001
YEAR = 2023


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the service.")] = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop when the chain is done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Simulate a year of reports in Maastricht, run the whole chain, and serve the result.

    An account for each role is made, and shown with its password; they work on this machine only.

    Everything is made up and stands in var/demo, apart from your own data; each demo starts anew. Look at it
    afterwards with HOTSPOTS_CONFIG=var/demo/hotspots.toml.
    """
    _write_settings()
    with opened() as (settings, database):
        with progress(quiet=as_json) as bar:
            figures = _run_chain(database, settings, bar)
        show(figures, as_json)
        _introduce(database, settings, port)
    if not no_serve:
        root: Any = context.find_root().command
        root.commands["serve"].load().callback(host="127.0.0.1", port=port)


def _write_settings() -> None:
    """Empty the folder of the demo and write its settings: as shipped, with its own database and key."""
    shutil.rmtree(FOLDER, ignore_errors=True)
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
    ]
    path = FOLDER / "hotspots.toml"
    write_privately(path, ("\n".join(lines) + "\n").encode())
    # the service must start with the settings of the demo, not those of the user's own database
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ[PATH_VARIABLE] = str(path)


def _run_chain(database: Database, settings: Settings, bar: Progress) -> dict[str, Any]:
    task = bar.add_task("simulating a year", total=None)
    year = _simulated(settings)
    bar.update(task, total=1, completed=1)
    database.upgrade()
    register = read_address_file(FOLDER / "adressen.csv").table
    with database.writing() as connection:
        mark_as_simulated(connection)
        fill_with_shipped(connection, settings)
        replace_addresses(connection, register)
        draw_streets(connection, settings, register)
    task = bar.add_task("importing reports", total=None)
    imported = import_reports(
        database,
        settings,
        FOLDER / "meldingen.csv",
        "melddesk",
        now=datetime.now(UTC),
        rejects_path=FOLDER / "geweigerd.csv",
        on_progress=lambda read, total: bar.update(task, completed=read, total=total),
    )
    weeks = weeks_between(date(YEAR, 1, 1), date(YEAR, 12, 31))
    task = bar.add_task("weekly runs", total=len(weeks))
    for _ in replay(database, settings, first=weeks[0], last=weeks[-1], now=datetime.now(UTC)):
        bar.advance(task)
    return _figures(imported, len(weeks), _scored(database, settings, year))


def _introduce(database: Database, settings: Settings, port: int) -> None:
    """Add an account for each role, the gebiedsteam with the area that has the most hotspots; show them."""
    with database.reading() as connection:
        hotspots = read_hotspots(connection, settings, Selection(EVERYTHING))
    counts = Counter(hotspot.gebied for hotspot in hotspots if hotspot.gebied is not None)
    gebieden = [name for name, _ in counts.most_common(1)]
    passwords = add_demo_users(database, gebieden=gebieden, now=datetime.now(UTC))
    sys.stderr.write(
        f"sign in on http://127.0.0.1:{port}/aanmelden as one of these, from this machine only:\n"
    )
    for name, password in passwords.items():
        where = f"  ({', '.join(gebieden)})" if name == Role.GEBIEDSTEAM else ""
        sys.stderr.write(f"  {name:<11}  {password}{where}\n")


def _simulated(settings: Settings) -> SimulatedYear:
    rng = np.random.default_rng(SEED)
    path = shipped(f"geodata/{settings.municipality.code}_buurten.csv")
    city = city_of_municipality(path, rng, name=settings.municipality.name, crs=settings.municipality.crs)
    year = simulate_year(city, year=YEAR, rng=rng)
    write_melddesk(year, FOLDER / "meldingen.csv")
    write_addresses(city, FOLDER / "adressen.csv")
    return year


def _scored(database: Database, settings: Settings, year: SimulatedYear) -> Score:
    """Score the hotspots of the year against the planted ones; reports are matched by their number."""
    by_number = year.reports.drop_duplicates("meldingnummer").set_index("meldingnummer")["report_id"]
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
    places: pd.Series[int] = year.reports.set_index("report_id")["place"]
    return score(detected, year.places, places, until=date(YEAR, 12, 31))


def _figures(imported: ImportResult, weeks: int, scored: Score) -> dict[str, Any]:
    counts = imported.as_json()
    parts = ("new", "updated", "unchanged", "otherCategory", "rejected")
    return {
        **counts,
        "rowsAddUp": counts["read"] == sum(counts[name] for name in parts),
        "weeklyRuns": weeks,
        "planted": scored.truth_count,
        "found": len(scored.matches),
        "missed": len(scored.missed),
        "false": len(scored.false),
        "f1": round(scored.f1, 3),
    }
