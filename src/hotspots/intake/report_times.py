"""When screened reports came in, by category and buurt: for figures over time, located or not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import itemgetter

import pandas as pd
from sqlalchemy import ColumnElement, Connection, case, func, literal, select, true

from hotspots.model import SCREENED
from hotspots.store.columns import Kind, read_columns, time_column
from hotspots.store.readings import once
from hotspots.store.report_tables import moment_of, removed_report_days, reports


def load_moments(connection: Connection, *, start: datetime, end: datetime) -> pd.DataFrame:
    """Read the moments of the screened, counted reports of a period, as they are known now.

    Parameters
    ----------
    start, end
        Aware times; the moment of the nuisance (else of the report) lies in [start, end).

    Returns
    -------
    DataFrame
        ``moment`` (UTC), ``category``, ``buurtcode`` (missing if unknown), by moment. Reports without a
        location are among them: a month's total counts those too. So are those that were removed after their
        period, of which only the day is known: they stand at noon.
    """
    moment = moment_of(reports)
    query = (
        select(moment, reports.c.category, reports.c.buurtcode)
        .where(reports.c.is_counted, reports.c.category.in_(SCREENED), moment >= start, moment < end)
        .order_by(moment, reports.c.id)
    )
    found = [*_removed(connection, start, end), *map(tuple, connection.execute(query))]
    rows = sorted(found, key=itemgetter(0))
    moments = pd.to_datetime([row[0] for row in rows], utc=True)
    return pd.DataFrame(
        {
            "moment": pd.Series(moments, dtype="datetime64[us, UTC]"),
            "category": pd.Series([row[1] for row in rows], dtype="str"),
            "buurtcode": pd.Series([row[2] for row in rows], dtype="object"),
        }
    )


def load_times(connection: Connection, *, start: datetime, end: datetime) -> pd.DataFrame:
    """Read the same as :func:`load_moments` by columns, for figures of many reports; in no order.

    Returns
    -------
    DataFrame
        ``moment`` (UTC), ``category`` and ``buurtcode`` (categories; missing if unknown), and ``has_hour``:
        false where only the day is known, so also of those that were removed.
    """
    moment = moment_of(reports)
    kinds = {
        "moment": Kind.TIME,
        "category": Kind.WORD,
        "buurtcode": Kind.WORD,
        "has_hour": Kind.BOOLEAN,
    }
    query = select(
        time_column(connection, moment), reports.c.category, reports.c.buurtcode, reports.c.has_hour
    ).where(reports.c.is_counted, reports.c.category.in_(SCREENED), moment >= start, moment < end)
    found = pd.DataFrame(read_columns(connection, query, kinds), copy=False)
    found["moment"] = found["moment"].dt.tz_localize("UTC")
    gone = pd.DataFrame(list(_removed(connection, start, end)), columns=["moment", "category", "buurtcode"])
    if gone.empty:
        return found
    gone["moment"] = pd.to_datetime(gone["moment"], utc=True).astype("datetime64[us, UTC]")
    words = ["category", "buurtcode"]
    whole = pd.concat([found.astype(dict.fromkeys(words, "object")), gone.assign(has_hour=False)])
    return whole.astype(dict.fromkeys(words, "category")).reset_index(drop=True)


def count_between(
    connection: Connection, bounds: Sequence[datetime], *, codes: Sequence[str] | None = None
) -> pd.DataFrame:
    """Count what :func:`load_times` reads, in the database: of many reports that takes far less.

    Parameters
    ----------
    bounds
        Aware times in order: each but the last begins a period, the next one ends it.
    codes
        Only reports in these buurten; None is everywhere, also where the buurt is unknown.

    Returns
    -------
    DataFrame
        ``moment`` (the begin of a period, UTC), ``category`` and ``count``; no row where there are none.
    """
    counts: Counter[tuple[int, str]] = Counter()
    gone = removed_report_days
    for table, moment, is_counted, how_many in (
        (reports, moment_of(reports), reports.c.is_counted, func.count()),
        (gone, gone.c.noon, true(), func.sum(gone.c.report_count)),
    ):
        period = _period_of(moment, bounds)
        query = select(period, table.c.category, how_many).where(
            *(is_counted, table.c.category.in_(SCREENED), moment >= bounds[0], moment < bounds[-1]),
            true() if codes is None else table.c.buurtcode.in_(codes),
        )
        for number, category, count in connection.execute(query.group_by(period, table.c.category)):
            counts[number, category] += int(count)
    begins = pd.to_datetime([bounds[number] for number, _ in counts], utc=True)
    return pd.DataFrame(
        {
            "moment": pd.Series(begins, dtype="datetime64[us, UTC]"),
            "category": pd.Series([category for _, category in counts], dtype="str"),
            "count": pd.Series(list(counts.values()), dtype="int64"),
        }
    )


def first_and_last_moment(connection: Connection) -> tuple[datetime, datetime] | None:
    """When the first and the last screened report were, or None if there is none.

    That is a look at all of them, so in one reading it is done once.
    """
    return once(connection, "first and last report", lambda: _ends(connection))


def first_moment(connection: Connection) -> datetime | None:
    """When the first screened report was, or None if there is none: nothing is known from before."""
    ends = first_and_last_moment(connection)
    return None if ends is None else ends[0]


def _ends(connection: Connection) -> tuple[datetime, datetime] | None:
    moment, noon = moment_of(reports), removed_report_days.c.noon
    query = select(func.min(moment), func.max(moment, type_=moment.type)).where(
        reports.c.is_counted, reports.c.category.in_(SCREENED)
    )
    removed = select(func.min(noon), func.max(noon))
    found = [*connection.execute(query).one(), *connection.execute(removed).one()]
    moments = [each for each in found if each is not None]
    return (min(moments), max(moments)) if moments else None


def _removed(
    connection: Connection, start: datetime, end: datetime
) -> Iterator[tuple[datetime, str, str | None]]:
    days = removed_report_days.c
    query = select(days.noon, days.category, days.buurtcode, days.report_count)
    for noon, category, buurtcode, count in connection.execute(
        query.where(days.noon >= start, days.noon < end)
    ):
        for _ in range(count):
            yield noon, category, buurtcode or None


def _period_of(
    moment: ColumnElement[datetime], bounds: Sequence[datetime], first: int = 0, last: int | None = None
) -> ColumnElement[int]:
    """The number of the period in which a moment lies, found by halves: few comparisons per row."""
    last = len(bounds) - 2 if last is None else last
    if first == last:
        return literal(first)
    middle = (first + last) // 2
    return case(
        (moment < bounds[middle + 1], _period_of(moment, bounds, first, middle)),
        else_=_period_of(moment, bounds, middle + 1, last),
    )
