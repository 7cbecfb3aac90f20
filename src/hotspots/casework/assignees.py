"""To whom a case can be given: the accounts that may work on it, and their organisations.

A name that was typed before there was a list stays with a case as it was, until somebody chooses another.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from hotspots.access.people import Person, read_people
from hotspots.access.rights import Actor, Right, may, reachable_gebieden
from hotspots.casework.cases import Case, CaseAccess
from hotspots.errors import AssigneeError


@dataclass(frozen=True)
class Assignees:
    """The accounts that may work on cases somewhere, by full name."""

    people: tuple[Person, ...]

    @property
    def organisations(self) -> list[str]:
        """The organisations of these people, by name."""
        return sorted({person.actor.organisation for person in self.people} - {""}, key=str.casefold)

    def within(self, gebied: str | None) -> "Assignees":
        """Those of them who may work on cases in an area."""
        return Assignees(tuple(who for who in self.people if may(who.actor, Right.MOVE, gebied)))

    def reached_by(self, actor: Actor) -> "Assignees":
        """Those of them to whom somebody can give a case, in an area that both reach."""
        own = reachable_gebieden(actor, Right.ASSIGN)

        def is_reached(reach: frozenset[str] | None) -> bool:
            return bool(own is None or reach is None or own & reach) and own != frozenset()

        people = self.people
        return Assignees(tuple(w for w in people if is_reached(reachable_gebieden(w.actor, Right.MOVE))))

    def partners(self, gebied: str | None) -> list[str]:
        """The organisations that can give their verdict in an area, besides those that decide."""
        return sorted(
            {
                who.actor.organisation
                for who in self.people
                if may(who.actor, Right.JUDGE, gebied) and not may(who.actor, Right.DECIDE, gebied)
            }
            - {""},
            key=str.casefold,
        )


NO_ASSIGNEES = Assignees(())
"""For who may give a case to nobody."""


def read_assignees(connection: Connection) -> Assignees:
    """Read all to whom a case can be given somewhere."""
    people = read_people(connection)
    return Assignees(tuple(who for who in people if reachable_gebieden(who.actor, Right.MOVE) != frozenset()))


def read_case_assignees(access: CaseAccess) -> Assignees:
    """Read to whom this case can be given; raises as :meth:`CaseAccess.reading`, with the right to assign."""
    with access.reading(Right.ASSIGN) as opened:
        return read_assignees(opened.connection).within(opened.case.gebied)


def choose_person(assignees: Assignees, case: Case, wanted: str) -> tuple[str, str | None]:
    """Find the account that is meant by its id, login or full name; gives its full name and id.

    What stands with the case as a typed name may stay, without an id.

    Raises
    ------
    AssigneeError
        If nobody is meant who may work on this case, or more than one.
    """
    text = wanted.strip()
    if text == case.assigned_to:
        return text, case.assigned_user_id
    folded = text.casefold()
    within = assignees.within(case.gebied).people
    found = [who.actor for who in within if who.actor.id == text] or [
        who.actor for who in within if folded in (who.login.casefold(), who.actor.name.casefold())
    ]
    if len(found) != 1:
        problem = "more than one has this name: give the id" if found else "choose one of the list"
        raise AssigneeError(
            f"wanted for {case.number} the account of somebody who may work on it, found '{text}': {problem}"
        )
    return found[0].name, found[0].id


def choose_organisation(assignees: Assignees, case: Case, wanted: str) -> str:
    """Find the organisation that is meant, as its accounts write it; what stands with the case may stay.

    Raises
    ------
    AssigneeError
        If nobody of it may work on this case.
    """
    text = wanted.strip()
    if text == case.assigned_organisation:
        return text
    for organisation in assignees.within(case.gebied).organisations:
        if organisation.casefold() == text.casefold():
            return organisation
    raise AssigneeError(
        f"wanted for {case.number} an organisation with an account that may work on it, found '{text}': "
        "choose one of the list"
    )
