"""What a run counts at the places that people put on the list, as rows beside those that it detects."""

from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, select

from hotspots.casework.history import statuses_at
from hotspots.detection.put_places import CountedPlace, PutPlace, count_put_places
from hotspots.intake.reports import load_texts
from hotspots.intake.subcategories import load_subcategories
from hotspots.settings import Settings
from hotspots.store.run_tables import samples
from hotspots.tracking.nominations import read_counted
from hotspots.tracking.nuisance import Nuisance, nuisance_per_place
from hotspots.tracking.samples import CONFIRMED
from hotspots.weekly.run_store import detection_row, states_before


def count_nominated(
    connection: Connection,
    settings: Settings,
    reports: pd.DataFrame,
    *,
    as_of: date,
    known_at: datetime,
    first_number: int,
) -> tuple[list[dict[str, Any]], dict[int, list[int]]]:
    """Count what lies at every place that people had put on the list by a run.

    Returns
    -------
    list of dict, dict
        Rows of ``detections``, numbered from `first_number`, and the report ids of each by its number.
    """
    known = read_counted(connection, as_of, known_at)
    places = [PutPlace(one.hotspot_id, one.geometry, one.is_dwelling, one.given_at) for one in known]
    places += [
        PutPlace(hotspot_id, shape, is_dwelling=False, put_at=known_at)
        for hotspot_id, shape in confirmed_samples(connection, as_of, known_at)
    ]
    return count_rows(connection, settings, reports, places, known_at=known_at, first_number=first_number)


def confirmed_samples(
    connection: Connection, as_of: date, known_at: datetime
) -> list[tuple[str, BaseGeometry]]:
    """Which samples people found to be hotspots, and where: their reports are counted from then on."""
    drawn = set(connection.execute(select(samples.c.hotspot_id).where(samples.c.as_of < as_of)).scalars())
    if not drawn:
        return []
    known = statuses_at(connection, known_at)
    confirmed = {one for one in drawn if one in known and known[one][0] in CONFIRMED}
    return [
        (state.hotspot_id, shapely.from_wkb(state.row["geometry"]))
        for state in states_before(connection, as_of)
        if state.hotspot_id in confirmed
    ]


def count_rows(
    connection: Connection,
    settings: Settings,
    reports: pd.DataFrame,
    places: list[PutPlace],
    *,
    known_at: datetime,
    first_number: int,
) -> tuple[list[dict[str, Any]], dict[int, list[int]]]:
    """As :func:`count_nominated`, at these places."""
    found = count_put_places(
        places, reports, settings=settings, texts=lambda ids: load_texts(connection, ids)
    )
    numbered = list(enumerate(found, first_number))
    members = [one.members.assign(place=number) for number, one in numbered]
    kinds: dict[int, Nuisance] = {}
    if members:
        kinds = what_reports_are_about(connection, settings, pd.concat(members), reports, known_at=known_at)
    rows = [detection_row(_whole(one, number), kinds.get(number)) for number, one in numbered]
    return rows, {number: sorted(one.members["report_id"].tolist()) for number, one in numbered}


def what_reports_are_about(
    connection: Connection,
    settings: Settings,
    members: pd.DataFrame,
    reports: pd.DataFrame,
    *,
    known_at: datetime,
) -> dict[int, Nuisance]:
    """Tell what the reports that count for places are about, as it was known then, by number of the place.

    Parameters
    ----------
    members
        ``model.MEMBERS``.
    reports
        ``model.REPORTS``, by report_id.
    """
    counted = members.loc[~members["is_duplicate"], ["place", "report_id"]]
    report_ids = counted["report_id"].tolist()
    subcategories = load_subcategories(connection, report_ids, known_at=known_at)
    row_of = np.searchsorted(reports["report_id"].to_numpy(), counted["report_id"].to_numpy())
    told = np.empty(len(report_ids), dtype=object)
    told[:] = [subcategories.get(report_id) for report_id in report_ids]
    category = np.asarray(reports["category"].array[row_of], dtype=object)
    counted = counted.assign(category=category, subcategory=told)
    return nuisance_per_place(counted, settings.nuisance)


def _whole(found: CountedPlace, number: int) -> dict[str, Any]:
    return found.row | {"place": number, "counted_for": found.hotspot_id}
