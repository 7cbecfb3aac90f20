"""All cases that are open, as one table: who has them, what is due, what partners said; read at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, or_, select

from hotspots.access.rights import Actor, Right, reachable_gebieden
from hotspots.casework.assignees import Assignees, read_assignees
from hotspots.casework.tasks import read_partner_verdicts
from hotspots.model import Indicatie, Soort, Status, Trend
from hotspots.settings import Settings
from hotspots.store.areas import gebieden_of_buurten
from hotspots.store.place_tables import areas
from hotspots.store.run_tables import hotspots
from hotspots.tracking.listed import DONE
from hotspots.tracking.selection import Selection, select_states, states_of
from hotspots.tracking.told import shared_name


class CaseView(StrEnum):
    """What one may look for among open cases."""

    MINE = "aan-mij"
    LATE = "te-laat"
    PARTNER = "wacht-op-partner"
    NOBODY = "aan-niemand"


@dataclass(frozen=True)
class OpenRow:
    """One open case, as a row of the table."""

    hotspot_id: str
    number: str
    name: str  # as everyone who may know of it reads it
    version: int
    soort: Soort
    indicatie: Indicatie
    trend: Trend
    status: Status
    verdict: Status | None  # the final one in force
    gebied: str | None
    first_signalled: date
    age_days: int  # since then
    due_on: date | None
    is_overdue: bool
    assigned_to: str | None
    assigned_user_id: str | None
    assigned_organisation: str | None
    is_typed: bool  # assigned to a name that is no account's, or an organisation without accounts
    is_mine: bool
    verdicts: Mapping[str, Status]  # of partners, since the case was opened
    waits_for: Sequence[str]  # partners of that area whose verdict is awaited
    report_count: int
    score: float


# a look-up, as making each word of some thousands anew takes longer than the query
_SOORT, _INDICATIE = {word.value: word for word in Soort}, {word.value: word for word in Indicatie}
_TREND, _STATUS = {word.value: word for word in Trend}, {word.value: word for word in Status}

_FIELDS = ("soort", "indicatie", "trend", "first_signalled", "report_count", "score", "buurtcode")
_OF_CASE = ("number", "version", "status", "verdict", "due_on")
_ASSIGNED = ("assigned_to", "assigned_user_id", "assigned_organisation")


def read_open_cases(
    connection: Connection, settings: Settings, selection: Selection, *, actor: Actor, today: date
) -> list[OpenRow]:
    """Read the open cases of a selection that the actor may read, in the order of lists.

    Open is what people are not done with, and is on the list or was taken up: a candidate that ended before
    anybody did is not.

    Parameters
    ----------
    today
        The local day: what was due before it is overdue.
    """
    reach = reachable_gebieden(actor, Right.READ_CASES)
    if reach == frozenset():
        return []
    states = states_of(connection, settings, selection)
    chosen = select_states(connection, settings, selection, states)
    if not selection.status:  # else they are joined
        chosen = chosen.join(hotspots, hotspots.c.id == states.c.hotspot_id)
    is_open = hotspots.c.status.not_in([str(status) for status in DONE])
    is_taken_up = or_(
        states.c.trend != Trend.BEEINDIGD.value,
        hotspots.c.status != Status.KANDIDAAT.value,
        hotspots.c.assigned_to.is_not(None),
        hotspots.c.assigned_organisation.is_not(None),
    )
    query = (
        chosen.with_only_columns(hotspots.c.id, *(hotspots.c[name] for name in (*_OF_CASE, *_ASSIGNED)))
        .add_columns(*(states.c[name] for name in _FIELDS), shared_name(states).label("name"))
        .outerjoin(areas, areas.c.buurtcode == states.c.buurtcode)
        .where(is_open, is_taken_up)
        .order_by(states.c.score.desc(), states.c.hotspot_id)
    )
    rows = connection.execute(query).mappings().all()
    gebied_of = gebieden_of_buurten(connection, settings.areas.gebieden)
    readable = [row for row in rows if reach is None or gebied_of.get(row["buurtcode"]) in reach]
    given = read_partner_verdicts(connection, select(hotspots.c.id).where(is_open))
    table = _Table(actor, today, gebied_of, given, read_assignees(connection))
    return [table.row(row) for row in readable]


class _Table:
    """What rows are made from, each answer kept for the areas that many have in common."""

    def __init__(
        self,
        actor: Actor,
        today: date,
        gebied_of: Mapping[str, str],
        given: Mapping[str, Mapping[str, Status]],
        assignees: Assignees,
    ) -> None:
        self.actor, self.today, self.gebied_of, self.given = actor, today, gebied_of, given
        self.accounts = {person.actor.id for person in assignees.people}
        self.organisations = set(assignees.organisations)
        known = {None, *gebied_of.values()}
        self.partners = {gebied: assignees.partners(gebied) for gebied in known}

    def row(self, row: RowMapping) -> OpenRow:
        """Make a row of the table."""
        gebied = self.gebied_of.get(row["buurtcode"])
        status = _STATUS[row["status"]]
        verdicts = self.given.get(row["id"], {})
        is_awaited = status is Status.IN_VERIFICATIE
        person, organisation = row["assigned_to"], row["assigned_organisation"]
        is_of_mine = person is None and bool(organisation) and organisation == self.actor.organisation
        return OpenRow(
            hotspot_id=row["id"],
            number=row["number"],
            name=row["name"],
            version=row["version"],
            soort=_SOORT[row["soort"]],
            indicatie=_INDICATIE[row["indicatie"]],
            trend=_TREND[row["trend"]],
            status=status,
            verdict=_STATUS.get(row["verdict"]),
            gebied=gebied,
            first_signalled=row["first_signalled"],
            age_days=(self.today - row["first_signalled"]).days,
            due_on=row["due_on"],
            is_overdue=row["due_on"] is not None and row["due_on"] < self.today,
            assigned_to=person,
            assigned_user_id=row["assigned_user_id"],
            assigned_organisation=organisation,
            is_typed=(person is not None and row["assigned_user_id"] is None)
            or (organisation is not None and organisation not in self.organisations),
            is_mine=row["assigned_user_id"] == self.actor.id or is_of_mine,
            verdicts=verdicts,
            waits_for=[who for who in self.partners[gebied] if who not in verdicts] if is_awaited else [],
            report_count=row["report_count"],
            score=row["score"],
        )


def is_in_view(row: OpenRow, view: CaseView) -> bool:
    """Whether a case is among those that one looks for.

    A case waits for partners while it is verified, and one of them, or any at all, has not judged it.
    """
    if view is CaseView.MINE:
        return row.is_mine
    if view is CaseView.LATE:
        return row.is_overdue
    if view is CaseView.NOBODY:
        return row.assigned_to is None and row.assigned_organisation is None
    return row.status is Status.IN_VERIFICATIE and (bool(row.waits_for) or not row.verdicts)


def is_named(row: OpenRow, text: str) -> bool:
    """Whether a part of the name or number of a case, or of who has it, is this."""
    wanted = " ".join(text.split()).casefold()
    of_case = (row.number, row.name, row.assigned_to, row.assigned_organisation)
    return any(wanted in each.casefold() for each in of_case if each)


def _order(*values: Any) -> Mapping[Any, int]:
    return {value: place for place, value in enumerate(values)}


_STATUSES, _TRENDS = _order(*Status), _order(*Trend)

CASE_ORDERS: Mapping[str, Callable[[OpenRow], Any]] = {
    "nummer": lambda row: row.number,
    "naam": lambda row: row.name.casefold(),
    "soort": lambda row: row.soort.value,
    "indicatie": lambda row: row.indicatie.value,
    "status": lambda row: _STATUSES[row.status],
    "leeftijdDagen": lambda row: row.age_days,
    "uiterlijk": lambda row: row.due_on,
    "wie": lambda row: (row.assigned_to or row.assigned_organisation or "").casefold() or None,
    "aantalOordelen": lambda row: len(row.verdicts),
    "trend": lambda row: _TRENDS[row.trend],
    "aantalMeldingen": lambda row: row.report_count,
    "score": lambda row: row.score,
}
"""What open cases can be sorted by, under its name in the API."""


def in_order(rows: Sequence[OpenRow], keys: Sequence[str]) -> list[OpenRow]:
    """Sort by keys of :data:`CASE_ORDERS`, the first before all; falling after a minus, else as they were.

    What has nothing to sort by, no term or nobody, comes last either way.
    """
    ordered = list(rows)
    for key in reversed(keys):
        value_of = CASE_ORDERS[key.removeprefix("-")]
        filled = [row for row in ordered if value_of(row) is not None]
        filled.sort(key=value_of, reverse=key.startswith("-"))
        ordered = [*filled, *(row for row in ordered if value_of(row) is None)]
    return ordered
