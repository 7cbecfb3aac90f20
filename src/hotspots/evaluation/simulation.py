"""A simulated year of reports with planted hotspots, of which the truth is known, and with decoys.

One random generator draws everything anew for each year: the number of reports, the strength, size and
duration of each hotspot, who reports, how locations are written. All of it is made up.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from hotspots.evaluation.city import City
from hotspots.evaluation.definition import first_day_met, least_concentrated
from hotspots.evaluation.export_lines import MELDDESK_COLUMNS, export_lines
from hotspots.evaluation.harder_planting import HarderPlanting
from hotspots.evaluation.place_shapes import scale_of
from hotspots.evaluation.planted_places import Planting
from hotspots.evaluation.year_draft import PlantedPlace
from hotspots.evaluation.year_plan import YearPlan
from hotspots.files.private_files import write_privately
from hotspots.geography.areas import AreaIndex
from hotspots.model import CLUSTERING_PRECISIONS, REPORTS, Soort
from hotspots.settings import DetectionSettings

Difficulty = Literal["former", "harder"]


@dataclass(frozen=True)
class SimulatedYear:
    """A year of reports, or another period, and the truth about them.

    Attributes
    ----------
    reports
        One row per line of the export: the columns of the Melddesk layout as text, and columns that only the
        simulator knows: ``report_id`` (integer), ``moment`` (UTC; NaT if unreadable), ``category``
        (personen, drugs, other), ``lon``, ``lat``, ``precision``, ``radius_m`` (what an import makes of the
        row), ``fate`` (``counted``, ``unlocated``, ``other``, ``rejected``, ``repeated``), ``source`` (what
        it comes from), ``place`` (number in ``places``, -1 for background), ``person``.
    places
        One row per planted place: ``place``, ``kind`` (``hotspot`` or the kind of decoy), ``soort``,
        ``indicatie``, ``lon``, ``lat``, ``x``, ``y``, ``radius_m``, ``start``, ``end``, ``report_count``
        (counted and precisely located), ``first_met`` (first local day on which its reports meet the
        definition; NaT if never), ``scale`` (of a hotspot, :class:`~hotspots.evaluation.place_shapes.Scale`),
        ``form`` and ``rhythm`` (where the simulator has them).
    """

    city: City
    first: date
    last: date
    plan: YearPlan
    reports: pd.DataFrame
    places: pd.DataFrame

    @property
    def hotspots(self) -> pd.DataFrame:
        """The planted hotspots that meet the definition and so should be detected."""
        return self.places[(self.places["kind"] == "hotspot") & self.places["first_met"].notna()]


def draw_plan(rng: np.random.Generator) -> YearPlan:
    """Draw a year like 2023, with the variation between years and cities."""
    return YearPlan(
        report_count=int(rng.integers(1750, 2350)),
        near_pair_count=int(rng.integers(0, 3)),
        burst_count=int(rng.integers(3, 7)),
        single_reporter_count=int(rng.integers(2, 5)),
        event_count=int(rng.integers(1, 4)),
        faded_count=int(rng.integers(1, 4)),
        almost_count=int(rng.integers(2, 7)),
        default_geocode_count=int(rng.integers(8, 50)),
        busy_share=float(rng.uniform(0.05, 0.14)),
        buurt_spread=float(rng.uniform(0.3, 0.7)),
        known_reporter_share=float(rng.uniform(0.55, 0.95)),
        duplicate_share=float(rng.uniform(0.01, 0.07)),
        dirty_share=float(rng.uniform(0.01, 0.06)),
        other_category_share=float(rng.uniform(0.1, 0.5)),
        coarse_share=float(rng.uniform(0, 0.06)),
    )


def draw_quiet_plan(rng: np.random.Generator) -> YearPlan:
    """Draw a year without any hotspot, but with everything that looks like one."""
    return replace(draw_plan(rng), hotspot_count=0, dwelling_count=0, liveability_count=0, near_pair_count=0)


def simulate_year(
    city: City,
    *,
    year: int,
    rng: np.random.Generator,
    plan: YearPlan | None = None,
    zone: ZoneInfo | None = None,
    rules: DetectionSettings | None = None,
    difficulty: Difficulty = "former",
) -> SimulatedYear:
    """Simulate a calendar year of reports in a city.

    Parameters
    ----------
    rng
        The only source of chance: the same generator state gives the same year.
    plan
        Contents of the year; drawn if not given.
    zone
        Local time of the export, by default Europe/Amsterdam.
    rules
        The definition of a hotspot, by default the default settings.
    difficulty
        ``harder``: places of every scale, shape and rhythm, and a background that clusters by itself.
    """
    planting = {"former": Planting, "harder": HarderPlanting}[difficulty]
    work = planting(city, date(year, 1, 1), date(year, 12, 31), plan or draw_plan(rng), rng)
    return simulate_planted(work, zone=zone, rules=rules)


def simulate_planted(
    work: Planting, *, zone: ZoneInfo | None = None, rules: DetectionSettings | None = None
) -> SimulatedYear:
    """Simulate the reports of a period in which is planted what `work` plants; as :func:`simulate_year`."""
    zone = zone or ZoneInfo("Europe/Amsterdam")
    work.plant()
    frame = export_lines(work, zone)
    places = _described_places(work, frame, rules or DetectionSettings(), zone)
    return SimulatedYear(work.city, work.first, work.last, work.plan, frame, places)


def write_melddesk(year: SimulatedYear, path: Path) -> None:
    """Write the year as a Melddesk export: CSV with semicolons, UTF-8."""
    write_privately(path, year.reports[list(MELDDESK_COLUMNS)].to_csv(sep=";", index=False).encode())


def detection_table(year: SimulatedYear) -> pd.DataFrame:
    """Give the year as an import would hand it to detection: :data:`hotspots.model.REPORTS`."""
    counted = year.reports[(year.reports["fate"] == "counted")]
    reporters = pd.factorize(counted["melder"])[0].astype("float64")
    has_address = (counted["huisnummer"] != "") & (counted["postcode"] != "")
    written = counted["postcode"] + " " + counted["huisnummer"] + " " + counted["huisletter"]
    table = counted.assign(
        has_hour=True,
        reporter_id=np.where(counted["melder"] == "", np.nan, reporters + 1),
        address_key=written.str.strip().where(has_address, None).astype(object),
        buurtcode=AreaIndex(year.city.areas).locate(counted["lon"], counted["lat"]),
    )
    return table[list(REPORTS.columns)].reset_index(drop=True)


def texts_of(year: SimulatedYear) -> Callable[[Iterable[int]], dict[int, str]]:
    """Give the look-up of texts by report id that :func:`hotspots.detection.pipeline.find_places` takes."""
    by_id = dict(zip(year.reports["report_id"].tolist(), year.reports["omschrijving"].tolist(), strict=True))
    return lambda ids: {int(number): by_id[int(number)] for number in ids}


def _described_places(
    work: Planting, frame: pd.DataFrame, rules: DetectionSettings, zone: ZoneInfo
) -> pd.DataFrame:
    """The truth per planted place, by the rules, from those of its reports that detection can see."""
    precise = frame["precision"].isin([str(value) for value in CLUSTERING_PRECISIONS])
    visible = frame[(frame["fate"] == "counted") & precise & (frame["place"] >= 0)]
    # with too few known reporters the truth goes by the persons themselves, whom only the simulator knows
    if work.plan.known_reporter_share >= rules.min_known_share:
        visible = visible.assign(person=visible["person"].where(visible["melder"] != "", -1))
    by_place = dict(tuple(visible.groupby("place")))
    rows = []
    for number, place in enumerate(work.places):
        own = by_place.get(number, visible.iloc[:0])
        met = None
        if place.kind == "hotspot":
            least = least_concentrated(*work.expected_around(place, rules.look_back_weeks * 7))
            met = first_day_met(own, rules, zone, least_reports=least)
        rows.append(
            {
                "place": number,
                "kind": place.kind,
                "soort": place.soort,
                "indicatie": place.indicatie,
                "x": place.x,
                "y": place.y,
                "radius_m": place.radius_m,
                "start": _day_of(work, place.start),
                "end": _day_of(work, place.end),
                "report_count": len(own),
                "first_met": pd.Timestamp(met) if met else pd.NaT,
                "scale": _scale_of(place),
                "form": place.form,
                "rhythm": place.rhythm,
            }
        )
    places = pd.DataFrame(rows)
    places["lon"], places["lat"] = work.city.projection.to_degrees(places["x"], places["y"])
    return places


def _scale_of(place: PlantedPlace) -> str:
    if place.scale or place.kind != "hotspot":
        return place.scale
    return str(scale_of(place.radius_m, is_dwelling=place.soort == Soort.WONING))


def _day_of(work: Planting, day: int) -> date:
    return date.fromisoformat(str(work.first_day + day))
