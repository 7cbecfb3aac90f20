"""The hotspots of a week in groups, tasks first, and the changes since the week before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hotspots.access.rights import Actor, Role
from hotspots.casework.tasks import Task
from hotspots.model import Trend
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.listed import is_listed


class GroupName(StrEnum):
    """A group of hotspots; in Dutch, as in the address of the page."""

    OORDEEL = "oordeel"
    TE_LAAT = "te-laat"
    NIEUW = "nieuw"
    TOEGENOMEN = "toegenomen"
    STIL = "stil"
    VERDER = "verder"
    AFGEROND = "afgerond"


OF_TASKS = (GroupName.OORDEEL, GroupName.TE_LAAT)
"""Groups of what people have to do."""


@dataclass(frozen=True)
class Group:
    """Hotspots of a week with the same task or trend."""

    name: GroupName
    title: str
    explanation: str
    hotspots: Sequence[Hotspot]

    @property
    def is_urgent(self) -> bool:
        """Whether the group needs action."""
        return bool(self.hotspots) and self.name in OF_TASKS


@dataclass(frozen=True)
class Section:
    """A group on the page of all of them, without the hotspots that stand above it in an earlier group."""

    group: Group
    hotspots: Sequence[Hotspot]

    @property
    def above(self) -> int:
        """How many of the group stand above it."""
        return len(self.group.hotspots) - len(self.hotspots)


@dataclass(frozen=True)
class Changes:
    """The hotspots that came on or went off the list since the week before."""

    before: int
    now: int
    came: Sequence[Hotspot]
    went: Sequence[Hotspot]


def changes(
    now: Sequence[Hotspot], before: Sequence[str], read: Callable[[Sequence[str]], Iterable[Hotspot]]
) -> Changes:
    """Compare the lists of two weeks.

    Parameters
    ----------
    now
        All hotspots of this week, also those not on the list.
    before
        The ids of those that were on the list of the week before, in its order.
    read
        Reads the hotspots of then with these ids, for those that are in no way known now.
    """
    listed = [spot for spot in now if is_listed(spot)]
    gone = set(before) - {spot.id for spot in listed}
    known = {spot.id: spot for spot in now if spot.id in gone}
    if len(known) < len(gone):
        known |= {spot.id: spot for spot in read(sorted(gone - known.keys()))}
    then = set(before)
    return Changes(
        before=len(before),
        now=len(listed),
        came=[spot for spot in listed if spot.id not in then],
        went=[known[one] for one in before if one in gone],
    )


def grouped(hotspots: Sequence[Hotspot], tasks: Mapping[str, Task], actor: Actor | None) -> list[Group]:
    """Group the hotspots of a week: what waits for the reader, new, grown, late, the rest, quiet, done.

    A hotspot is in one group by its trend, and can also be in groups of tasks. Ended hotspots are left out.

    Parameters
    ----------
    tasks
        Tasks by id of the hotspot, as far as the reader may know.
    """
    listed = [spot for spot in hotspots if is_listed(spot)]
    is_oov = actor is not None and actor.role is Role.OOV

    def of(*trends: Trend) -> list[Hotspot]:
        return [spot for spot in listed if spot.trend in trends]

    def with_task(is_asked: Callable[[Task], bool]) -> list[Hotspot]:
        return [spot for spot in hotspots if spot.id in tasks and is_asked(tasks[spot.id])]

    groups = [
        Group(
            GroupName.OORDEEL,
            "Wacht op uw besluit" if is_oov else "Wacht op uw oordeel",
            "Partners gaven hun oordeel; OOV besluit."
            if is_oov
            else "Uw organisatie heeft hier nog geen oordeel gegeven.",
            with_task(lambda task: task.awaits_reader),
        ),
        Group(GroupName.NIEUW, "Nieuw", "Voor het eerst op de lijst in de afgelopen weken.", of(Trend.NIEUW)),
        Group(
            GroupName.TOEGENOMEN, "Toegenomen", "Meer meldingen dan in de weken ervoor.", of(Trend.TOENEMEND)
        ),
        Group(
            GroupName.TE_LAAT,
            "Te laat",
            "De termijn voor de volgende stap is voorbij.",
            with_task(lambda task: task.is_overdue),
        ),
        Group(
            GroupName.VERDER,
            "Al langer op de lijst",
            "Niet nieuw, en niet duidelijk toegenomen.",
            of(Trend.AANHOUDEND, Trend.AFNEMEND, Trend.WISSELEND),
        ),
        Group(GroupName.STIL, "Stil geworden", "Al een aantal weken geen nieuwe melding.", of(Trend.STIL)),
        Group(
            GroupName.AFGEROND,
            "Afgerond",
            "Gesloten, of beoordeeld als geen hotspot; komt terug als het beeld duidelijk sterker wordt.",
            [spot for spot in hotspots if spot.trend is not Trend.BEEINDIGD and not is_listed(spot)],
        ),
    ]
    return groups if tasks else [group for group in groups if group.name not in OF_TASKS]


def sections(groups: Sequence[Group]) -> list[Section]:
    """The groups one below the other, each hotspot in the first that has it; done ones are left out."""
    shown: set[str] = set()
    found = []
    for group in groups:
        if group.name is not GroupName.AFGEROND:
            left = [spot for spot in group.hotspots if spot.id not in shown]
            shown |= {spot.id for spot in left}
            found.append(Section(group, left))
    return [section for section in found if section.hotspots]
