"""What people do with the hotspots of simulated years, week by week, by the functions that pages use.

Each act is dated as if it was done then: after the run that showed the place, and before the next one, which
takes it into account.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import cycle

import numpy as np
import pandas as pd

from hotspots.access.accounts import DEMO_PARTNER, list_users
from hotspots.access.machine_tokens import add_token
from hotspots.access.people import actor_of_row
from hotspots.access.rights import EVERYTHING, Actor, Right, Role, may
from hotspots.casework.cases import Case, CaseAccess, read_case
from hotspots.casework.dossier import comment, enrich
from hotspots.casework.exact_data import read_points, read_texts
from hotspots.casework.measures import Plan, add_measure, read_measures
from hotspots.casework.steps import assign, move
from hotspots.casework.verdicts import judge
from hotspots.casework.workflow import CAN_BE_JUDGED, CAN_BE_PLANNED, next_steps
from hotspots.evaluation.staged_years import StagedYears
from hotspots.evaluation.stories import Act, Course, load_stories
from hotspots.model import Indicatie, Status, Trend
from hotspots.publishing.embeds import add_embed
from hotspots.publishing.subscriptions import Subscription, set_own_subscription
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.selection import Selection

NEAR_M = 60.0
"""A place that is found further from a planted one is another."""

FRIDAY = 4

_QUIET = (Trend.STIL, Trend.BEEINDIGD)
_TARGETS: Mapping[str, Status] = {
    "verifiëren": Status.IN_VERIFICATIE,
    "aanpak": Status.IN_AANPAK,
    "nazorg": Status.NAZORG,
    "sluiten": Status.GESLOTEN,
}


@dataclass(frozen=True)
class People:
    """Who acts: accounts of the demo."""

    oov: Actor
    team: Actor
    police: Actor
    administrator: Actor


def people_of(database: Database) -> People:
    """Read the accounts that :func:`hotspots.access.accounts.add_demo_users` made, as who acts."""
    found = {account.name: actor_of_row(account) for account in list_users(database)}
    return People(found[Role.OOV], found[Role.GEBIEDSTEAM], found[DEMO_PARTNER], found[Role.BEHEERDER])


@dataclass
class _Planned:
    hotspot_id: str
    acts: list[tuple[datetime, Act]]  # in the order in which they are done


@dataclass
class SimulatedCasework:
    """People at work on the hotspots of simulated years, in a database in which the weekly runs are done.

    Parameters
    ----------
    now
        Nothing is done after this moment.
    """

    database: Database
    settings: Settings
    people: People
    staged: StagedYears
    now: datetime
    seen: dict[str, str] = field(default_factory=dict)  # story by id of the hotspot; empty for the others
    done: int = 0
    _agenda: list[_Planned] = field(default_factory=list)
    _courses: "cycle[Course]" = field(default_factory=lambda: cycle(load_stories().courses))

    def after_run(self, as_of: date) -> None:
        """Do what people do in the week after a run."""
        with self.database.reading() as connection:
            found = {
                spot.id: spot for spot in read_hotspots(connection, self.settings, Selection(EVERYTHING))
            }
        # by place, as numbers are drawn at random: the same demo each time
        for spot in sorted(found.values(), key=lambda spot: (spot.lon, spot.lat)):
            if spot.id not in self.seen:
                self._plan(spot, as_of)
        until = min(self._at(as_of + timedelta(days=8), time()), self.now)
        for planned in self._agenda:
            spot = found[planned.hotspot_id]
            while planned.acts and planned.acts[0][0] < until:
                moment, act = planned.acts[0]
                if act.is_quiet and spot.trend not in _QUIET:
                    planned.acts = [(moment + timedelta(weeks=1), act) for moment, act in planned.acts]
                    break
                self._do(spot, act, moment)
                planned.acts.pop(0)

    def _plan(self, spot: Hotspot, as_of: date) -> None:
        story = self._story_of(spot, as_of)
        self.seen[spot.id] = story
        own = [acts for name, acts in self._acts_of_stories() if name == story]
        acts = own[0] if own else next(self._courses).acts
        earliest, planned = self._at(as_of + timedelta(days=1), time(9)), []
        for number, act in enumerate(acts):
            day = (
                spot.eerste_signalering + timedelta(days=act.after)
                if act.after is not None
                else self.staged.simulated.last - timedelta(days=act.ago or 0)
            )
            day += timedelta(days=7 - day.weekday() if day.weekday() > FRIDAY else 0)
            minutes = (len(self._agenda) * 83 + number * 47) % 420  # between nine and four
            earliest = max(self._at(day, time(9)) + timedelta(minutes=minutes), earliest)
            planned.append((earliest, act))
            earliest += timedelta(minutes=20)
        self._agenda.append(_Planned(spot.id, planned))

    def _acts_of_stories(self) -> Sequence[tuple[str, tuple[Act, ...]]]:
        return [(story.name, story.acts) for story in self.staged.stories.values()]

    def _story_of(self, spot: Hotspot, as_of: date) -> str:
        """The story of the planted place that was found; empty if it has none, or was found before."""
        places: pd.DataFrame = self.staged.simulated.places
        x, y = self.staged.simulated.city.projection.to_metres([spot.lon], [spot.lat])
        away = np.hypot(places["x"] - x[0], places["y"] - y[0])
        is_there = (away <= NEAR_M) & (places["kind"] == "hotspot") & (places["start"] <= as_of)
        if not is_there.any():
            return ""
        nearest = int(places.loc[away[is_there].idxmin(), "place"])
        story = self.staged.stories.get(nearest)
        return story.name if story is not None and story.name not in self.seen.values() else ""

    def _do(self, spot: Hotspot, act: Act, moment: datetime) -> None:
        actor = self._actor(act, spot)
        access = CaseAccess(self.database, self.settings, actor, spot.id, moment)
        case = read_case(access)
        if act.who == "regie" and case.verdict is Status.LEEFBAARHEID and self._knows(self.people.team, spot):
            access = CaseAccess(self.database, self.settings, self.people.team, spot.id, moment)
        _DEEDS[act.do](access, case, act, _status_of(act, spot))
        self.done += 1

    def _actor(self, act: Act, spot: Hotspot) -> Actor:
        wanted = {"politie": self.people.police, "team": self.people.team}.get(act.who, self.people.oov)
        return wanted if self._knows(wanted, spot) else self.people.oov

    def _knows(self, actor: Actor, spot: Hotspot) -> bool:
        return may(actor, Right.READ_CASES, spot.gebied)

    def _at(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self.settings.municipality.zone)


def share_and_subscribe(
    database: Database, settings: Settings, people: People, *, gebied: str, now: datetime
) -> None:
    """Share two maps, make a token for a machine and subscribe to the weekly mail, some days before now."""
    before = now - timedelta(days=12)
    for actor, where in ((people.oov, None), (people.team, gebied)):
        add_embed(database, settings, actor=actor, gebied=where, peildatum=None, days=90, now=before)
    add_token(
        database,
        name="dashboard",
        scopes=[Right.READ_HOTSPOTS],
        expires_at=before + timedelta(days=settings.sign_in.token_days),
        created_by=people.administrator.name,
        now=before,
        maker=people.administrator,
    )
    wanted = Subscription(address="gebiedsteam@example.org", gebieden=[gebied], every_weeks=1)
    set_own_subscription(database, actor=people.team, wanted=wanted, now=before)


def _status_of(act: Act, spot: Hotspot) -> Status:
    """The verdict or decision of an act; without one what the reports suggest."""
    if act.status is not None:
        return act.status
    return Status.VEILIGHEID if spot.indicatie is Indicatie.VEILIGHEID else Status.LEEFBAARHEID


_Deed = Callable[[CaseAccess, Case, Act, Status], object]


def _move(access: CaseAccess, case: Case, act: Act, status: Status) -> None:
    """Move it, unless it stands where this step is not open: the run may have put it back on the list."""
    wanted = _TARGETS.get(act.do, status)
    steps = {step.target: step for step in next_steps(case.status, access.actor, case.verdict)}
    if wanted not in steps or (act.do == "verifiëren" and case.status is not Status.KANDIDAAT):
        return
    if act.do == "aanpak" and not read_measures(access):
        return
    day = access.settings.municipality.local_day(access.now)
    until = day + timedelta(days=act.until) if act.until else None
    move(access, wanted, expected_version=case.version, reason=act.text, until=until)


def _judge(access: CaseAccess, case: Case, act: Act, status: Status) -> None:
    if case.status in CAN_BE_JUDGED:
        judge(access, status, reason=act.text)


def _plan_measure(access: CaseAccess, case: Case, act: Act, _: Status) -> None:
    if case.status in CAN_BE_PLANNED:
        begin = access.settings.municipality.local_day(access.now) + timedelta(days=act.starts)
        end = begin + timedelta(days=act.days)
        add_measure(access, Plan(act.kind, act.text, act.owner, begin, end))


def _read(access: CaseAccess, *_: object) -> None:
    if may(access.actor, Right.READ_TEXTS, None) or access.actor.gebieden:
        read_points(access)
        read_texts(access)


_DEEDS: Mapping[str, _Deed] = {
    "verifiëren": _move,
    "besluiten": _move,
    "aanpak": _move,
    "nazorg": _move,
    "sluiten": _move,
    "oordelen": _judge,
    "maatregel": _plan_measure,
    "verrijken": lambda access, _, act, __: enrich(access, act.text, sharing=act.sharing),
    "opmerken": lambda access, _, act, __: comment(access, act.text),
    "toewijzen": lambda access, case, act, _: assign(
        access, expected_version=case.version, organisation=act.owner
    ),
    "lezen": _read,
}
