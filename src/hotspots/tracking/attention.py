"""Which attention places are shown after a run: those that no hotspot knows, the likeliest of each gebied."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hotspots.detection.attention_model import AttentionModel, Share
from hotspots.detection.pipeline import EarlyPlace
from hotspots.geography.projection import Projection
from hotspots.settings import Settings
from hotspots.tracking.follow import Track, WeekPlace, reach_of, recognised_in


@dataclass(frozen=True)
class AttentionPlace:
    """A place that is shown: what is counted of it, where it is, and what became of places like it."""

    early: EarlyPlace
    place: WeekPlace
    share: Share
    class_number: int  # of its chance, in the model

    def track(self, attention_id: str) -> Track:
        """As what it is recognised later."""
        here = self.place
        return Track(attention_id, here.lon, here.lat, here.reports, 1, reach_m=here.reach_m)


def shown_places(
    early: Sequence[EarlyPlace],
    gebieden: Sequence[str | None],
    hotspots: Sequence[Track],
    model: AttentionModel,
    settings: Settings,
) -> list[AttentionPlace]:
    """Choose which places are shown, the likeliest first.

    A place at a hotspot of before is none, also when that is quiet, was closed or judged no hotspot: it is
    followed by its own number, and comes back by its own rules.

    Parameters
    ----------
    early
        As :func:`~hotspots.detection.pipeline.find_places` gives them.
    gebieden
        Where each lies.
    hotspots
        All that are known after the run.
    model
        What became of places like them.
    """
    attention = settings.attention
    classes = model.classes(chances_of(early)).tolist()
    likely = [number for number, one in enumerate(classes) if model.shares[one].share >= attention.min_share]
    places = [week_place(early[number], number) for number in likely]
    taken = recognised_in(
        hotspots,
        places,
        projection=Projection(settings.municipality.crs),
        settings=settings.tracking,
    )
    shown: list[AttentionPlace] = []
    per_gebied: Counter[str | None] = Counter()
    for place in places:
        gebied = gebieden[place.place]
        if place.place in taken or per_gebied[gebied] >= attention.most_per_gebied:
            continue
        per_gebied[gebied] += 1
        number = classes[place.place]
        shown.append(AttentionPlace(early[place.place], place, model.shares[number], number))
    return shown


def week_place(early: EarlyPlace, number: int) -> WeekPlace:
    """Give an early place as what is followed from week to week."""
    row = early.row
    return WeekPlace(number, row["lon"], row["lat"], frozenset(early.report_ids), reach_of(row["geometry"]))


def chances_of(early: Sequence[EarlyPlace]) -> NDArray[np.float64]:
    """Give the chance of each; shape (k,)."""
    return np.array([one.chance for one in early], dtype=np.float64)
