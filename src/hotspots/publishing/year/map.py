"""The map per buurt of a year or any period, as far as its reader may know."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hotspots.publishing.buurt_map import BuurtMap, draw_buurt_map
from hotspots.publishing.disclosure import ROUND_TO
from hotspots.publishing.year.account import YearAccount

if TYPE_CHECKING:
    import geopandas as gpd


def draw_year_map(account: YearAccount, areas: "gpd.GeoDataFrame") -> BuurtMap | None:
    """Draw the reports per buurt, or the places found where reports are not told; None without buurten."""
    lines = [line for line in account.buurten if line.code]
    if not lines:
        return None
    has_reports = any(line.reports is not None for line in lines)
    figures: Mapping[str, float | None] = {
        line.code: line.reports if has_reports else line.found for line in lines
    }
    marks = [line.code for line in lines if line.found] if has_reports else ()
    what, unit = ("Meldingen", ("melding", "meldingen")) if has_reports else ("Plekken", ("plek", "plekken"))
    return draw_buurt_map(
        areas,
        figures,
        name="jaar",
        title=f"{what} per buurt, {account.period.words}",
        unit=unit,
        head=what,
        step=1 if account.is_exact or not has_reports else ROUND_TO,
        marks=marks,
        mark_words="met een plek die op de lijst kwam" if marks else "",
    )
