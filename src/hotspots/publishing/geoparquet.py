"""Tables with shapes as GeoParquet 1.1, written part by part.

The library that writes it (``arro3-io``, 35 MB) comes with ``pip install hotspots[parquet]``. It is not
pyarrow, which is five times as large, and with which pandas makes other columns of text.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import CRS

from hotspots.errors import StoreError
from hotspots.files.private_files import temporary_folder
from hotspots.geography.projection import WGS84

if TYPE_CHECKING:
    from arro3.core import Array

GEOMETRY = "geometry"
"""Name of the column of shapes."""

_EPOCH = date(1970, 1, 1)
_ROWS_AT_ONCE = 10_000
"""How many rows a row group has, which a reader can read by itself."""

Part = tuple[Sequence[Sequence[Any]], Sequence[shapely.Geometry]]
"""Rows in the order of the columns, and the shape of each."""


@cache
def can_write_geoparquet() -> bool:
    """Whether the library that writes it is here."""
    return find_spec("arro3") is not None and find_spec("arro3.io") is not None


def write_geoparquet(
    output: IO[bytes], columns: Mapping[str, str], parts: Iterable[Part], *, shape: str
) -> None:
    """Write rows with shapes in degrees (WGS 84, as WKB); the same rows give the same bytes.

    Parameters
    ----------
    columns
        The kind of each by its name, as numpy calls it: ``datetime64[D]``, ``int32``, ``float64``, ``bool``,
        or ``object`` for text.
    shape
        What all shapes are, such as ``MultiPolygon``.

    Raises
    ------
    StoreError
        If the library that writes it is not here.
    """
    if not can_write_geoparquet():
        raise StoreError(
            "wanted to write GeoParquet, found no 'arro3-io': say pip install 'hotspots[parquet]', or choose "
            "the format gpkg"
        )
    from arro3.core import DataType, Field, RecordBatch, RecordBatchReader, Schema
    from arro3.io import read_ipc_stream, write_ipc_stream, write_parquet

    types = {
        "datetime64[D]": DataType.date32(),
        "int32": DataType.int32(),
        "float64": DataType.float64(),
        "bool": DataType.bool(),
        "object": DataType.utf8(),
    }
    schema = Schema(
        [
            *(Field(name, types[kind], nullable=True) for name, kind in columns.items()),
            Field(GEOMETRY, DataType.binary(), nullable=True),
        ]
    )
    bounds: list[Any] = []

    def batches() -> Iterator[RecordBatch]:
        for rows, shapes in parts:
            bounds.append(shapely.total_bounds(np.asarray(shapes, dtype=object)))
            arrays = [
                _array([row[number] for row in rows], types[kind], is_day=kind == "datetime64[D]")
                for number, kind in enumerate(columns.values())
            ]
            yield RecordBatch.from_arrays(
                [*arrays, _array(list(shapely.to_wkb(np.asarray(shapes, dtype=object))), DataType.binary())],
                schema=schema,
            )

    # what the file says of all shapes stands before them
    with temporary_folder() as folder:
        path = folder / "rows.arrow"
        write_ipc_stream(RecordBatchReader.from_batches(schema, batches()), path)
        write_parquet(
            read_ipc_stream(path),
            output,
            compression="zstd(3)",
            key_value_metadata={"geo": json.dumps(_described(bounds, shape))},
            max_row_group_size=_ROWS_AT_ONCE,
        )


def _array(values: list[Any], kind: Any, *, is_day: bool = False) -> "Array":
    from arro3.core import Array, DataType

    if is_day:
        days = [None if value is None else (value - _EPOCH).days for value in values]
        return Array(days, DataType.int32()).cast(kind)
    return Array(values, kind)


def _described(bounds: Sequence[Any], shape: str) -> dict[str, Any]:
    """What GeoParquet says of the shapes (https://geoparquet.org/releases/v1.1.0/)."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [shape],
        "crs": CRS(WGS84).to_json_dict(),
    }
    if bounds:
        corners = np.array(bounds)
        column["bbox"] = [*corners[:, :2].min(axis=0).tolist(), *corners[:, 2:].max(axis=0).tolist()]
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
