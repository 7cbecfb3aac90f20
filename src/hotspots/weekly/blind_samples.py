"""Drawing blind samples in a weekly run, and keeping them on the list until people decide.

What is refused holds the rules with few reports in a long time, and what is signalled grew until it stood
out: a sample of all that is refused would be known by its figures. So each run chooses a few candidates of
before by lot, and draws only among the refused places that now grew to what one of these was when it was new.
Over the runs samples are so of the sizes that candidates are. Given the lot it is a plain sample: each place
of the frame has the one chance that is kept with it.
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from hotspots.casework.history import statuses_at
from hotspots.detection.refused_places import RefusedPlace, Sampling
from hotspots.detection.rules import PlaceFigures
from hotspots.geography.areas import AreaIndex
from hotspots.geography.projection import Projection
from hotspots.model import Soort, Status
from hotspots.settings import Settings
from hotspots.settings.sections import SamplesSettings
from hotspots.store.report_tables import reports
from hotspots.store.run_tables import hotspot_states, runs, sample_frames, samples
from hotspots.tracking.follow import Track
from hotspots.tracking.identity import KnownHotspot, SignalledPlace, recognise
from hotspots.tracking.samples import CONFIRMED, UNDECIDED
from hotspots.weekly.run_store import EarlierState, states_before
from hotspots.weekly.weeks import window_of

NEAR, WIDER = "near", "wider"
"""The strata: what came near the list, and what did not."""

REMEMBERED = 100
"""Among so many candidates of before a run chooses."""


@dataclass(frozen=True)
class Size:
    """What a candidate was when it was new.

    Attributes
    ----------
    reports, days
        What a sample has at least.
    duration_days, reporters_per_report
        What it hardly has more of; None: that doesn't matter.
    """

    reports: int
    days: int
    duration_days: int | None = None
    reporters_per_report: float | None = None

    def is_reached(self, now: PlaceFigures, before: PlaceFigures | None, settings: SamplesSettings) -> bool:
        """Whether a place grew to this size within a week, and is like it."""
        if not self._is_within(now) or (before is not None and self._is_within(before)):
            return False
        if self.duration_days is None or self.reporters_per_report is None:
            return True
        longest = self.duration_days + settings.max_extra_days
        most = self.reporters_per_report + settings.max_extra_reporters
        return now.duration_days <= longest and now.reporter_count <= most * now.report_count

    def _is_within(self, figures: PlaceFigures) -> bool:
        return figures.report_count >= self.reports and figures.day_count >= self.days


@dataclass(frozen=True)
class Drawn:
    """How a place was drawn."""

    stratum: str
    refused_by: str
    buurtcode: str
    probability: float


@dataclass
class Draw:
    """Draws samples in a run, and remembers from what and which."""

    settings: Settings
    as_of: date
    areas: AreaIndex
    seed: str
    tracks: Sequence[Track]
    kept: Collection[str]  # ids of samples that stay on the list
    sizes: Sequence[Size]  # of the candidates that the lot chose; none: nothing is drawn
    most_reports: int  # more than any candidate had when it was new would tell a sample
    names: Mapping[int, str]  # of reports at their source, by id: the same in every database
    frame: Counter[Drawn] = field(default_factory=Counter)
    drawn: dict[int, Drawn] = field(default_factory=dict)  # by the least report id of the place

    def __call__(self, refused: Sequence[RefusedPlace]) -> list[int]:
        """Choose among refused places: those that stay, and some that are new and known to nobody."""
        known = self._recognised(refused)
        chosen = [number for number, hotspot_id in known.items() if hotspot_id in self.kept]
        for number, place in enumerate(refused):
            if number in known or not self._is_alike(place):
                continue
            how = self._how(place)
            if not how.probability:
                continue
            self.frame[how] += 1
            if self._lot(place) < how.probability:
                self.drawn[min(place.reports)] = how
                chosen.append(number)
        return chosen

    def _is_alike(self, place: RefusedPlace) -> bool:
        now, settings = place.place.figures, self.settings.samples
        return now.report_count <= self.most_reports and any(
            size.is_reached(now, place.before, settings) for size in self.sizes
        )

    def _recognised(self, refused: Sequence[RefusedPlace]) -> dict[int, str]:
        """Which hotspot of before each place is, if it is one."""
        projection = Projection(self.settings.municipality.crs)
        lon, lat = [one.lon for one in self.tracks], [one.lat for one in self.tracks]
        east_m, north_m = projection.to_metres(lon, lat)
        hotspots = [
            KnownHotspot(one.hotspot_id, float(east), float(north), one.reports, one.is_merged, one.reach_m)
            for one, east, north in zip(self.tracks, east_m, north_m, strict=True)
        ]
        places = [
            SignalledPlace(
                number,
                float(one.place.centre[0]),
                float(one.place.centre[1]),
                one.reports,
                one.place.radius_m,
            )
            for number, one in enumerate(refused)
        ]
        return recognise(hotspots, places, self.settings.tracking).hotspot_of_place

    def _how(self, place: RefusedPlace) -> Drawn:
        projection = Projection(self.settings.municipality.crs)
        lon, lat = projection.to_degrees([place.place.centre[0]], [place.place.centre[1]])
        code = self.areas.locate(lon, lat).tolist()[0] or ""
        shares = self.settings.samples
        share = shares.near_share if place.is_near else shares.wider_share
        return Drawn(NEAR if place.is_near else WIDER, str(place.refused_by), code, share)

    def _lot(self, place: RefusedPlace) -> float:
        """A number from 0 to 1 that the seed of the run gives to its reports."""
        named = sorted(self.names.get(number, str(number)) for number in place.reports)
        return _lot(self.seed, *named)


def _lot(seed: str, *names: str) -> float:
    """A number from 0 to 1 that a seed gives to names."""
    digest = hashlib.sha256("\n".join([seed, *names]).encode()).digest()
    return int.from_bytes(digest[:7]) / (1 << 56)


def prepare_draw(
    connection: Connection, settings: Settings, areas: AreaIndex, *, as_of: date, known_until: datetime
) -> tuple[Draw, Sampling] | None:
    """Prepare the draw of a run; None if none is drawn and none was before."""
    drawn = {row.hotspot_id for row in connection.execute(select(samples.c.hotspot_id))}
    if not settings.samples.is_on and not drawn:
        return None
    statuses = statuses_at(connection, known_until)
    kept = {one for one in drawn if statuses.get(one, (Status.KANDIDAAT, None))[0] in UNDECIDED}
    tracks = [state.track for state in states_before(connection, as_of)]
    seed = connection.execute(
        select(sample_frames.c.seed).where(sample_frames.c.as_of == as_of).limit(1)
    ).scalar()
    seed = seed or secrets.token_hex(32)
    came = _sizes_of_candidates(connection, as_of)
    most_reports = max((size.reports for size in came), default=2 * settings.detection.min_reports)
    sizes = _chosen(came, settings, seed)
    draw = Draw(settings, as_of, areas, seed, tracks, kept, sizes, most_reports, _Names(connection))
    wanted = frozenset[int]().union(*(track.reports for track in tracks if track.hotspot_id in kept))
    return draw, Sampling(draw, wanted)


def without_samples(connection: Connection, settings: Settings, as_of: date) -> list[EarlierState]:
    """Give the hotspots of the runs before, without samples that people did not find to be one.

    Detection knows of no place that it refused: a sample never decides what is signalled.
    """
    states = states_before(connection, as_of)
    drawn = set(connection.execute(select(samples.c.hotspot_id)).scalars())
    if not drawn:
        return states
    statuses = statuses_at(connection, window_of(as_of, settings)[1])
    known = {one for one, (status, _) in statuses.items() if status in CONFIRMED}
    return [state for state in states if state.hotspot_id not in drawn - known]


def _chosen(came: Sequence[Size], settings: Settings, seed: str) -> list[Size]:
    """What the lot chooses; where none came and none need have, what the rules ask."""
    if not settings.samples.is_on or len(came) < settings.samples.min_candidates:
        return []
    if not came:
        return [Size(settings.detection.min_reports, settings.detection.min_days)]
    lots = (_lot(seed, f"candidate {number}") for number in range(settings.samples.alike_to))
    return [came[int(lot * len(came))] for lot in lots]


def _sizes_of_candidates(connection: Connection, as_of: date) -> list[Size]:
    """What the last candidates were when they were new; those of the first run grew unseen before it."""
    state = hotspot_states.c
    figures = (state.report_count, state.day_count, state.duration_days, state.reporter_count)
    query = (
        select(*figures)
        .join(runs, runs.c.id == state.run_id)
        .where(
            runs.c.as_of < as_of,
            runs.c.as_of > select(func.min(runs.c.as_of)).scalar_subquery(),
            runs.c.as_of == state.first_signalled,
            state.is_signalled,
            state.soort == Soort.GEBIED.value,
            state.reporter_count.is_not(None),
            state.hotspot_id.not_in(select(samples.c.hotspot_id)),
        )
        .order_by(runs.c.as_of.desc(), *figures)  # the same in every database
        .limit(REMEMBERED)
    )
    return [
        Size(
            row.report_count, row.day_count, row.duration_days, row.reporter_count / max(row.report_count, 1)
        )
        for row in connection.execute(query)
    ]


class _Names(dict[int, str]):
    """What reports are called at their source, asked when needed: of few places only."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def get(self, number: int, default: Any = None) -> Any:
        """The source and id of a report."""
        query = select(reports.c.source, reports.c.source_id).where(reports.c.id == number)
        row = self.connection.execute(query).first()
        return default if row is None else f"{row.source}/{row.source_id}"


def save_draw(
    connection: Connection,
    draw: Draw,
    hotspot_of_place: Mapping[int, str],
    members: Mapping[int, Sequence[int]],
) -> None:
    """Write from what a run drew, and which hotspots the drawn places are.

    Parameters
    ----------
    hotspot_of_place, members
        The hotspot and the report ids of each place of the run, by its number.
    """
    connection.execute(delete(sample_frames).where(sample_frames.c.as_of == draw.as_of))
    frames = [
        {"as_of": draw.as_of, "seed": draw.seed, "place_count": count, **vars(how)}
        for how, count in sorted(draw.frame.items(), key=lambda item: str(item[0]))
    ]
    if draw.sizes and not frames:
        # the seed chose whom places were compared with, and must do so again
        nothing = Drawn(NEAR, "", "", draw.settings.samples.near_share)
        frames = [{"as_of": draw.as_of, "seed": draw.seed, "place_count": 0, **vars(nothing)}]
    if frames:
        connection.execute(insert(sample_frames), frames)
    known = {row.hotspot_id for row in connection.execute(select(samples.c.hotspot_id))}
    for place, ids in members.items():
        how = draw.drawn.get(min(ids)) if ids else None
        hotspot_id = hotspot_of_place.get(place)
        if how is not None and hotspot_id is not None and hotspot_id not in known:
            row = {"hotspot_id": hotspot_id, "as_of": draw.as_of, **vars(how)}
            connection.execute(insert(samples).values(row))
