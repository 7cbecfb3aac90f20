"""Tables as they leave the process that reads them: the columns, then batches of plain values."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS_PER_BATCH = 500


def table_as_messages(columns: Mapping[str, NDArray[Any]]) -> Iterator[Any]:
    """Give what a table needs to be made again elsewhere; what is no number is sent as text or None."""
    count = len(next(iter(columns.values()), ()))
    kinds = [values.dtype.name if values.dtype.kind in "biuf" else "" for values in columns.values()]
    yield {"rows": count, "columns": list(zip(columns, kinds, strict=True))}
    for start in range(0, count, ROWS_PER_BATCH):
        parts = [values[start : start + ROWS_PER_BATCH] for values in columns.values()]
        yield [_numbers(part) if kind else _texts(part) for part, kind in zip(parts, kinds, strict=True)]


def _numbers(values: NDArray[Any]) -> list[Any]:
    if values.dtype.kind != "f":
        return list(values.tolist())
    return [value if np.isfinite(value) else None for value in values.tolist()]


def _texts(values: NDArray[Any]) -> list[str | None]:
    is_time = values.dtype.kind == "M"
    found = [None if value is None or value != value else str(value) for value in values]
    return [None if text == "NaT" else text for text in found] if is_time else found
