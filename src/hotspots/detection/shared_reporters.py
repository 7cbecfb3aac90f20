"""Reporters who report from more places than one person can: a shared mailbox, a front desk."""

import numpy as np
import pandas as pd

from hotspots.geography.cells import cells_of
from hotspots.settings import Settings


def shared_reporters(reports: pd.DataFrame, settings: Settings) -> set[float]:
    """Give the reporters of too many cells to be one person.

    Parameters
    ----------
    reports
        reporter_id (NaN if unknown), lon, lat.
    settings
        ``[detection] max_reporter_cells``, and ``[cells]`` for their size.
    """
    most = settings.detection.max_reporter_cells
    reporter = reports["reporter_id"].to_numpy(dtype=np.float64)
    people, counts = np.unique(reporter[~np.isnan(reporter)], return_counts=True)
    if not (counts > most).any():
        return set()
    busy = reports[np.isin(reporter, people[counts > most])]
    cell = cells_of(busy["lon"], busy["lat"], resolution=settings.cells.resolution)
    cells = busy.assign(cell=cell).groupby("reporter_id")["cell"].nunique()
    return set(cells.index[cells > most].tolist())


def without_shared_reporters(reports: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Give the reports with these reporters unknown; the same table if there are none."""
    shared = shared_reporters(reports, settings)
    if not shared:
        return reports
    return reports.assign(
        reporter_id=reports["reporter_id"].where(~reports["reporter_id"].isin(shared), np.nan)
    )
