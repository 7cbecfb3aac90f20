"""What else is worth knowing about a place on the list: when it stands out, and how its cell developed.

It decides nothing, as another length of the stretch or another size of the cell gives another answer.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hotspots.geography.cells import cells_of
from hotspots.settings import Settings
from hotspots.statistics.emerging import MIN_CELLS, emerging_cells
from hotspots.statistics.hot_hours import HotHours, hot_hours, hours_of_week, times_of_hours
from hotspots.statistics.trends import EmergingClass

NO_HOUR = -1
"""In the place of an hour that is not known."""


@dataclass(frozen=True)
class PlaceContext:
    """Hours in which a place stands out, and the class of its cell.

    Attributes
    ----------
    hours
        None if it keeps the usual ones, or too few are known.
    emerging_class
        Of the cell.
    hourless_count
        Reports that count and of which only the day is known.
    knows_hours
        Whether enough hours are known to say anything of them.
    """

    hours: HotHours | None
    emerging_class: EmergingClass
    hourless_count: int = 0
    knows_hours: bool = True

    @property
    def evidence(self) -> dict[str, Any]:
        """The same, for JSON."""
        hours = self.hours and {
            "days": self.hours.days,
            "firstHour": self.hours.first_hour,
            "endHour": self.hours.end_hour,
            "reports": self.hours.count,
            "share": round(self.hours.share, 4),
            "usualShare": round(self.hours.usual_share, 4),
            "p": self.hours.p,
        }
        unknown = {"hourless": self.hourless_count} if self.hourless_count else {}
        return {"hotHours": hours, "emergingClass": str(self.emerging_class), **unknown}


class PlaceContextIndex:
    """All reports of a window, to tell how a place differs from them.

    Parameters
    ----------
    reports
        Reports that count: report_id, moment (aware UTC), has_hour, day (local midnight, naive), cell.
    as_of
        The peildatum; weeks are counted back from it.
    study_cells
        Cells of the grid where people live; those with a report are added.
    settings
        For the time zone, the size of the cells and the length of the window.
    """

    def __init__(
        self, reports: pd.DataFrame, *, as_of: date, study_cells: NDArray[np.int64], settings: Settings
    ) -> None:
        self._detection = settings.detection
        self._zone = settings.municipality.zone
        self._resolution = settings.cells.resolution
        order = np.argsort(reports["report_id"].to_numpy())
        self._known = reports["report_id"].to_numpy()[order]
        hours = hours_of_week(reports["moment"], self._zone)
        self._hour = np.where(reports["has_hour"].to_numpy(), hours, NO_HOUR)[order]
        self._hours = times_of_hours(self._hour[self._hour != NO_HOUR])
        self._class_of = _classes(reports, as_of, study_cells, settings)

    def of(self, report_ids: NDArray[np.int64], lon: float, lat: float) -> PlaceContext:
        """Give the context of a place.

        Parameters
        ----------
        report_ids
            Its reports. Those that don't count are left out.
        lon, lat
            Its centre, in degrees.
        """
        row = np.searchsorted(self._known, report_ids).clip(max=max(len(self._known) - 1, 0))
        own = self._hour[row[self._known[row] == report_ids]] if len(self._known) else self._hour
        known = own[own != NO_HOUR]
        knows_hours = not len(own) or len(known) / len(own) >= self._detection.min_hour_share
        cell = int(cells_of([lon], [lat], resolution=self._resolution)[0])
        return PlaceContext(
            hot_hours(
                times_of_hours(known),
                self._hours,
                hours=self._detection.hot_hours,
                level=self._detection.max_hot_hours_p,
            )
            if knows_hours
            else None,
            EmergingClass(self._class_of.get(cell, EmergingClass.NONE)),
            len(own) - len(known),
            bool(knows_hours),
        )


def _classes(
    reports: pd.DataFrame, as_of: date, study_cells: NDArray[np.int64], settings: Settings
) -> "pd.Series[str]":
    """The class of each cell, by cell; of none where there is nothing to compare with."""
    detection = settings.detection
    weeks = detection.look_back_weeks
    cell = reports["cell"].to_numpy()
    if weeks <= detection.cell_trailing_weeks:
        return pd.Series(dtype="str")
    if len(study_cells) < MIN_CELLS and len(np.union1d(cell, study_cells)) < MIN_CELLS:
        return pd.Series(dtype="str")
    days_ago = (pd.Timestamp(as_of) - reports["day"]).dt.days.to_numpy(dtype=np.int64)
    is_past = days_ago >= 0
    table = emerging_cells(cell[is_past], days_ago[is_past] // 7, study_cells, detection)
    return table["emerging_class"]
