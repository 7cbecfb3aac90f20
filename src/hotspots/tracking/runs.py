"""Which weekly runs there were and what they decided on, and whether the data are made up."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, null, select

from hotspots.access.rights import Visibility
from hotspots.settings import Settings
from hotspots.store.metadata import read_fact, write_fact
from hotspots.store.readings import once
from hotspots.store.report_tables import imports
from hotspots.store.run_tables import hotspot_states, runs
from hotspots.tracking.visibility import is_visible

SIMULATED = "simulated"
"""Name of the fact that says that the reports are made up."""


def read_as_of_dates(connection: Connection) -> list[date]:
    """The as_of of every run, latest first."""
    return [run.as_of for run in _all_runs(connection)]


def is_simulated(connection: Connection) -> bool:
    """Whether the reports in this database are made up, which every page then says."""
    return read_fact(connection, SIMULATED) is not None


def has_real_reports(connection: Connection) -> bool:
    """Whether reports here may be of real people: not simulated, or others were imported beside those."""
    return not is_simulated(connection) or _count_imports(connection) > 1


def mark_as_simulated(connection: Connection) -> None:
    """Record that the reports in this database are made up."""
    if not is_simulated(connection):
        write_fact(connection, SIMULATED, "by the simulator")


def _count_imports(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(imports)).scalar_one()


@dataclass(frozen=True)
class Run:
    """One weekly run, as it was done."""

    as_of: date
    window_start: datetime  # aware UTC, inclusive
    window_end: datetime  # aware UTC, exclusive
    finished_at: datetime
    version: str
    report_count: int | None  # screened reports in the window; None: only for who may know of all places
    located_count: int | None  # of which precise enough for clustering
    signalled_count: int  # of which the reader may know


def count_runs(connection: Connection) -> int:
    """How many runs there were."""
    return connection.execute(select(func.count()).select_from(runs)).scalar_one()


def read_runs(
    connection: Connection,
    settings: Settings,
    *,
    visibility: Visibility,
    as_of: date | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> list[Run]:
    """Read runs, latest first; all, or that of one as_of."""
    columns: dict[str, ColumnElement[Any]] = {column.name: runs.c[column.name] for column in fields(Run)}
    if not visibility.is_everything:
        now = hotspot_states.alias("now")
        visible_now = select(now.c.hotspot_id).where(
            now.c.run_id == latest_run_id(connection, None), is_visible(connection, settings, visibility, now)
        )
        columns["signalled_count"] = (
            select(func.count())
            .select_from(hotspot_states)
            .where(
                hotspot_states.c.run_id == runs.c.id,
                hotspot_states.c.is_signalled,
                is_visible(connection, settings, visibility),
                # what is hidden now was never counted either
                hotspot_states.c.hotspot_id.in_(visible_now.correlate(None)),
            )
            .correlate(runs)
            .scalar_subquery()
        )
        # two weeks compared would tell of the reports of hidden places too
        columns |= {"report_count": null(), "located_count": null()}
    query = select(*columns.values()).order_by(runs.c.as_of.desc())
    if as_of is not None:
        query = query.where(runs.c.as_of == as_of)
    return [Run(*row) for row in connection.execute(query.offset(offset).limit(limit))]


def latest_run(connection: Connection, until: date | None = None) -> date | None:
    """The as_of of the last run, at or before a day; None if there was no run."""
    run = _last_run(connection, until)
    return None if run is None else run.as_of


def latest_run_id(connection: Connection, as_of: date | None) -> int | None:
    """The id of the last run, at or before a day; None if there was no run."""
    run = _last_run(connection, as_of)
    return None if run is None else run.id


def _last_run(connection: Connection, until: date | None) -> Row[int, date] | None:
    return next((run for run in _all_runs(connection) if until is None or run.as_of <= until), None)


_RUNS = select(runs.c.id, runs.c.as_of).order_by(runs.c.as_of.desc())


def _all_runs(connection: Connection) -> Sequence[Row[int, date]]:
    """Every run, latest first: one a week, and a page asks for several of them."""
    return once(connection, "runs", lambda: connection.execute(_RUNS).all())
