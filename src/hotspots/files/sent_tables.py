"""Tables on their way from the process that reads them: plain values in batches, and tables again."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

ROWS_PER_BATCH = 500


def table_as_messages(table: pd.DataFrame) -> Iterator[Any]:
    """Give what a table needs to be made again elsewhere; what is no number is sent as text or None."""
    is_plain = [pd.api.types.is_numeric_dtype(dtype) for dtype in table.dtypes]
    yield {
        "rows": len(table),
        "columns": [
            [str(name), str(dtype) if plain or str(dtype) == "str" else "object"]
            for (name, dtype), plain in zip(table.dtypes.items(), is_plain, strict=True)
        ],
    }
    for start in range(0, len(table), ROWS_PER_BATCH):
        part = table.iloc[start : start + ROWS_PER_BATCH]
        yield [
            _numbers(part.iloc[:, place]) if plain else _texts(part.iloc[:, place])
            for place, plain in enumerate(is_plain)
        ]


def table_of_messages(messages: Iterator[Any]) -> pd.DataFrame:
    """Make the next table of what came."""
    about = next(messages)
    columns: list[list[Any]] = [[] for _ in about["columns"]]
    count = 0
    while count < about["rows"]:
        part = next(messages)
        for values, more in zip(columns, part, strict=True):
            values += more
        count += len(part[0])
    series = [
        pd.Series(values, dtype=dtype) for values, (_, dtype) in zip(columns, about["columns"], strict=True)
    ]
    table = pd.concat(series, axis=1) if series else pd.DataFrame()
    table.columns = pd.Index([name for name, _ in about["columns"]])
    return table


def _numbers(values: "pd.Series[Any]") -> list[Any]:
    return [None if pd.isna(value) else value for value in values.tolist()]


def _texts(values: "pd.Series[Any]") -> list[str | None]:
    return [
        value
        if isinstance(value, str)
        else None
        if value is None or value is pd.NaT or value != value
        else str(value)
        for value in values.tolist()
    ]
