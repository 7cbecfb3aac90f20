"""`hotspots report`: the weekly report of an area as files.

The drawing and typesetting libraries are imported where used, so that other commands start sooner.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hotspots.access.rights import EVERYTHING
from hotspots.publishing.file_names import file_name, file_name_of_all
from hotspots.publishing.weekly_report import Audience, build_area_report, last_day_of, team_of, week_code
from hotspots.store.areas import names_of_gebieden
from hotspots.store.audit import processing
from jobs.terminal import AsJson, opened, show


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    app.command("report")(report)


def report(
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the files; made if it is absent.")],
    week: Annotated[str, typer.Option(metavar="WEEK", help="ISO week, as 2023-W48.")],
    area: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Code of a buurt or wijk, or name of a gebied; by default all."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the weekly report of an area: HTML and PDF, with its hotspots as CSV and GeoPackage.

    It has a summary, who is asked to do what, the map, the list, a block per new hotspot, and the months
    beside those of last year. It may point at dwellings: the files are readable by their owner only.
    """
    from hotspots.publishing.report_files import write_report

    try:
        peildatum = last_day_of(week)
    except ValueError:
        raise typer.BadParameter(f"wanted an ISO week such as 2023-W48, found '{week}'") from None
    with opened() as (settings, database):
        with (
            processing(database, "weekrapport maken", now=datetime.now(UTC)),
            database.reading() as connection,
        ):
            gebieden = names_of_gebieden(connection, settings.areas.gebieden)
            audience = team_of(area) if area in gebieden and area is not None else Audience(EVERYTHING)
            built = build_area_report(connection, settings, peildatum=peildatum, area=area, audience=audience)
        name = file_name_of_all(settings.municipality) if area is None else file_name(area)
        paths = write_report(built, output, name, decimal_sign=settings.export.decimal_sign)
        result = {
            "week": week_code(built.peildatum),
            "area": built.area,
            "asOf": built.peildatum,
            "hotspots": len(built.hotspots),
            "files": [str(path) for path in paths],
        }
        show(result, as_json)
