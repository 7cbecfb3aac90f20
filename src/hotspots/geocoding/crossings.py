"""Where streets meet, judging by their addresses: corners, and stretches of street between corners."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hotspots.geocoding.match import Match, RegisterMatches, better_of
from hotspots.model import Precision


class CrossingMatcher:
    """Finds corners of streets in the register."""

    def __init__(self, matches: RegisterMatches) -> None:
        self._matches = matches
        self._index = matches.index
        self._settings = matches.settings

    def corner_of(self, first: Sequence[int], second: Sequence[int]) -> Match:
        """Give the corner of two streets, where each name can mean several streets."""
        corners = [corner for one in first for other in second if (corner := self._meeting(one, other))]
        if not corners:
            names = f"{self._index.street_names[first[0]]} en {self._index.street_names[second[0]]}"
            spots = [self._matches.in_street(street) for street in (first[0], second[0])]
            return self._matches.undecided(spots, f"{names} komen nergens bij elkaar")
        if len(corners) == 1:
            return corners[0]
        return self._matches.undecided(corners, "meer dan één hoek is mogelijk")

    def _meeting(self, first: int, second: int) -> Match | None:
        """The corner of two streets, judging by their addresses; None if they don't meet."""
        if first == second:
            return None
        one = np.asarray(self._index.addresses_of_street(first))
        other = np.asarray(self._index.addresses_of_street(second))
        gaps = self._index.distance_m(
            self._index.lon[one][:, None],
            self._index.lat[one][:, None],
            self._index.lon[other][None, :],
            self._index.lat[other][None, :],
        )
        gap = float(gaps.min())
        if gap > self._settings.crossing_gap_m:
            return None
        near_one, near_other = np.nonzero(gaps <= gap * 1.3 + 5)
        lon = (self._index.lon[one[near_one]] + self._index.lon[other[near_other]]) / 2
        lat = (self._index.lat[one[near_one]] + self._index.lat[other[near_other]]) / 2
        spread = float(self._index.distance_m(lon, lat, lon.mean(), lat.mean()).max())
        corner = Match(
            lon=float(lon.mean()),
            lat=float(lat.mean()),
            precision=Precision.KRUISING,
            radius_m=max(self._settings.min_coarse_radius_m, gap / 2 + spread),
            found=f"hoek {self._index.street_names[first]} en {self._index.street_label(second)}",
            why_not_better="een kruising is geen adres",
            certainty=0.85,
        )
        if spread <= self._settings.crossing_spread_m:
            return corner
        return replace(
            corner,
            precision=Precision.STRAAT,
            radius_m=spread,
            why_not_better="de straten lopen langs elkaar of komen meer dan eens bij elkaar",
            certainty=0.5,
        )

    def between(self, along: Sequence[int], first: Sequence[int], second: Sequence[int]) -> Match:
        """Give the stretch of a street between its corners with two other streets."""
        ends = [self.corner_of(along, first), self.corner_of(along, second)]
        vague = [end for end in ends if end.precision is not Precision.KRUISING]
        if vague:
            why = "; ".join(dict.fromkeys(end.why_not_better for end in vague))
            return better_of(
                replace(ends[0], precision=Precision.GEEN), self._matches.in_street(along[0], why)
            )
        lon, lat = (ends[0].lon + ends[1].lon) / 2, (ends[0].lat + ends[1].lat) / 2
        reach = float(self._index.distance_m(lon, lat, ends[0].lon, ends[0].lat))
        reach += self._settings.min_coarse_radius_m
        is_short = reach <= self._settings.max_house_radius_m
        return Match(
            lon=lon,
            lat=lat,
            precision=Precision.KRUISING if is_short else Precision.STRAAT,
            radius_m=reach,
            found=f"{self._index.street_label(along[0])}, tussen {ends[0].found} en {ends[1].found}",
            why_not_better="een stuk straat is geen adres",
            certainty=0.8,
        )
