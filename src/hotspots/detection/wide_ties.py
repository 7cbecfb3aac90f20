"""What ties a small place to what lies around it: the same people, or a known hotspot that holds both."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hotspots.settings import DetectionSettings


@dataclass(frozen=True)
class Ties:
    """What is known of reports besides where they are.

    Attributes
    ----------
    people
        Who reported; a matrix of reports by people with ones, empty rows where unknown.
    people_of_small
        How often each person reported each small place; a matrix of small places by people.
    known
        Which reports each known hotspot has; a matrix of reports by hotspots with ones.
    part_of
        Of which known hotspot each small place is a part; -1 if of none.
    """

    people: sparse.csr_array
    people_of_small: sparse.csr_array
    known: sparse.csc_array
    part_of: NDArray[np.int64]

    def strength(
        self,
        members: sparse.csr_array,
        window: NDArray[np.int64],
        place: NDArray[np.int64],
        settings: DetectionSettings,
    ) -> NDArray[np.float64]:
        """How much likelier small places are a part of the window around them, by what ties them to it.

        Parameters
        ----------
        members
            The reports in each window; a matrix of windows by reports with ones.
        window, place
            Pairs of a window and a small place in it.

        Returns
        -------
        ndarray of float64
            The logarithm of a likelihood ratio, 0 or more; infinite where both are parts of a known hotspot.
        """
        if not len(window):
            return np.zeros(0)
        own = self.people_of_small[place]
        is_elsewhere = ((members @ self.people)[window].multiply(own > 0) - own) > 0
        same, other = settings.same_people_share, settings.other_people_share
        # of the people and of their reports what says less: in a park some of its people report any place,
        # and one who reports every week is one person
        ratio = np.full(len(window), np.inf)
        for count in (own > 0, own):
            all_of, both = (
                np.asarray(part.sum(axis=1), dtype=np.float64).ravel()
                for part in (count, count.multiply(is_elsewhere))
            )
            ratio = np.minimum(
                ratio, both * np.log(same / other) + (all_of - both) * np.log((1 - same) / (1 - other))
            )
        is_part = np.zeros(len(window), dtype=np.bool_)
        part_of = self.part_of[place]
        rows = np.flatnonzero(part_of >= 0)
        if len(rows):
            size = np.asarray(self.known.sum(axis=0)).ravel()
            held = (members @ self.known).toarray()
            is_part[rows] = held[window[rows], part_of[rows]] >= settings.inside_share * size[part_of[rows]]
        return np.where(is_part, np.inf, np.maximum(ratio, 0.0))


def ties_of(
    reporters: NDArray[np.float64],
    small: sparse.csc_array,
    known: sparse.csc_array,
    settings: DetectionSettings,
) -> Ties:
    """Give the ties of small places.

    Parameters
    ----------
    reporters
        Of each report; NaN where unknown.
    small, known
        Which reports each small place and each known hotspot has; matrices of reports by places with ones.
    """
    is_known = np.flatnonzero(~np.isnan(reporters))
    _, person = np.unique(reporters[is_known], return_inverse=True)
    people = sparse.csr_array(
        (np.ones(len(is_known)), (is_known, person)), shape=(len(reporters), int(person.max(initial=-1)) + 1)
    )
    shared = (small.T @ known).toarray()
    size = np.asarray(known.sum(axis=0)).ravel()
    count = np.asarray(small.sum(axis=0)).ravel()
    # a hotspot that is larger than the place, and has most of it
    is_part = (shared >= settings.inside_share * count[:, None]) & (shared < settings.known_share * size)
    most = np.where(is_part, shared, 0.0)
    part_of = (
        np.where(most.any(axis=1), most.argmax(axis=1), -1) if known.shape[1] else np.full(len(count), -1)
    )
    return Ties(people, (small.T @ people).tocsr(), known, part_of)
