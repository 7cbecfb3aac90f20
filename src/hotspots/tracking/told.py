"""What a reader is told of each hotspot after a run: how it stands, or how it stood at its last step.

Two weeks compared tell what came between them: the count times the centre gives the square of one new report.
So those who may not know of dwellings somewhere, and so of no single report, are told of the places there as
they stood at their last step: a run with at least as many new reports as hide one. Nothing of a place changes
in between, in any output, but whether it is on the list, and its trend.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Numeric,
    and_,
    case,
    cast,
    func,
    null,
    or_,
    select,
)

from hotspots.access.rights import Visibility
from hotspots.model import Soort, Trend
from hotspots.settings import Settings
from hotspots.store.local_days import local_day_of
from hotspots.store.place_tables import areas
from hotspots.store.run_tables import hotspot_states, hotspots, runs
from hotspots.tracking.hotspot import UNKNOWN_BUURT
from hotspots.tracking.runs import latest_run, latest_run_id
from hotspots.tracking.visibility import buurten_in, is_one_of

STEP = 5
"""New reports since the last step that make the next one; a promise, as the limits of publishing are."""

TOLD_ON = "told_on"
"""Name of the column with the day of the step; there for who is told in steps, empty where they are not."""

TOLD_DIGITS = 4
"""Decimals of the degrees of a centre that is told in steps: about ten metres."""

_OF_THE_RUN = ("run_id", "hotspot_id", "is_signalled", "last_signalled", "merged_into", "told_run_id")


def told_states(
    connection: Connection, settings: Settings, visibility: Visibility, as_of: date | None
) -> FromClause:
    """Rows with the columns of ``hotspot_states``: what a reader is told of each hotspot after a run.

    That run is the last one at or before a day. For who sees reports wherever they see places this is the
    table itself, with every run. A place that merged into another is quiet until it would have ended by
    itself, as it may have merged into a place of which the reader may not know.
    """
    if visibility.sees_reports_everywhere:
        return hotspot_states
    until = latest_run(connection, as_of)
    return _told_in_steps(
        connection.dialect.name,
        settings.municipality.timezone,
        buurten_in(connection, settings, visibility.dwellings),
        latest_run_id(connection, as_of),
        None if until is None else until - timedelta(weeks=settings.tracking.end_after_weeks),
    )


@lru_cache(maxsize=256)  # it takes longer to say than to do, and is asked for several times by each list
def _told_in_steps(
    dialect: str, timezone: str, exact_in: tuple[str, ...] | None, run_id: int | None, lately: date | None
) -> FromClause:
    live, told = hotspot_states.alias("live"), hotspot_states.alias("told")
    step = func.coalesce(live.c.told_run_id, live.c.run_id)
    exact = is_one_of(exact_in, live.c.buurtcode)
    trend: ColumnElement[str] = live.c.trend
    if lately is not None:
        is_hurried = and_(live.c.merged_into.is_not(None), live.c.last_signalled > lately, ~exact)
        trend = case((is_hurried, Trend.STIL.value), else_=trend)
    columns = [
        (live if name in _OF_THE_RUN else told).c[name]
        for name in hotspot_states.c.keys()  # noqa: SIM118  # of columns, not of a dictionary
        if name not in ("trend", "lon", "lat", "drugs_share")
    ]
    # not the mean itself, nor for a box that asks for it: of what came less what went it gives a square
    centre = [
        case((exact, told.c[name]), else_=_rounded(told.c[name])).label(name) for name in ("lon", "lat")
    ]
    share = case((exact, told.c.drugs_share), else_=told_share(told.c.drugs_share, told.c.report_count))
    # nor is told which of two last reports of one day came later
    days = [
        local_day_of(dialect, told.c[name], timezone).label(day_column(name))
        for name in ("first_report", "last_report")
    ]
    told_on = case((exact, null()), else_=runs.c.as_of).label(TOLD_ON)
    return (
        select(*columns, *centre, *days, share.label("drugs_share"), trend.label("trend"), told_on)
        .select_from(live)
        .join(
            told,
            and_(
                told.c.hotspot_id == live.c.hotspot_id,
                told.c.run_id == case((exact, live.c.run_id), else_=step),
            ),
        )
        .join(runs, runs.c.id == told.c.run_id)
        .where(live.c.run_id == run_id)
        .subquery()
    )


def day_column(name: str) -> str:
    """The column with the local day of a moment, by which those are sorted who are told in steps."""
    return f"{name}_day"


def shared_name(states: FromClause = hotspot_states) -> ColumnElement[str]:
    """What everyone who may know of a hotspot calls it; of ``hotspots``, :func:`told_states` and ``areas``.

    Never an address. What people call a dwelling is left out too, unless it is the name of a street or buurt:
    as its address it is for who may see exact points (``casework.exact_data.read_dwelling_name``).
    """
    place_name: ColumnElement[str | None] = hotspots.c.place_name
    if TOLD_ON in states.c:
        place_name = case(
            (states.c[TOLD_ON].is_(None), place_name), else_=func.coalesce(hotspots.c.told_name, place_name)
        )
    is_shared = or_(states.c.soort != Soort.WONING.value, hotspots.c.is_general_name)
    return case(
        (and_(hotspots.c.given_name.is_not(None), is_shared), hotspots.c.given_name),
        else_=func.coalesce(place_name, areas.c.buurtnaam, UNKNOWN_BUURT),
    )


def told_share(share: ColumnElement[Any], report_count: ColumnElement[int]) -> ColumnElement[Any]:
    """A share in quarters: of a part of fewer reports than hide one it isn't told how many they are.

    Such a part is told as none where it is small among the others too, and not at all where it isn't.
    """
    drugs, others = share * report_count, (1 - share) * report_count
    few = STEP - 0.5  # a share times a count is a whole number, nearly
    return case(
        (or_(share.is_(None), report_count < STEP), null()),
        (and_(drugs < few, share < 0.25), 0.0),
        (and_(others < few, share > 0.75), 1.0),
        (or_(drugs < few, others < few), null()),
        *((share < (quarter + 0.5) / 4, quarter / 4) for quarter in range(4)),
        else_=1.0,
    )


def _rounded(degrees: ColumnElement[float]) -> ColumnElement[float]:
    # PostgreSQL rounds only what is NUMERIC
    return cast(func.round(cast(degrees, Numeric), TOLD_DIGITS), Float)
