"""What a reader is told of each hotspot after a run: how it stands, or how it stood at its last step.

Two weeks compared tell what came between them: the count times the centre gives the square of one new report.
So those who may not know of dwellings somewhere, and so of no single report, are told of the places there as
they stood at their last step: a run with at least as many new reports as hide one. Nothing of a place changes
in between, in any output, but whether it is on the list, and its trend.
"""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, Connection, FromClause, and_, case, func, select

from hotspots.access.rights import Visibility
from hotspots.model import Trend
from hotspots.settings import Settings
from hotspots.store.run_tables import hotspot_states, runs
from hotspots.tracking.runs import latest_run
from hotspots.tracking.visibility import lies_in

STEP = 5
"""New reports since the last step that make the next one; a promise, as the limits of publishing are."""

TOLD_ON = "told_on"
"""Name of the column with the day of the step; only where one is told in steps."""

TOLD_DIGITS = 4
"""Decimals of the degrees of a centre that is told in steps: about ten metres."""

_OF_THE_RUN = ("run_id", "hotspot_id", "is_signalled", "last_signalled", "merged_into", "told_run_id")


def told_states(
    connection: Connection, settings: Settings, visibility: Visibility, as_of: date | None
) -> FromClause:
    """Rows with the columns of ``hotspot_states``: what a reader is told of each hotspot after each run.

    For who sees reports wherever they see places this is the table itself. The trend of a place that merged
    into another is right up to a day, normally that of the run that is asked for: before it would have ended
    by itself it is quiet, as it may have merged into a place of which the reader may not know.
    """
    if visibility.sees_reports_everywhere:
        return hotspot_states
    live, told = hotspot_states.alias("live"), hotspot_states.alias("told")
    step = func.coalesce(live.c.told_run_id, live.c.run_id)
    exact = lies_in(connection, settings, visibility.dwellings, live.c.buurtcode)
    until = latest_run(connection, as_of)
    trend: ColumnElement[str] = live.c.trend
    if until is not None:
        lately = until - timedelta(weeks=settings.tracking.end_after_weeks)
        is_hurried = and_(live.c.merged_into.is_not(None), live.c.last_signalled > lately, ~exact)
        trend = case((is_hurried, Trend.STIL.value), else_=trend)
    columns = [
        (live if name in _OF_THE_RUN else told).c[name]
        for name in hotspot_states.c.keys()  # noqa: SIM118  # of columns, not of a dictionary
        if name != "trend"
    ]
    return (
        select(*columns, trend.label("trend"), runs.c.as_of.label(TOLD_ON))
        .select_from(live)
        .join(
            told,
            and_(
                told.c.hotspot_id == live.c.hotspot_id,
                told.c.run_id == case((exact, live.c.run_id), else_=step),
            ),
        )
        .join(runs, runs.c.id == told.c.run_id)
        .subquery()
    )
