"""When screened reports came in, by category and buurt: for figures over time, located or not."""

from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, func, select

from hotspots.store.reports import SCREENED
from hotspots.store.tables import reports


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
        location are among them: a month's total counts those too.
    """
    moment = func.coalesce(reports.c.occurred_at, reports.c.reported_at)
    query = (
        select(moment, reports.c.category, reports.c.buurtcode)
        .where(reports.c.is_counted, reports.c.category.in_(SCREENED), moment >= start, moment < end)
        .order_by(moment, reports.c.id)
    )
    rows = connection.execute(query).all()
    return pd.DataFrame(
        {
            "moment": pd.Series(
                pd.to_datetime([row[0] for row in rows], utc=True), dtype="datetime64[us, UTC]"
            ),
            "category": pd.Series([row[1] for row in rows], dtype="str"),
            "buurtcode": pd.Series([row[2] for row in rows], dtype="object"),
        }
    )


def first_moment(connection: Connection) -> datetime | None:
    """When the first screened report was, or None if there is none: nothing is known from before."""
    moment = func.coalesce(reports.c.occurred_at, reports.c.reported_at)
    query = select(func.min(moment)).where(reports.c.is_counted, reports.c.category.in_(SCREENED))
    found: datetime | None = connection.execute(query).scalar_one()
    return found
