"""The hotspots of a period: those that came on the list in it, what people decided on them, and beside that
what the software suggests.

A hotspot was *found* in a period if it came on the list in it for the first time: if the peildatum of its
first signalling (``eersteSignalering``) lies in it. That holds for what detection signalled, for what people
put on the list, and for what split off from another; one that merged into another since was found, too. It
was *on the list* in a period if it stood there after one of the runs of the period: not ended, and people
were not done with it at the end of that day.

What people decided is read from the history as it was when the period was over: the final verdict in force.
A case that was opened again by then has none. Blind samples on which nobody decided count as what they look
like, a place on the list.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, or_, select

from hotspots.access.rights import Visibility
from hotspots.casework.history import statuses_at
from hotspots.model import Indicatie, Soortoordeel, Status, Trend
from hotspots.publishing.year.period import Period
from hotspots.settings import Settings
from hotspots.store.batches import is_among
from hotspots.store.case_tables import hotspot_events, nominations
from hotspots.store.run_tables import hotspot_lineage, hotspot_states, hotspots, runs
from hotspots.tracking.hotspots import judgement_of
from hotspots.tracking.listed import DONE
from hotspots.tracking.own_areas import lies_in_own_area
from hotspots.tracking.runs import latest_run_id
from hotspots.tracking.samples import is_told_sample
from hotspots.tracking.selection import visible_then_and_now
from hotspots.tracking.told import told_states
from hotspots.tracking.visibility import is_one_of, is_visible


class Decision(StrEnum):
    """What people decided on a hotspot; Dutch, as every output names it."""

    VEILIGHEID = "veiligheid"
    LEEFBAARHEID = "leefbaarheid"
    GEEN_HOTSPOT = "geen hotspot"
    UNDECIDED = "nog niet besloten"


CONFIRMED = (Decision.VEILIGHEID, Decision.LEEFBAARHEID)
"""The decisions by which a place is a hotspot."""

DWELLINGS = (Soortoordeel.WONING, Soortoordeel.MOGELIJK_WONING)
"""What is a dwelling, or may be one."""


@dataclass(frozen=True)
class Where:
    """The places that an account is about: of these buurten, or of an area of the reader's own.

    None of both is everywhere that the reader knows of.
    """

    codes: tuple[str, ...] | None = None
    own_area: str | None = None


EVERYWHERE = Where()


@dataclass(frozen=True)
class FoundPlace:
    """A hotspot that was found in a period, as it stood when the period was over."""

    hotspot_id: str
    buurtcode: str | None
    first_signalled: date
    first_report: datetime
    decision: Decision
    decision_now: Decision
    suggested: Indicatie
    judged: Soortoordeel
    is_closed: bool
    is_ended: bool
    is_merged: bool
    is_split: bool
    is_nominated: bool
    is_sample: bool

    @property
    def is_confirmed(self) -> bool:
        """Whether people decided that it is a hotspot."""
        return self.decision in CONFIRMED


@dataclass(frozen=True)
class Dwellings:
    """How many of the found places are one dwelling, surely or possibly; and of those that are a hotspot."""

    sure: int
    possible: int
    confirmed_sure: int
    confirmed_possible: int


@dataclass(frozen=True)
class Places:
    """The hotspots of a period, as far as the reader may know of them.

    Attributes
    ----------
    rows
        Those found in it, by id.
    on_list
        How many stood on the list at any time in it.
    is_exact
        Whether it may be told which are dwellings, and which merged or split.
    """

    rows: Sequence[FoundPlace]
    on_list: int
    is_exact: bool

    @property
    def found(self) -> int:
        """How many were found in it."""
        return len(self.rows)

    @property
    def found_ids(self) -> tuple[str, ...]:
        """The ids of those."""
        return tuple(row.hotspot_id for row in self.rows)

    @cached_property
    def by_decision(self) -> Mapping[Decision, int]:
        """How many of each decision; together they are `found`."""
        return count_decisions(self.rows)

    @cached_property
    def suggested(self) -> Mapping[Indicatie, int]:
        """How many of each suggestion by the software; together they are `found`."""
        return count_suggestions(self.rows)

    @cached_property
    def cross(self) -> Mapping[tuple[Decision, Indicatie], int]:
        """How many of each decision and suggestion."""
        counts = Counter((row.decision, row.suggested) for row in self.rows)
        return {(decision, said): counts[decision, said] for decision in Decision for said in Indicatie}

    @cached_property
    def decided_later(self) -> Mapping[Decision, int]:
        """Of those without a decision, how many of each have one now; all decisions, also with 0."""
        later = [row.decision_now for row in self.rows if row.decision is Decision.UNDECIDED]
        counts: Counter[Decision] = Counter(later)
        return {decision: counts[decision] for decision in Decision}

    @property
    def confirmed(self) -> int:
        """How many people found to be a hotspot."""
        return sum(self.by_decision[decision] for decision in CONFIRMED)

    @property
    def nominated(self) -> int:
        """How many people put on the list."""
        return sum(row.is_nominated for row in self.rows)

    @property
    def samples(self) -> int:
        """How many were blind samples on which people decided."""
        return sum(row.is_sample for row in self.rows)

    @property
    def merged(self) -> int | None:
        """How many went on in another hotspot since; None: not told."""
        return sum(row.is_merged for row in self.rows) if self.is_exact else None

    @property
    def split(self) -> int | None:
        """How many came from another hotspot; None: not told."""
        return sum(row.is_split for row in self.rows) if self.is_exact else None

    @property
    def closed_undecided(self) -> int:
        """How many people closed before a decision."""
        return sum(row.decision is Decision.UNDECIDED and row.is_closed for row in self.rows)

    @property
    def ended_undecided(self) -> int:
        """How many left the list by themselves before a decision."""
        return sum(
            row.decision is Decision.UNDECIDED and row.is_ended and not row.is_closed for row in self.rows
        )

    @property
    def dwellings(self) -> Dwellings | None:
        """How many are dwellings; None: not told."""
        if not self.is_exact:
            return None
        counts = Counter((row.judged, row.is_confirmed) for row in self.rows)
        of = {judged: counts[judged, True] + counts[judged, False] for judged in DWELLINGS}
        confirmed = [counts[judged, True] for judged in DWELLINGS]
        return Dwellings(of[Soortoordeel.WONING], of[Soortoordeel.MOGELIJK_WONING], *confirmed)


def count_decisions(rows: Sequence[FoundPlace]) -> dict[Decision, int]:
    """How many places there are of each decision; all decisions, also with 0."""
    counts = Counter(row.decision for row in rows)
    return {decision: counts[decision] for decision in Decision}


def count_suggestions(rows: Sequence[FoundPlace]) -> dict[Indicatie, int]:
    """How many places there are of each suggestion by the software; all suggestions, also with 0."""
    counts = Counter(row.suggested for row in rows)
    return {indicatie: counts[indicatie] for indicatie in Indicatie}


def read_places(
    connection: Connection,
    settings: Settings,
    *,
    visibility: Visibility,
    period: Period,
    where: Where,
    is_exact: bool,
) -> Places:
    """Read the hotspots of a period that a reader may know of."""
    rows = read_found(connection, settings, visibility=visibility, period=period, where=where)
    listed = read_listed(connection, settings, visibility=visibility, period=period, where=where)
    return Places(rows, len(listed), is_exact)


@dataclass(frozen=True)
class KnownPlace:
    """Any hotspot that a reader may know of after the last run of a period, also of before it."""

    hotspot_id: str
    buurtcode: str | None
    first_signalled: date


def read_known(
    connection: Connection, settings: Settings, *, visibility: Visibility, period: Period, where: Where
) -> list[KnownPlace]:
    """Read all hotspots that a reader may know of after the last run of a period, by id."""
    states = told_states(connection, settings, visibility, period.last)
    query = (
        select(states.c.hotspot_id, states.c.buurtcode, states.c.first_signalled)
        .where(*_are_known(connection, settings, visibility, period, where, states))
        .order_by(states.c.hotspot_id)
    )
    return [KnownPlace(*row) for row in connection.execute(query)]


def read_found(
    connection: Connection, settings: Settings, *, visibility: Visibility, period: Period, where: Where
) -> list[FoundPlace]:
    """Read the hotspots that were found in a period and that a reader may know of, by id."""
    states = told_states(connection, settings, visibility, period.last)
    names = ("hotspot_id", "buurtcode", "first_signalled", "first_report", "soort", "soort_certainty")
    columns = [states.c[name] for name in (*names, "indicatie", "trend", "merged_into")]
    split = select(hotspot_lineage.c.to_id).where(hotspot_lineage.c.kind == "split")
    query = (
        select(*columns, is_told_sample(states.c.hotspot_id).label("is_sample"))
        .add_columns(states.c.hotspot_id.in_(select(nominations.c.hotspot_id)).label("is_nominated"))
        .add_columns(states.c.hotspot_id.in_(split).label("is_split"), hotspots.c.verdict)
        .join(hotspots, hotspots.c.id == states.c.hotspot_id)
        .where(
            states.c.first_signalled.between(period.first, period.last),
            *_are_known(connection, settings, visibility, period, where, states),
        )
        .order_by(states.c.hotspot_id)
    )
    rows = connection.execute(query).all()
    decided = statuses_at(connection, period.moments(settings.municipality)[1])
    found = []
    for row in rows:
        status, verdict = decided.get(row.hotspot_id, (Status.KANDIDAAT, None))
        found.append(
            FoundPlace(
                hotspot_id=row.hotspot_id,
                buurtcode=row.buurtcode,
                first_signalled=row.first_signalled,
                first_report=row.first_report,
                decision=Decision.UNDECIDED if verdict is None else Decision(verdict.value),
                decision_now=Decision(row.verdict or Decision.UNDECIDED),
                suggested=Indicatie(row.indicatie),
                judged=judgement_of(row.soort, row.soort_certainty, settings.detection),
                is_closed=status is Status.GESLOTEN,
                is_ended=row.trend == Trend.BEEINDIGD.value,
                is_merged=row.merged_into is not None,
                is_split=bool(row.is_split),
                is_nominated=bool(row.is_nominated),
                is_sample=bool(row.is_sample),
            )
        )
    return found


def _are_known(
    connection: Connection,
    settings: Settings,
    visibility: Visibility,
    period: Period,
    where: Where,
    states: FromClause,
) -> list[ColumnElement[bool]]:
    """What must hold of a row of the last run of a period for a reader to know of it, and to ask for it."""
    conditions = [
        states.c.run_id == latest_run_id(connection, period.last),
        *visible_then_and_now(connection, settings, visibility, period.last, states),
    ]
    if where.codes is not None:
        conditions.append(is_one_of(where.codes, states.c.buurtcode))
    if where.own_area is not None:
        own = lies_in_own_area(connection, visibility.reader_id, where.own_area, period.last, states)
        conditions.append(own)
    return conditions


def read_listed(
    connection: Connection, settings: Settings, *, visibility: Visibility, period: Period, where: Where
) -> set[str]:
    """The ids of the hotspots that stood on the list after any run of a period.

    Where they lie is where they lay after its last run, as every other figure of the period.
    """
    of_period = runs.c.as_of.between(period.first, period.last)
    first_run = connection.execute(select(func.min(runs.c.as_of)).where(of_period)).scalar_one()
    if first_run is None:
        return set()
    state = hotspot_states.c
    stood = (
        select(state.hotspot_id)
        .join(runs, runs.c.id == state.run_id)
        .where(of_period, _has_not_ended(settings, visibility, first_run))
    )
    if not visibility.is_everything or where != EVERYWHERE:
        told = told_states(connection, settings, visibility, period.last)
        known = select(told.c.hotspot_id).where(
            *_are_known(connection, settings, visibility, period, where, told)
        )
        stood = stood.where(state.hotspot_id.in_(known), is_visible(connection, settings, visibility))
    done = _when_done(connection, settings, period.moments(settings.municipality)[1])
    first_days = stood.add_columns(func.min(runs.c.as_of)).group_by(state.hotspot_id)
    came = {row[0]: row[1] for row in connection.execute(first_days)}
    late = {each for each, as_of in came.items() if each in done and _is_done(done[each], as_of)}
    if not late:
        return set(came)
    days = stood.where(is_among(connection, state.hotspot_id, sorted(late))).add_columns(runs.c.as_of)
    again = {each for each, as_of in connection.execute(days) if not _is_done(done[each], as_of)}
    return set(came) - (late - again)


_DONE = [str(status) for status in DONE]


def _has_not_ended(settings: Settings, visibility: Visibility, first_run: date) -> ColumnElement[bool]:
    """Whether the row of a run is that of a place that had not ended, as its reader was told."""
    state = hotspot_states.c
    not_ended = state.trend != Trend.BEEINDIGD.value
    if visibility.sees_reports_everywhere:
        return not_ended
    # that it merged is told when it would have ended by itself (:mod:`hotspots.tracking.told`)
    lately = first_run - timedelta(weeks=settings.tracking.end_after_weeks)
    return or_(not_ended, and_(state.merged_into.is_not(None), state.last_signalled > lately))


def _when_done(
    connection: Connection, settings: Settings, moment: datetime
) -> dict[str, list[tuple[date, bool]]]:
    """On which days people were done with hotspots, or took them up again, before a moment; oldest first."""
    event = hotspot_events.c
    ever = select(event.hotspot_id).where(event.status.in_(_DONE))
    query = (
        select(event.hotspot_id, event.at, event.status)
        .where(event.hotspot_id.in_(ever), event.at < moment)
        .order_by(event.hotspot_id, event.version)
    )
    history: dict[str, list[tuple[date, bool]]] = {}
    for hotspot_id, at, status in connection.execute(query):
        day = settings.municipality.local_day(at)
        history.setdefault(hotspot_id, []).append((day, status in _DONE))
    return history


def _is_done(history: Sequence[tuple[date, bool]], day: date) -> bool:
    """Whether people were done at the end of a day."""
    return next((done for at, done in reversed(history) if at <= day), False)
