"""`hotspots figures …`: figures of others, such as police registrations, to set beside the reports."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from hotspots.errors import FiguresError
from hotspots.intake.other_figures import (
    MAX_REFUSED,
    names_of_areas,
    read_figures,
    read_whole_years,
    remove_figures,
    replace_figures,
)
from hotspots.statistics.years_in_columns import SHARE, share_decimals, years_in_columns
from hotspots.store.areas import load_areas
from jobs.commands import add_group
from jobs.terminal import AsJson, opened, show


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    add_group(app, "figures", import_=import_figures, remove=remove, years=show_years)


def import_figures(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, XLSX or ODS.")],
    source: Annotated[
        str, typer.Option("--source", metavar="NAME", help="Whose figures they are, such as politie.")
    ],
    sheet: Annotated[str, typer.Option("--sheet", metavar="NAME", help="Of a workbook with several.")] = "",
    as_json: AsJson = False,
) -> None:
    """Import a table of figures: categorie;periode;gebied;aantal (or aandeel), or with a column per year.

    A period is a year, a quarter (2023-Q2) or a month (2023-05); without an area a figure is of the whole
    municipality. A figure of the same source, category, period and area is replaced; others of the source
    stay (`hotspots figures remove`). A cell that is empty, or
    has a dot or a dash, is a figure that the source leaves open. Detection never reads them.
    """
    with opened() as (settings, database):
        with database.reading() as connection:
            areas = names_of_areas(load_areas(connection, settings.areas.gebieden))
        found = read_figures(file, areas=areas, sheet=sheet, limits=settings.reading)
        with database.writing() as connection:
            new, replaced = replace_figures(connection, source.strip(), found.figures, now=datetime.now(UTC))
    refused = {f"row {row}": reason for row, reason in found.refused[:MAX_REFUSED]}
    told = {"read": found.read, "new": new, "replaced": replaced, "rejected": len(found.refused)}
    show(told | ({"refused": refused} if as_json else refused), as_json)


def remove(
    source: Annotated[
        str, typer.Option("--source", metavar="NAME", help="Whose figures go, as they were imported.")
    ],
    category: Annotated[str, typer.Option("--category", metavar="NAME", help="Only of this category.")] = "",
    as_json: AsJson = False,
) -> None:
    """Remove the figures of a source. To replace them, import its table again."""
    with opened() as (_, database), database.writing() as connection:
        removed = remove_figures(connection, source.strip(), category=category.strip())
    show({"removed": removed}, as_json)


def show_years(
    until: Annotated[
        int | None, typer.Option("--until", metavar="YEAR", min=1900, max=2199, help="The last column.")
    ] = None,
    years: Annotated[int, typer.Option("--years", min=1, max=20, help="How many columns.")] = 5,
    source: Annotated[str, typer.Option("--source", metavar="NAME", help="Only of this source.")] = "",
    area: Annotated[str, typer.Option("--area", metavar="CODE", help="Of a wijk or buurt.")] = "",
    as_json: AsJson = False,
) -> None:
    """Set figures of whole years in columns, with the change of the last, as in a safety plan."""
    with opened() as (_, database), database.reading() as connection:
        table = read_whole_years(connection, source=source, area=area)
    if table.empty:
        raise FiguresError(
            "wanted figures of whole years, found none: import them with `hotspots figures import`"
        )
    last = until or int(table["year"].max())
    columns = list(range(last - years + 1, last + 1))
    wide = years_in_columns(table, years=columns)
    rows_told = [
        {
            "source": row["source"],
            "category": row["category"],
            "unit": row["unit"],
            "years": {str(year): None if pd.isna(row[year]) else row[year] for year in columns},
            "change": row["change"],
        }
        for _, row in wide.iterrows()
    ]
    if as_json:
        show({"figures": rows_told}, as_json)
        return
    show(
        {"": "".join(f"{year:>9}" for year in columns)} | {_title(row): _line(row) for row in rows_told},
        as_json,
    )


def _title(row: Mapping[str, Any]) -> str:
    return f"{row['category']} ({row['source']})"


def _line(row: Mapping[str, Any]) -> str:
    is_share = row["unit"] == SHARE
    decimals = share_decimals(row["years"].values())
    told = (
        "" if value is None else f"{value:.{decimals}%}" if is_share else f"{value:.0f}"
        for value in row["years"].values()
    )
    return "".join(f"{text:>9}" for text in told) + f"  {row['change']}"
