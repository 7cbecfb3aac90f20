"""Drawing blind samples in a weekly run, and keeping them on the list until people decide."""

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
from hotspots.geography.areas import AreaIndex
from hotspots.geography.projection import Projection
from hotspots.model import Soort, Status
from hotspots.settings import Settings
from hotspots.store.report_tables import reports
from hotspots.store.run_tables import hotspot_states, runs, sample_frames, samples
from hotspots.tracking.follow import Track
from hotspots.tracking.identity import KnownHotspot, SignalledPlace, recognise
from hotspots.tracking.samples import UNDECIDED
from hotspots.weekly.run_store import states_before

NEAR, WIDER = "near", "wider"
"""The strata: what came near the list, and what did not."""


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
    most_reports: int  # more than any candidate had when it was new would tell a sample
    names: Mapping[int, str]  # of reports at their source, by id: the same in every database
    frame: Counter[Drawn] = field(default_factory=Counter)
    drawn: dict[int, Drawn] = field(default_factory=dict)  # by the least report id of the place

    def __call__(self, refused: Sequence[RefusedPlace]) -> list[int]:
        """Choose among refused places: those that stay, and some that are new and known to nobody."""
        known = self._recognised(refused)
        chosen = [number for number, hotspot_id in known.items() if hotspot_id in self.kept]
        for number, place in enumerate(refused):
            is_odd = place.place.figures.report_count > self.most_reports
            if number in known or not place.is_new or is_odd:
                continue
            how = self._how(place)
            if not how.probability:
                continue
            self.frame[how] += 1
            if self._lot(place) < how.probability:
                self.drawn[min(place.reports)] = how
                chosen.append(number)
        return chosen

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
        digest = hashlib.sha256("\n".join([self.seed, *named]).encode()).digest()
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
    draw = Draw(
        settings,
        as_of,
        areas,
        seed or secrets.token_hex(32),
        tracks,
        kept,
        _most_reports(connection, settings, as_of),
        _Names(connection),
    )
    wanted = frozenset[int]().union(*(track.reports for track in tracks if track.hotspot_id in kept))
    return draw, Sampling(draw, wanted)


def _most_reports(connection: Connection, settings: Settings, as_of: date) -> int:
    """The most reports that a candidate had when it was new; before there was any, twice what is asked."""
    state = hotspot_states.c
    query = (
        select(func.max(state.report_count))
        .join(runs, runs.c.id == state.run_id)
        .where(
            runs.c.as_of < as_of,
            runs.c.as_of == state.first_signalled,
            state.is_signalled,
            state.soort == Soort.GEBIED.value,
            state.hotspot_id.not_in(select(samples.c.hotspot_id)),
        )
    )
    return connection.execute(query).scalar() or 2 * settings.detection.min_reports


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
    if frames:
        connection.execute(insert(sample_frames), frames)
    known = {row.hotspot_id for row in connection.execute(select(samples.c.hotspot_id))}
    for place, ids in members.items():
        how = draw.drawn.get(min(ids)) if ids else None
        hotspot_id = hotspot_of_place.get(place)
        if how is not None and hotspot_id is not None and hotspot_id not in known:
            row = {"hotspot_id": hotspot_id, "as_of": draw.as_of, **vars(how)}
            connection.execute(insert(samples).values(row))
