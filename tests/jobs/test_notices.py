"""The mails to people by job, on a real mail server: once a day, by choice, by the rights of that moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from hotspots.access.people import read_people
from hotspots.access.rights import LETTING_IN, Actor
from hotspots.access.signed_links import load_signing_key
from hotspots.casework.cases import CaseAccess, read_case
from hotspots.casework.steps import assign, triage
from hotspots.errors import MailError
from hotspots.model import Status
from hotspots.publishing.follows import FollowKind, buurten_shape, circle, follow_area, follow_place
from hotspots.publishing.subscriptions import (
    Every,
    MailKind,
    Subscription,
    read_own_subscription,
    set_own_subscription,
    unsubscribe_by_link,
)
from hotspots.settings import MailSettings, ServiceSettings, Settings
from hotspots.store.case_tables import notices, users
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspot_states, hotspots, runs
from jobs.notices import tell_people
from tests.mailbox import Mailbox

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
NEXT_MORNING = NOW + timedelta(hours=22)
SERVICE = "https://hotspots.example.org"
OWN, OTHER = "BU09350000", "BU09350100"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what a mail tells is read by the queries of the library, tested on each database."""
    return sqlite_url


@dataclass(frozen=True)
class Town:
    """Two members of a gebiedsteam and an adviser, places, and what assigns and mails."""

    database: Database
    settings: Settings
    agent: Actor
    colleague: Actor
    adviser: Actor
    placed: Callable[..., str]

    def places(self, *soorten: str) -> list[str]:
        """Write places that are all in the last run; gives their ids."""
        ids = [self.placed(soort=soort) for soort in soorten]
        with self.database.writing() as connection:
            last = connection.execute(select(runs.c.id).order_by(runs.c.as_of.desc()).limit(1)).scalar_one()
            connection.execute(update(hotspot_states).values(run_id=last, told_run_id=last))
        return ids

    def give(self, hotspot_id: str, *, by: Actor | None = None, at: datetime = NOW, **whom: Any) -> None:
        """Assign a case."""
        access = CaseAccess(self.database, self.settings, by or self.adviser, hotspot_id, at)
        assign(access, expected_version=read_case(access).version, **whom)

    def wish(self, actor: Actor, **choice: object) -> None:
        """Choose mail of what is assigned, and nothing else unless chosen."""
        wanted = {"wants_weeks": False, "wants_assigned": True} | choice
        address = f"{actor.name[0].lower()}@example.org"
        subscription = Subscription(address, **wanted)  # type: ignore[arg-type]  # as a form gives it
        set_own_subscription(self.database, actor=actor, wanted=subscription, now=NOW - timedelta(days=1))

    def mail(self, now: datetime = NEXT_MORNING) -> dict[str, int]:
        """Do the job."""
        return dict(tell_people(self.database, self.settings, clock=lambda: now, heartbeat=lambda: None))


@pytest.fixture
def town(
    database: Database,
    settings: Settings,
    placed: Callable[..., str],
    gebied_of_buurt: Callable[[str], str],
    add_colleague: Callable[..., str],
    tmp_path: Path,
    mail_port: int,
) -> Town:
    """People, a place to begin with, and a mail server."""
    own = [gebied_of_buurt(OWN)]
    add_colleague("Agent A", "gebiedsteam", "politie", own)
    add_colleague("Buurtagent B", "gebiedsteam", "politie", own)
    add_colleague("Overleg O", "oov", "OOV")
    with database.reading() as connection:
        people = [person.actor for person in read_people(connection)]
    own_settings = settings.model_copy(
        update={
            "service": ServiceSettings(address=SERVICE, signing_key_file=tmp_path / "signing.key"),
            "mail": MailSettings(host="127.0.0.1", port=mail_port, security="none", sender="h@example.org"),
        }
    )
    agent, colleague, adviser = people
    return Town(database, own_settings, agent, colleague, adviser, placed)


def to(mailbox: Mailbox) -> list[str]:
    return sorted(str(mail["To"]) for mail in mailbox.received)


def test_whom_a_case_is_given_to_gets_one_mail_a_day_with_a_number_a_name_and_a_link(
    town: Town, mailbox: Mailbox
) -> None:
    first, second, woning = town.places("gebied", "gebied", "woning")
    town.wish(town.agent)
    for hotspot_id in (first, second, woning):
        town.give(hotspot_id, person=town.agent.id)
    assert town.mail() == {"mails": 1, "refusedMails": 0}
    assert town.mail(NEXT_MORNING + timedelta(hours=3)) == {"mails": 0, "refusedMails": 0}
    (mail,) = mailbox.received
    text = mail.get_content()
    assert [f"{SERVICE}/hotspots/HS-2024-00{number}" in text for number in (1, 2, 3)] == [True] * 3
    assert "- Binnenstad (HS-2024-001)" in text
    assert "- HS-2024-003" in text.splitlines()  # of a dwelling not even its buurt
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "melding" not in text.replace("gegevens uit meldingen", "")
    town.give(first, person=town.colleague.id, at=NEXT_MORNING)
    town.give(first, person=town.agent.id, at=NEXT_MORNING)
    assert town.mail(NEXT_MORNING + timedelta(days=1))["mails"] == 1
    assert "HS-2024-002" not in mailbox.received[1].get_content()


def test_without_having_asked_nobody_gets_it_and_nobody_hears_of_what_they_did_themselves(
    town: Town, mailbox: Mailbox
) -> None:
    hotspot_id = town.placed()
    town.give(hotspot_id, person=town.agent.id)
    assert town.mail()["mails"] == 0
    town.wish(town.agent, wants_assigned=False, wants_weeks=True)
    assert town.mail()["mails"] == 0
    town.wish(town.agent)
    town.give(hotspot_id, by=town.agent, person=town.agent.id, at=NEXT_MORNING)
    assert (
        town.mail(NEXT_MORNING + timedelta(days=1))["mails"] == 1
    )  # of what the adviser did, after the wish
    town.give(hotspot_id, by=town.agent, person=town.agent.id, at=NEXT_MORNING + timedelta(days=1))
    assert town.mail(NEXT_MORNING + timedelta(days=2))["mails"] == 0
    assert to(mailbox) == ["a@example.org"]


def test_what_is_given_to_an_organisation_is_told_to_its_people_until_one_of_them_has_it(
    town: Town, mailbox: Mailbox
) -> None:
    first, second = town.places("gebied", "gebied")
    town.wish(town.agent)
    town.wish(town.colleague)
    town.give(first, organisation="politie")
    town.give(second, organisation="politie")
    town.give(second, organisation="politie", person=town.colleague.id)
    assert town.mail()["mails"] == 2
    by_address = {str(mail["To"]): mail.get_content() for mail in mailbox.received}
    assert "HS-2024-002" not in by_address["a@example.org"]
    assert "HS-2024-002" in by_address["b@example.org"]


BEFORE_SENDING = {
    "blocked": {"is_disabled": True},
    "waiting to be let in": {"asked": [str(LETTING_IN)]},
    "moved to another area": {"gebieden": ["Elders"]},
    "of another role": {"role": "lezer", "gebieden": []},
}


@pytest.mark.parametrize("values", BEFORE_SENDING.values(), ids=BEFORE_SENDING.keys())
def test_who_lost_the_right_before_the_mail_is_sent_gets_nothing_of_it(
    town: Town, mailbox: Mailbox, values: dict[str, object]
) -> None:
    town.wish(town.agent)
    town.give(town.placed(), person=town.agent.id)
    with town.database.writing() as connection:
        connection.execute(update(users).where(users.c.id == town.agent.id).values(values))
    assert town.mail() == {"mails": 0, "refusedMails": 0}
    assert mailbox.received == []


def test_a_right_that_is_lost_while_the_job_is_at_work_counts(town: Town, mailbox: Mailbox) -> None:
    town.wish(town.agent)
    town.wish(town.colleague)
    town.give(town.placed(), organisation="politie")

    def block_the_others() -> None:
        with town.database.writing() as connection:
            connection.execute(update(users).values(is_disabled=True))

    tell_people(
        town.database, town.settings, clock=lambda: NEXT_MORNING, heartbeat=block_the_others
    )  # after the first mail
    assert len(mailbox.received) == 1


def test_what_is_done_or_somebody_elses_by_then_is_not_told(town: Town) -> None:
    town.wish(town.agent)
    done, gone = town.places("gebied", "gebied")
    town.give(done, person=town.agent.id)
    town.give(gone, person=town.agent.id)
    town.give(gone, person=town.colleague.id)
    with town.database.writing() as connection:
        connection.execute(update(hotspots).where(hotspots.c.id == done).values(status="gesloten"))
    assert town.mail()["mails"] == 0


def test_a_busy_server_is_tried_again_and_a_gone_address_only_the_next_day(
    town: Town, mailbox: Mailbox
) -> None:
    town.wish(town.agent)
    town.give(town.placed(), person=town.agent.id)
    mailbox.is_busy = True
    with pytest.raises(MailError, match="1 of 1 mails could not be sent"):
        town.mail()
    mailbox.is_busy = False
    assert town.mail() == {"mails": 1, "refusedMails": 0}
    with town.database.reading() as connection:
        (row,) = connection.execute(select(notices)).all()
    assert (row.attempts, row.problem, row.kind) == (2, None, "toewijzing")


def test_the_link_in_the_mail_ends_that_kind_only(town: Town, mailbox: Mailbox) -> None:
    town.wish(town.agent, wants_weeks=True)
    town.give(town.placed(), person=town.agent.id)
    town.mail()
    mail: EmailMessage = mailbox.received[0]
    token = str(mail["List-Unsubscribe"]).strip("<>").rsplit("/", 1)[1]
    key = load_signing_key(town.settings.service)
    assert unsubscribe_by_link(town.database, key, token, now=NOW) is MailKind.ASSIGNED
    with town.database.reading() as connection:
        left = read_own_subscription(connection, actor=town.agent)
    assert left is not None
    assert (left.wants_weeks, left.wants_assigned) == (True, False)


class TestFollowing:
    """Mail of what changes where somebody follows."""

    @pytest.fixture
    def two(self, town: Town) -> list[str]:
        """A place and a dwelling that the agent follows by the buurt, with mail each day."""
        ids = town.places("gebied", "woning")
        with town.database.reading() as connection:
            shape = buurten_shape(connection, [OWN])
        self.follow(town, town.agent, shape)
        town.wish(town.agent, wants_assigned=False, followed_every=Every.DAY)
        return ids

    def follow(self, town: Town, actor: Actor, shape: Any) -> None:
        area: dict[str, Any] = {"kind": FollowKind.BUURTEN, "name": "Mijn buurt", "shape": shape}
        follow_area(town.database, actor=actor, now=NOW, **area)

    def decide(self, town: Town, hotspot_id: str, at: datetime = NOW) -> None:
        access = CaseAccess(town.database, town.settings, town.adviser, hotspot_id, at)
        version = read_case(access).version
        triage(access, Status.LEEFBAARHEID, expected_version=version, reason="Geheim besluit.")

    def test_tells_what_is_new_and_decided_once_and_of_a_dwelling_only_that_it_changed(
        self, town: Town, mailbox: Mailbox, two: list[str]
    ) -> None:
        self.decide(town, two[0])
        self.decide(town, two[1])
        assert town.mail() == {"mails": 1, "refusedMails": 0}
        lines = mailbox.received[0].get_content().splitlines()
        assert "- Binnenstad (HS-2024-001): een oordeel of besluit" in lines
        assert "- HS-2024-002" in lines
        assert not any("Geheim" in line or "leefbaarheid" in line for line in lines)
        assert town.mail(NEXT_MORNING + timedelta(days=1))["mails"] == 0

    def test_is_by_the_rights_of_the_moment_of_sending(
        self, town: Town, mailbox: Mailbox, two: list[str]
    ) -> None:
        for hotspot_id in two:
            self.decide(town, hotspot_id)
        with town.database.writing() as connection:
            values = {"role": "lezer", "gebieden": []}
            connection.execute(update(users).where(users.c.id == town.agent.id).values(values))
        assert town.mail()["mails"] == 1  # of what a reader may know: a decision, by its status
        assert "HS-2024-002" not in mailbox.received[0].get_content()
        with town.database.writing() as connection:
            blocked = update(users).where(users.c.id == town.agent.id).values(is_disabled=True)
            connection.execute(blocked)
        self.decide_again(town, two[0], NEXT_MORNING)
        assert town.mail(NEXT_MORNING + timedelta(days=1))["mails"] == 0

    @pytest.mark.parametrize("values", BEFORE_SENDING.values(), ids=BEFORE_SENDING.keys())
    def test_tells_nothing_of_what_may_not_be_known_any_more_when_it_is_sent(
        self, town: Town, mailbox: Mailbox, two: list[str], values: dict[str, object]
    ) -> None:
        """Of a place that is followed itself too, and that pointed at a person since."""
        for hotspot_id in two:
            follow_place(town.database, town.settings, actor=town.agent, hotspot=hotspot_id, now=NOW)
            self.decide(town, hotspot_id)
        with town.database.writing() as connection:
            connection.execute(update(users).where(users.c.id == town.agent.id).values(values))
            connection.execute(update(hotspots).values(points_at_persons=True))
        assert town.mail() == {"mails": 0, "refusedMails": 0}
        assert mailbox.received == []

    def decide_again(self, town: Town, hotspot_id: str, at: datetime) -> None:
        access = CaseAccess(town.database, town.settings, town.adviser, hotspot_id, at)
        version = read_case(access).version
        triage(access, Status.VEILIGHEID, expected_version=version, reason="Toch.")

    def test_is_told_once_a_week_at_most_to_who_wants_that(self, town: Town, two: list[str]) -> None:
        town.wish(town.agent, wants_assigned=False, followed_every=Every.WEEK)
        self.decide(town, two[0])
        assert town.mail()["mails"] == 1
        self.decide_again(town, two[0], NEXT_MORNING + timedelta(hours=1))
        counts = [town.mail(NEXT_MORNING + timedelta(days=day))["mails"] for day in range(1, 9)]
        assert counts == [0, 0, 0, 0, 0, 0, 1, 0]

    def test_places_elsewhere_are_not_told_of(self, town: Town) -> None:
        (hotspot_id,) = town.places("gebied")
        far = circle(town.settings, lon=5.8, lat=50.9, radius_m=100)
        self.follow(town, town.agent, far)
        town.wish(town.agent, wants_assigned=False, followed_every=Every.DAY)
        self.decide(town, hotspot_id)
        assert town.mail()["mails"] == 0
