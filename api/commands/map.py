"""`hotspots map`: the weekly map in a file."""

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Visibility
from hotspots.errors import NotFoundError, StoreError
from hotspots.files.private_files import make_private_folder, new_private_file
from hotspots.publishing.period_map import build_period_map
from hotspots.publishing.weekly_map import WeeklyMap, build_weekly_map, name_of
from hotspots.publishing.year.period import Period
from hotspots.settings import Settings, load_settings
from hotspots.store.areas import load_areas, names_of_gebieden
from hotspots.store.audit import processing
from hotspots.store.database import Database
from hotspots.store.stored_settings import effective_settings
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.runs import latest_run, read_as_of_dates
from hotspots.tracking.samples import statuses_that_leave
from hotspots.tracking.selection import Selection, buurten_of
from hotspots.wording import day_of

KINDS = (".html", ".png", ".svg")
"""The file suffixes that a map can be written to."""

MapFile = Annotated[Path, typer.Option("--output", metavar="FILE", help="A .html, .png or .svg file.")]
Day = Annotated[
    str | None, typer.Option(metavar="DATE", help="Peildatum, as 2023-12-31; by default the last run.")
]
Area = Annotated[
    str | None,
    typer.Option(metavar="CODE", help="Code of a buurt or wijk, or name of a gebied; by default all."),
]
Weeks = Annotated[
    int,
    typer.Option(
        min=1, max=520, help="How many weeks an .html file has; each adds a few hundred kB at most."
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="DATE", help="With --to: a picture of what was on the list in these days."
    ),
]
To = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day of --from, which counts too.")]
WithoutDwellings = Annotated[
    bool,
    typer.Option(
        "--without-dwellings", help="Leave out what points at persons: dwellings, and places of one reporter."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout; logs go to stderr.")]


def register(app: typer.Typer) -> None:
    """Add the subcommand of this module."""
    app.command("map")(write_map)


def write_map(
    output: MapFile,
    as_of: Day = None,
    area: Area = None,
    weeks: Weeks = 13,
    first: From = None,
    last: To = None,
    without_dwellings: WithoutDwellings = False,
    as_json: AsJson = False,
) -> None:
    """Write the weekly map to a file.

    HTML is one file that works without the internet: the map of each of the last weeks with its layers, and
    the same as lists. PNG and SVG are pictures of one week, or of all days from one to another, with title,
    legend, peildatum and source.
    """
    if output.suffix.lower() not in KINDS:
        raise typer.BadParameter(f"wanted a file that ends in {', '.join(KINDS)}, found '{output}'")
    period = _period(first, last)
    if period is not None and (output.suffix.lower() == ".html" or as_of is not None):
        raise typer.BadParameter("--from and --to make a .png or .svg file, and go without --as-of")
    visibility = NO_PERSONS if without_dwellings else EVERYTHING
    own = load_settings()
    database = Database(own.database.url)
    try:
        settings = effective_settings(database, own)
        with (
            processing(database, "kaart maken", now=datetime.now(UTC)),
            database.reading() as connection,
        ):
            shown = _read_map(connection, settings, _day(as_of), area, visibility, period)
            content = _drawn(connection, settings, shown, output.suffix.lower(), weeks, visibility, area)
    finally:
        database.close()
    try:
        make_private_folder(output.parent)
        with new_private_file(output) as new:  # it may point at dwellings
            new.file.write(content)
    except OSError as error:
        raise StoreError(f"can't write '{output}' ({error.strerror}): name another file") from None
    result = {"hotspots": len(shown.hotspots), "asOf": str(shown.peildatum), "output": str(output)}
    text = json.dumps(result) if as_json else f"{output}: {shown.title}"
    sys.stdout.write(text + "\n")


def _read_map(
    connection: Connection,
    settings: Settings,
    day: date | None,
    area: str | None,
    visibility: Visibility,
    period: Period | None,
) -> WeeklyMap:
    peildatum = latest_run(connection, day)
    if peildatum is None:
        before = f" at or before {day}" if day else ""
        raise NotFoundError(f"there is no run{before}: run 'hotspots detect' first")
    codes = None if area is None else buurten_of(connection, settings, area)
    if codes == []:
        known = names_of_gebieden(connection, settings.areas.gebieden)
        raise NotFoundError(
            f"wanted the code of a buurt or wijk, or the name of a gebied, found '{area}'; "
            f"gebieden are {', '.join(known) or 'not known: import areas first'}"
        )
    areas = load_areas(connection, settings.areas.gebieden)
    name = None if area is None else name_of(areas, area)
    if period is not None:
        return build_period_map(
            connection,
            settings,
            visibility=visibility,
            period=period,
            codes=codes,
            area_name=name,
            areas=areas,
        )
    hotspots = read_hotspots(
        connection,
        settings,
        Selection(
            visibility,
            as_of=peildatum,
            area=area,
            is_listed=True,
            status=statuses_that_leave(connection, settings),
        ),
    )
    return build_weekly_map(
        connection,
        settings,
        hotspots,
        peildatum=peildatum,
        area_name=name,
        areas=areas,
        for_picture=True,
        codes=codes,
    )


def _drawn(
    connection: Connection,
    settings: Settings,
    shown: WeeklyMap,
    suffix: str,
    weeks: int,
    visibility: Visibility,
    area: str | None,
) -> bytes:
    if suffix == ".html":
        from api.pages.standalone import standalone_page

        done = [day for day in read_as_of_dates(connection) if shown.peildatum and day <= shown.peildatum]
        return standalone_page(connection, settings, done[:weeks], area=area, visibility=visibility).encode()
    from hotspots.publishing.pictures.drawing import draw_picture

    return draw_picture(shown, suffix.removeprefix("."))


def _period(first: str | None, last: str | None) -> Period | None:
    start, end = _day(first), _day(last)
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise typer.BadParameter("--from and --to belong together: give both")
    try:
        return Period(start, end)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return day_of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
