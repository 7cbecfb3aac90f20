"""A table by the names of its columns: a DataFrame, a place, or the reports of all places."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Columns(Protocol):
    """What gives its columns by their names, as something that numpy makes an array of."""

    def __getitem__(self, name: str, /) -> Any:
        """Give a column."""

    def __contains__(self, name: object, /) -> bool:
        """Tell whether there is such a column."""


def column_of(table: Columns, name: str, kind: Any = None) -> NDArray[Any]:
    """Give a column as an array, of this type if one is given."""
    return np.asarray(table[name], dtype=kind)
