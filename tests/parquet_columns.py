"""What is in a Parquet file, by column, without the library that pandas and geopandas read it by."""

from pathlib import Path
from typing import IO, Any

from arro3.io import read_parquet


def columns_in(file: Path | IO[bytes]) -> dict[str, list[Any]]:
    """The values of each column, as Python knows them."""
    table: Any = read_parquet(file).read_all()
    return {name: [value.as_py() for value in table.column(name)] for name in table.column_names}
