"""`hotspots report`: a week of an area, or a year or any period, as files.

The drawing and typesetting libraries are imported where used, so that other commands start sooner.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hotspots.access.rights import EVERYTHING
from hotspots.errors import NotFoundError
from hotspots.publishing.file_names import file_name, file_name_of_all
from hotspots.publishing.weekly_report import Audience, build_area_report, team_of
from hotspots.settings import Settings
from hotspots.store.areas import load_areas, names_of_gebieden
from hotspots.store.audit import processing
from hotspots.store.database import Database
from hotspots.wording import YEARS, day_of, last_day_of, week_code
from jobs.terminal import AsJson, opened, show, today

if TYPE_CHECKING:
    from hotspots.publishing.year.period import Period

_WANTED = "wanted --week 2023-W48, or --year 2023, or --from 2023-04-01 with --till 2023-09-30"


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    app.command("report")(report)


def report(
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the files; made if it is absent.")],
    week: Annotated[str | None, typer.Option(metavar="WEEK", help="ISO week, as 2023-W48.")] = None,
    year: Annotated[
        int | None,
        typer.Option(min=YEARS[1], max=YEARS[-2], metavar="YEAR", help="Calendar year, as 2023."),
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day of a period, as 2023-04-01.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--till", metavar="DATE", help="Last day of it, which counts too.")
    ] = None,
    area: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="Code of a buurt (of a week also of a wijk), or name of a gebied; by default all.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the report of a week, or what a year or any period came to.

    Of a week (--week): HTML and PDF, with its hotspots as CSV and GeoPackage. It has a summary, who is asked
    to do what, the map, the list, a block per new hotspot, and the months beside those of last year.

    Of a year (--year) or a period (--from, --till): PDF, DOCX to edit further, CSV and XLSX. It has a
    sentence ready for the plan, the reports screened, the hotspots by the decisions of people, the measures
    and what they did, how long it took, a year before, and a map and tables per gebied and buurt. Of a period
    that is not over it says until which day it counts.

    The files may point at dwellings: they are readable by their owner only. Read the same at /rapport and
    /jaar.

    hotspots report --year 2023 --output jaar --area "Wijk 00 Centrum"
    """
    is_period = first is not None or last is not None
    if [week is not None, year is not None, is_period].count(True) != 1:
        raise typer.BadParameter(_WANTED)
    if week is not None:
        _write_week(output, week, area, as_json)
    elif year is not None:
        _write_year(output, date(year, 1, 1), date(year, 12, 31), area, as_json)
    else:
        if first is None or last is None:
            raise typer.BadParameter("wanted both --from and --till, found one of them")
        _write_year(output, _day(first), _day(last), area, as_json)


def _day(text: str) -> date:
    try:
        return day_of(text)
    except ValueError:
        raise typer.BadParameter(f"wanted a day such as 2023-04-01, found '{text}'") from None


def _write_week(output: Path, week: str, area: str | None, as_json: bool) -> None:
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


def _write_year(output: Path, first: date, last: date, area: str | None, as_json: bool) -> None:
    from hotspots.publishing.year.period import Period

    try:
        period = Period(first, last)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with opened() as (settings, database):
        show(_files_of(database, settings, period, output, area), as_json)


def _files_of(
    database: Database, settings: Settings, period: "Period", output: Path, area: str | None
) -> dict[str, Any]:
    """Write the files of a period, and tell what it came to."""
    from hotspots.publishing.year.account import read_year_account
    from hotspots.publishing.year.document import build_year_document, read_year_extras
    from hotspots.publishing.year.files import write_year, year_stem
    from hotspots.publishing.year.period import read_known_days

    with processing(database, "jaarcijfers maken", now=datetime.now(UTC)), database.reading() as connection:
        known = read_known_days(connection, settings)
        first, last = known.first, known.last
        if first is None or last is None or period.last < first or period.first > last:
            found = "there are none" if first is None else f"they are from {first} to {last}"
            asked = period.year or f"{period.first} to {period.last}"
            raise NotFoundError(f"there are no reports or runs of {asked}: {found}")
        gebieden = names_of_gebieden(connection, settings.areas.gebieden)
        is_gebied = area in gebieden
        audience = team_of(area) if area is not None and is_gebied else Audience(EVERYTHING)
        areas = load_areas(connection, settings.areas.gebieden)
        if area is not None and not is_gebied and area not in set(areas["buurtcode"]):
            found = f"gebieden are {', '.join(gebieden) or 'not imported'}"
            raise NotFoundError(f"there is no area '{area}': wanted a gebied or the code of a buurt; {found}")
        gebied, buurt = (area, None) if is_gebied else (None, area)
        account = read_year_account(
            connection,
            settings,
            period=period,
            visibility=audience.visibility,
            cases=None,
            today=today(settings),
            gebied=gebied,
            buurt=buurt,
        )
        extras = read_year_extras(
            connection,
            settings,
            account,
            visibility=audience.visibility,
            reader=audience.sharing,
            today=today(settings),
            gebied=gebied,
            buurt=buurt,
        )
        document = build_year_document(connection, settings, account, more=extras)
    name = file_name_of_all(settings.municipality) if area is None else file_name(area)
    paths = write_year(
        account, document, output, year_stem(period, name), decimal_sign=settings.export.decimal_sign
    )
    return {
        "from": period.first,
        "till": period.last,
        "until": account.until,
        "isOver": account.is_over,
        "area": account.area_name or settings.municipality.name,
        "reports": account.reports.counted,
        "hotspots": account.places.confirmed,
        "files": [str(path) for path in paths],
    }
