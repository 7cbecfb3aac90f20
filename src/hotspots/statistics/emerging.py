"""Which H3 cells are hot in which weeks, and the class that follows: new, persistent, diminishing, …

A week counts the reports of the `cell_trailing_weeks` that end with it, as one week has too few to score. Gi*
compares a cell and its six neighbours with the mean of the study area; the p-values of a week are adjusted
for the number of cells (Benjamini & Hochberg). ``trends.emerging_classes`` defines the classes.

Limits: trailing weeks overlap, so scores change slowly. The cell is coarse (about 130 m across at resolution
10), and a hotspot on its edge is split over two. What counts as high depends on the study area: give every
cell where people live or come, not only those with reports.
"""

from functools import lru_cache

import h3.api.numpy_int as h3
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from hotspots.errors import StatisticError
from hotspots.settings import DetectionSettings
from hotspots.statistics.getis_ord import benjamini_hochberg, gi_star, two_sided_p
from hotspots.statistics.trends import emerging_classes

MIN_CELLS = 3
"""With fewer cells there is nothing to compare a cell with."""

Integers = NDArray[np.int64]


def emerging_cells(
    cell: ArrayLike, weeks_ago: ArrayLike, study_cells: ArrayLike, settings: DetectionSettings
) -> pd.DataFrame:
    """Class every cell by its hot and cold weeks.

    Parameters
    ----------
    cell, weeks_ago
        One row per report: its H3 cell, and its age in weeks (0 is the last seven days); reports from before
        the look-back window are left out.
    study_cells
        H3 cells of the study area, of the same resolution; cells with a report are added.
    settings
        ``look_back_weeks``, more than ``cell_trailing_weeks``; ``max_cell_p``, ``persistent_share`` and
        ``max_cell_trend_p``.

    Returns
    -------
    DataFrame
        Index ``cell``, ascending; ``emerging_class``, ``z`` and ``p`` (adjusted) of the last week,
        ``report_count`` in the window.

    Examples
    --------
    One cell with a report every week of the last two months, in a small town with one report elsewhere.

    >>> centre = h3.latlng_to_cell(50.85, 5.69, 10)
    >>> town = h3.grid_disk(centre, 9)
    >>> cells = emerging_cells([centre] * 8 + [town[-1]], [*range(8), 5], town, DetectionSettings())
    >>> cells.loc[int(centre), "emerging_class"], int(cells.loc[int(centre), "report_count"])
    ('consecutive', 8)
    """
    of_report, ago = np.asarray(cell, dtype=np.int64), np.asarray(weeks_ago, dtype=np.int64)
    if of_report.shape != ago.shape or (ago < 0).any():
        raise StatisticError("wanted a cell and a number of weeks ago, 0 or more, for each report")
    weeks, trailing_weeks = settings.look_back_weeks, settings.cell_trailing_weeks
    if not trailing_weeks < weeks:
        raise StatisticError(f"wanted more weeks than the {trailing_weeks} trailing, found {weeks}")
    is_inside = ago < weeks
    of_report, ago = of_report[is_inside], ago[is_inside]
    cells = np.sort(np.concatenate([np.asarray(study_cells, dtype=np.int64), of_report]))
    cells = cells[np.diff(cells, prepend=-1) > 0]
    counts = np.bincount(
        np.searchsorted(cells, of_report) * weeks + (weeks - 1 - ago), minlength=len(cells) * weeks
    ).reshape(len(cells), weeks)
    if len(cells) < MIN_CELLS:
        raise StatisticError(f"wanted three cells or more to compare with each other, found {len(cells)}")
    until = np.pad(np.cumsum(counts, axis=1), ((0, 0), (1, 0)))
    trailing = until[:, trailing_weeks:] - until[:, :-trailing_weeks]
    z = gi_star(trailing, neighbour_weights(cells))
    p = benjamini_hochberg(two_sided_p(z))
    return pd.DataFrame(
        {
            "emerging_class": emerging_classes(z, p, trailing, settings, overlap=trailing_weeks),
            "z": z[:, -1],
            "p": p[:, -1],
            "report_count": counts.sum(axis=1),
        },
        index=pd.Index(cells, name="cell"),
    )


def neighbour_weights(cells: Integers) -> "sparse.csr_array[np.float64]":
    """Give weight 1 to each cell itself and to each of its six neighbours among the cells.

    Parameters
    ----------
    cells
        Sorted, without duplicates.
    """
    near = [_with_neighbours(number) for number in cells.tolist()]
    rows = np.repeat(np.arange(len(cells)), [len(disk) for disk in near])
    wanted = np.concatenate(near)
    columns = np.searchsorted(cells, wanted).clip(max=len(cells) - 1)
    is_known = cells[columns] == wanted
    rows, columns = rows[is_known], columns[is_known]
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(cells), len(cells)))


@lru_cache(maxsize=50_000)
def _with_neighbours(cell: int) -> Integers:
    """A cell and its neighbours: those of a city are asked for again in every run."""
    return np.asarray(h3.grid_disk(cell, 1), dtype=np.int64)
