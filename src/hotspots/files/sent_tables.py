"""Tables on their way from the process that reads them: made of what came as messages."""

from collections.abc import Iterator
from typing import Any

import pandas as pd


def table_of_messages(messages: Iterator[Any]) -> pd.DataFrame:
    """Make the next table of what :func:`~hotspots.files.tables_as_messages.table_as_messages` gave."""
    about = next(messages)
    columns: list[list[Any]] = [[] for _ in about["columns"]]
    count = 0
    while count < about["rows"]:
        part = next(messages)
        for values, more in zip(columns, part, strict=True):
            values += more
        count += len(part[0])
    series = [
        pd.Series(values, dtype=kind or None)
        for values, (_, kind) in zip(columns, about["columns"], strict=True)
    ]
    table = pd.concat(series, axis=1) if series else pd.DataFrame()
    table.columns = pd.Index([name for name, _ in about["columns"]])
    return table
