"""What blind samples teach: which share of what was refused are hotspots, and of all hotspots is signalled.

It speaks of places that hold the rules by their own reports, and that grew to the size of a candidate in a
run that drew samples. Where their surroundings or a test for false alarms refused them, a sample was judged;
what was signalled is judged as always. So a place that stays small is as seldom among them as candidates are
that small, and one that grows on may come again in another run. Places that fail a rule are not among them:
whoever counts their reports sees that. Who may not know of dwellings everywhere is told of no place that ever
pointed at persons.

Who may verify is told of runs that are over for a while: how many were refused last week would, beside those
that nearly came on the list, tell that one of the new places is a sample.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from hotspots.access.rights import Actor, Right, Role, require, visibility_of
from hotspots.casework.verdict_precision import SEASONS
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.statistics.sampled_shares import Estimate, Stratum, found_share, share_of
from hotspots.store.case_tables import nominations, verdicts
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.run_tables import hotspot_states, runs, sample_frames, samples
from hotspots.tracking.runs import latest_run
from hotspots.tracking.visibility import ever_touched_persons


@dataclass(frozen=True)
class Misses:
    """What was missed in one part.

    Attributes
    ----------
    subject, value
        alles, reden, buurt or seizoen, and which.
    refused
        Places that grew to the size of a candidate and were refused.
    judged, confirmed
        How many of these were drawn and judged, and how many of them are hotspots.
    missed
        The share of all refused ones that are; None if none was judged.
    found
        The share of all hotspots that was signalled; None if that can't be told, or by reason.
    """

    subject: str
    value: str
    refused: int
    judged: int
    confirmed: int
    missed: Estimate | None
    found: Estimate | None


@dataclass(frozen=True)
class Learned:
    """What samples teach, and how many wait: None for who may verify."""

    misses: Sequence[Misses]
    waiting: int | None


@dataclass(frozen=True)
class _Place:
    """A part of a frame, or a place: where and when, its chance, and what came of it."""

    as_of: date
    buurtcode: str
    refused_by: str
    key: Hashable  # of its stratum: kind and chance
    count: int
    is_judged: bool = False
    is_hotspot: bool = False


def read_misses(database: Database, settings: Settings, *, actor: Actor) -> Learned:
    """Read what samples teach; raises ForbiddenError without the right to read what verdicts teach."""
    require(actor, Right.READ_LEARNING, None)
    with_persons = visibility_of(actor).dwellings is None
    with database.reading() as connection:
        final = _final(connection, with_persons=with_persons)
        frame, signalled = _frame(connection), _signalled(connection, final, with_persons=with_persons)
        drawn, waiting = _drawn(connection, final)
        last = latest_run(connection)
        rows = connection.execute(select(areas.c.buurtcode, areas.c.buurtnaam)).all()
    names = {row.buurtcode: row.buurtnaam for row in rows}
    is_blind = actor.role is not Role.BEHEERDER
    if is_blind and last is not None:
        until = last - timedelta(weeks=settings.samples.told_after_weeks)
        frame, drawn, signalled = (
            [place for place in places if place.as_of <= until] for places in (frame, drawn, signalled)
        )
    misses = [
        _misses(subject, value, value_of, frame, drawn, signalled)
        for subject, value_of in _subjects(names).items()
        for value in sorted({value_of(part) for part in frame if part.count})
    ]
    return Learned(misses, None if is_blind else waiting)


def _subjects(names: Mapping[str, str]) -> dict[str, Callable[[_Place], str]]:
    return {
        "alles": lambda _: "alles",
        "reden": lambda place: place.refused_by,
        "buurt": lambda place: names.get(place.buurtcode, "onbekend"),
        "seizoen": lambda place: SEASONS[place.as_of.month % 12 // 3],
    }


def _misses(
    subject: str,
    value: str,
    value_of: Callable[[_Place], str],
    frame: Sequence[_Place],
    drawn: Sequence[_Place],
    signalled: Sequence[_Place],
) -> Misses:
    refused = _strata([place for place in (*frame, *drawn) if value_of(place) == value])
    listed = _strata([place for place in signalled if value_of(place) == value])
    return Misses(
        subject,
        value,
        refused=sum(stratum.size for stratum in refused),
        judged=sum(stratum.judged for stratum in refused),
        confirmed=sum(stratum.found for stratum in refused),
        missed=share_of(refused) if refused else None,
        # why a place was refused says nothing of those that were not
        found=found_share(listed, refused) if refused and listed and subject != "reden" else None,
    )


def _strata(places: Sequence[_Place]) -> list[Stratum]:
    size: Counter[Hashable] = Counter()
    judged: dict[Hashable, list[bool]] = defaultdict(list)
    for place in places:
        size[place.key] += place.count
        if place.is_judged:
            judged[place.key].append(place.is_hotspot)
    return [
        Stratum(count, len(judged[key]), sum(judged[key]))
        for key, count in sorted(size.items(), key=lambda item: str(item[0]))
        if count
    ]


def _frame(connection: Connection) -> list[_Place]:
    rows = connection.execute(select(sample_frames))
    return [
        _Place(row.as_of, row.buurtcode, row.refused_by, (row.stratum, row.probability), row.place_count)
        for row in rows
    ]


def _drawn(connection: Connection, final: Mapping[str, bool]) -> tuple[list[_Place], int]:
    """The samples, and how many nobody decided on yet; each counts in its frame already."""
    places = [
        _Place(
            row.as_of,
            row.buurtcode,
            row.refused_by,
            (row.stratum, row.probability),
            0,
            row.hotspot_id in final,
            final.get(row.hotspot_id, False),
        )
        for row in connection.execute(select(samples))
    ]
    return places, sum(not place.is_judged for place in places)


def _signalled(connection: Connection, final: Mapping[str, bool], *, with_persons: bool) -> list[_Place]:
    """What the runs that drew samples signalled for the first time."""
    state = hotspot_states.c
    told = [] if with_persons else [~ever_touched_persons(state.hotspot_id)]
    ours = (select(nominations.c.hotspot_id), select(samples.c.hotspot_id))
    rows = connection.execute(
        select(state.hotspot_id, state.first_signalled, state.buurtcode)
        .join(runs, runs.c.id == state.run_id)
        .where(
            state.first_signalled == runs.c.as_of,
            state.first_signalled.in_(select(sample_frames.c.as_of)),
            *(state.hotspot_id.not_in(others) for others in ours),
            *told,
        )
    )
    return [
        _Place(
            row.first_signalled,
            row.buurtcode or "",
            "",
            "signalled",
            1,
            row.hotspot_id in final,
            final.get(row.hotspot_id, False),
        )
        for row in rows
    ]


def _final(connection: Connection, *, with_persons: bool) -> dict[str, bool]:
    """Whether each hotspot that OOV decided on is one, by its first decision: the one that was blind."""
    told = [] if with_persons else [~ever_touched_persons(verdicts.c.hotspot_id)]
    first = select(func.min(verdicts.c.id)).where(verdicts.c.is_final, *told).group_by(verdicts.c.hotspot_id)
    rows = connection.execute(
        select(verdicts.c.hotspot_id, verdicts.c.verdict).where(verdicts.c.id.in_(first))
    )
    return {row.hotspot_id: row.verdict != str(Status.GEEN_HOTSPOT) for row in rows}
