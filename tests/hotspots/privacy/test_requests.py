"""Requests of people about their own data: their term, and that each step is kept without who asks."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, select

from hotspots.access.rights import Actor, Role
from hotspots.errors import ForbiddenError, NotFoundError, SubjectError
from hotspots.privacy.answering import Sought, SoughtBy, erase, look_up
from hotspots.privacy.requests import (
    Asked,
    Outcome,
    answer_request,
    extend,
    months_after,
    note_identity,
    open_request,
    read_request,
    read_requests,
    read_steps,
)
from hotspots.privacy.retention import remove_expired
from hotspots.settings import Settings
from hotspots.store.case_tables import access_log, sent_forms
from hotspots.store.database import Database
from hotspots.store.report_tables import report_texts, reports
from tests.hotspots.privacy.conftest import SECRET, count

NOW = datetime(2024, 3, 11, 9, tzinfo=UTC)
TODAY = date(2024, 3, 11)
OFFICER = Actor("p", "P. Officer", Role.PRIVACY)
Opened = Callable[..., int]


@pytest.fixture
def opened(database: Database) -> Opened:
    """Write a request down, and unless told otherwise how it was checked who asks; gives its number."""

    def make(kind: Asked = Asked.ACCESS, *, is_checked: bool = True) -> int:
        with database.writing() as connection:
            made = open_request(
                connection,
                kind=kind,
                received_on=date(2024, 1, 31),
                reference="Z-12",
                by=OFFICER,
                now=NOW,
                today=TODAY,
            )
            if is_checked:
                note_identity(connection, made.id, "paspoort aan de balie", by=OFFICER, now=NOW)
        return made.id

    return make


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 12, 15), 1, date(2024, 1, 15)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_last_one(day: date, months: int, due: date) -> None:
    assert months_after(day, months) == due


def test_a_request_is_extended_once_and_answered_once(database: Database, opened: Opened) -> None:
    number = opened()
    with database.writing() as connection:
        assert read_request(connection, number).days_left(TODAY) == -11
        extend(connection, number, "Veel meldingen.", by=OFFICER, now=NOW)
        assert read_request(connection, number).due_on == date(2024, 4, 30)
        with pytest.raises(SubjectError, match="extended before"):
            extend(connection, number, "Nog meer.", by=OFFICER, now=NOW)
        with pytest.raises(SubjectError, match="why it is refused"):
            answer_request(connection, number, Outcome.REFUSED, " ", by=OFFICER, now=NOW)
        answer_request(connection, number, Outcome.GIVEN, "", by=OFFICER, now=NOW)
        with pytest.raises(SubjectError, match="was answered"):
            answer_request(connection, number, Outcome.NOTHING, "", by=OFFICER, now=NOW)
        request = read_request(connection, number)
        steps = [step.after["stap"] for step in read_steps(connection, request)]
    assert (request.outcome, request.closed_by) == ("gegevens gegeven", "P. Officer")
    assert steps == ["beantwoord", "verlengd", "vastgesteld wie het vraagt", "ontvangen"]


def test_what_waits_longest_comes_first_and_what_was_answered_last(
    database: Database, opened: Opened
) -> None:
    first, second, third = opened(), opened(), opened()
    with database.writing() as connection:
        answer_request(connection, first, Outcome.WITHDRAWN, "", by=OFFICER, now=NOW)
        extend(connection, second, "Moeilijk.", by=OFFICER, now=NOW)
        assert [request.id for request in read_requests(connection)] == [third, second, first]


def test_a_request_comes_in_up_to_today(database: Database) -> None:
    wanted = {"kind": Asked.ACCESS, "reference": "", "by": OFFICER, "now": NOW, "today": TODAY}
    with database.writing() as connection, pytest.raises(SubjectError, match="a day up to today"):
        open_request(connection, received_on=date(2024, 3, 12), **wanted)  # type: ignore[arg-type]


def number_of(connection: Connection, place: int) -> str:
    return str(connection.execute(select(reports.c.source_id).order_by(reports.c.id)).scalars().all()[place])


@pytest.mark.usefixtures("filled")
class TestLookingUp:
    def test_waits_until_it_is_known_who_asks(
        self, database: Database, settings: Settings, opened: Opened
    ) -> None:
        number = opened(is_checked=False)
        sought = Sought(SoughtBy.PHONE, "anna")
        with pytest.raises(SubjectError, match="how it was checked who asks"):
            look_up(database, settings, number, sought, by=OFFICER, now=NOW)
        assert count(database, access_log) == 0

    def test_is_for_who_handles_requests(
        self, database: Database, settings: Settings, opened: Opened
    ) -> None:
        sought, advisor = Sought(SoughtBy.PHONE, "anna"), Actor("o", "O. Adviseur", Role.OOV)
        with pytest.raises(ForbiddenError, match=r"verzoeken\.behandelen"):
            look_up(database, settings, opened(), sought, by=advisor, now=NOW)

    def test_by_who_reported_gives_all_of_theirs_and_by_number_that_one_alone(
        self, database: Database, settings: Settings, opened: Opened
    ) -> None:
        number = opened()
        with database.reading() as connection:
            written = number_of(connection, 3)
        every = look_up(database, settings, number, Sought(SoughtBy.MAIL, "Anna"), by=OFFICER, now=NOW)
        one = look_up(
            database, settings, number, Sought(SoughtBy.NUMBER, f" {written} "), by=OFFICER, now=NOW
        )
        assert [report["text"] for report in every["meldingen"]] == [f"{SECRET} {n}" for n in (0, 3, 6)]
        assert [report["text"] for report in one["meldingen"]] == [f"{SECRET} 3"]
        with database.reading() as connection:
            lines = connection.execute(select(access_log).order_by(access_log.c.id)).all()
            steps = read_steps(connection, read_request(connection, number))
        assert [(line.actor_id, line.right_used, line.report_count) for line in lines] == [
            ("p", "verzoeken.behandelen", 3),
            ("p", "verzoeken.behandelen", 1),
        ]
        assert lines[0].reason == f"verzoek {number}"
        assert steps[0].after == {"stap": "opgezocht, op meldingnummer", "meldingen": 1}

    def test_keeps_nothing_of_what_was_sought(
        self,
        database: Database,
        settings: Settings,
        opened: Opened,
        bytes_of: Callable[[Database], bytes],
    ) -> None:
        sought, number = Sought(SoughtBy.PHONE, "06-98765432"), opened()
        with pytest.raises(NotFoundError):
            look_up(database, settings, number, sought, by=OFFICER, now=NOW)
        assert b"98765432" not in bytes_of(database)
        with database.reading() as connection:  # that it was sought is
            steps = read_steps(connection, read_request(connection, number))
        assert steps[0].after == {"stap": "opgezocht, op telefoonnummer", "meldingen": 0}


@pytest.mark.usefixtures("filled")
class TestErasing:
    def test_is_not_done_for_who_only_asks_to_know(
        self, database: Database, settings: Settings, opened: Opened
    ) -> None:
        with pytest.raises(SubjectError, match="access only"):
            erase(database, settings, opened(), Sought(SoughtBy.MAIL, "anna"), by=OFFICER, now=NOW)
        assert count(database, report_texts) == 9

    def test_of_one_report_keeps_it_that_of_the_same_person(
        self, database: Database, settings: Settings, opened: Opened
    ) -> None:
        query = select(reports.c.reporter_id).order_by(reports.c.id)
        with database.writing() as connection:
            before, written = connection.execute(query).scalars().all(), number_of(connection, 3)
            shown = {"id": "f", "actor_id": "q", "digest": "d", "at": NOW, "answer": b"what another found"}
            connection.execute(insert(sent_forms).values(shown))
        number = opened(Asked.ERASURE)
        erased = erase(database, settings, number, Sought(SoughtBy.NUMBER, written), by=OFFICER, now=NOW)
        assert (erased.counts["reports"], erased.counts["texts"]) == (1, 1)
        assert "de code van de melder" in erased.kept
        with database.reading() as connection:
            assert connection.execute(query).scalars().all() == before
            assert number_of(connection, 3) != written
            steps = read_steps(connection, read_request(connection, number))
            assert connection.execute(select(sent_forms.c.answer)).scalars().all() == [None]
        assert steps[0].after["stap"] == "gewist, op meldingnummer"
        assert count(database, report_texts) == 8
        with pytest.raises(NotFoundError):
            erase(database, settings, number, Sought(SoughtBy.NUMBER, written), by=OFFICER, now=NOW)


def test_a_request_goes_some_time_after_its_answer(
    database: Database, settings: Settings, opened: Opened
) -> None:
    answered, waiting = opened(), opened()
    with database.writing() as connection:
        answer_request(connection, answered, Outcome.GIVEN, "", by=OFFICER, now=NOW)
    remove_expired(database, settings, now=NOW + timedelta(days=settings.retention.request_days + 1))
    with database.reading() as connection:
        assert [request.id for request in read_requests(connection)] == [waiting]
