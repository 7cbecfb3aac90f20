"""The streets with the most reports, for who may know of every place there."""

from collections import Counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from sqlalchemy import Connection, func, select

from hotspots.geocoding.index import METRES_PER_DEGREE
from hotspots.model import HOUSE_PRECISIONS, Precision
from hotspots.publishing.figures.choice import Scope, period_of, screened
from hotspots.settings import Settings
from hotspots.store.columns import Kind, read_columns
from hotspots.store.place_tables import addresses
from hotspots.store.report_tables import moment_of, report_locations, reports

SHOWN_STREETS = 25
STREET_MIN_REPORTS = 3
"""A street with fewer is none of the busiest."""

NEAREST_M = 40
"""So far from an address a report without a street is still of its street."""

MOST_ADDRESSES = 1_000_000
"""With more in the register only streets count that were reported."""

Register = tuple[cKDTree, NDArray[np.object_], float]

_kept: dict[str, tuple[tuple[object, ...], Register]] = {}
"""The register that was read last, by what tells that it is still the same: reading it takes longest."""


def busiest_streets(connection: Connection, settings: Settings, scope: Scope) -> pd.DataFrame | None:
    """The streets with the most reports; of a report without a street that of the nearest address."""
    place, moment = report_locations.c, moment_of(reports)
    start, end = period_of(settings, scope)
    query = (
        select(place.street, place.lon, place.lat, reports.c.precision, func.count())
        .join_from(reports, report_locations)
        .where(
            reports.c.is_counted,
            reports.c.category.in_(screened(scope.choice)),
            moment >= start,
            moment < end,
            *(() if scope.is_whole else (reports.c.buurtcode.in_(scope.codes),)),
            place.lon.is_not(None),
            reports.c.precision.in_([*map(str, HOUSE_PRECISIONS), str(Precision.STRAAT)]),
        )
        .group_by(place.street, place.lon, place.lat, reports.c.precision)
    )
    kinds = {
        "street": Kind.TEXT,
        "lon": Kind.FLOAT,
        "lat": Kind.FLOAT,
        "precision": Kind.TEXT,
        "count": Kind.INTEGER,
    }
    table = pd.DataFrame(read_columns(connection, query, kinds))
    if table.empty:
        return None
    is_blank = table["street"].isna() | (table["street"] == "")
    near = is_blank & (table["precision"] != str(Precision.STRAAT))
    register = _register_of(connection) if near.any() else None
    if register is not None:
        tree, streets, aside = register
        distance, found = tree.query(
            np.column_stack([table.loc[near, "lon"] * aside, table.loc[near, "lat"]]),
            distance_upper_bound=NEAREST_M / METRES_PER_DEGREE,
        )
        named = streets[np.minimum(found, len(streets) - 1)]
        named[~np.isfinite(distance)] = None
        table.loc[near, "street"] = named
    table = table[table["street"].notna() & (table["street"] != "")]
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for street, count in zip(table["street"].tolist(), table["count"].tolist(), strict=True):
        key = street.strip().casefold()
        counts[key] += count
        names[key] = min(names.get(key, street), street)  # whatever the order of the rows
    busiest = sorted(
        ((count, names[key]) for key, count in counts.items() if count >= STREET_MIN_REPORTS),
        key=lambda each: (-each[0], each[1]),
    )
    return pd.DataFrame([(name, count) for count, name in busiest[:SHOWN_STREETS]], columns=["name", "count"])


def _register_of(connection: Connection) -> tuple[cKDTree, NDArray[np.object_], float] | None:
    """The addresses by where they lie; None without a register, or of one that is too large for a page."""
    table = addresses.c
    edges = [of(column) for column in (table.id, table.lon) for of in (func.min, func.max)]
    parts = [select(each).scalar_subquery() for each in (func.count(table.id), *edges)]  # each by an index
    count, *mark = connection.execute(select(*parts)).one()
    if not count or count > MOST_ADDRESSES:
        return None
    kept = _kept.get("register")
    if kept is None or kept[0] != (count, *mark):
        query = select(table.street, table.lon, table.lat)
        found = read_columns(connection, query, {"street": Kind.TEXT, "lon": Kind.FLOAT, "lat": Kind.FLOAT})
        aside = float(np.cos(np.radians(found["lat"].mean())))
        tree = cKDTree(np.column_stack([found["lon"] * aside, found["lat"]]))
        kept = ((count, *mark), (tree, found["street"], aside))
        _kept["register"] = kept
    return kept[1]
