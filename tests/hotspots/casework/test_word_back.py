"""Word back to reporters: the numbers by right and logged, and a text without persons."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update

from hotspots.access.rights import Actor, Role, visibility_of
from hotspots.casework.cases import CaseAccess, read_case
from hotspots.casework.measures import Plan, add_measure
from hotspots.casework.steps import move, triage
from hotspots.casework.word_back import ABOUT_SOMEBODY, WordBack, read_word_back
from hotspots.casework.workflow import MeasureKind
from hotspots.errors import ForbiddenError, WorkflowError
from hotspots.intake.reporter_key import ERASED
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from hotspots.store.report_tables import reports
from hotspots.tracking.hotspots import read_hotspot

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
SECRET = "Bij J. Jansen op nummer 47."


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is read are the reports of a place, tested on each database."""
    return sqlite_url


@pytest.fixture
def answer(
    database: Database, settings: Settings, placed: Callable[..., str], oov: Actor
) -> Callable[..., WordBack]:
    """Read the word back about a place in aanpak of a kind, with these measures."""

    def read(
        *kinds: MeasureKind, soort: str = "gebied", actor: Actor = oov, taken_as: str | None = None
    ) -> WordBack:
        access = CaseAccess(database, settings, oov, placed(soort=soort), NOW)
        triage(access, Status.VEILIGHEID, expected_version=1, reason=SECRET)
        for kind in kinds:
            plan = Plan(kind, SECRET, "J. Jansen", date(2024, 2, 1), date(2024, 5, 1))
            add_measure(access, plan)
        move(access, Status.IN_AANPAK, expected_version=read_case(access).version)
        own = CaseAccess(database, settings, actor, access.hotspot, NOW)
        with database.reading() as connection:
            hotspot = read_hotspot(connection, settings, own.hotspot, visibility=visibility_of(actor))
        return read_word_back(own, hotspot, taken_as=taken_as)

    return read


def test_the_text_tells_what_is_done_and_when_and_nothing_of_a_person(
    answer: Callable[..., WordBack],
) -> None:
    word = answer(MeasureKind.TOEZICHT, MeasureKind.GEBIEDSVERBOD)
    assert "U meldde overlast bij Binnenstad." in word.text
    assert "- extra toezicht op straat, sinds 1 februari 2024 tot en met 1 mei 2024" in word.text
    assert f"- {ABOUT_SOMEBODY}, sinds 1 februari 2024" in word.text
    assert word.text.endswith("Gemeente Maastricht")
    assert not any(part in word.text for part in ("Jansen", "47", "gebiedsverbod", "veiligheid"))


def test_of_a_dwelling_only_its_buurt_is_told_and_that_something_is_done(
    answer: Callable[..., WordBack],
) -> None:
    word = answer(MeasureKind.GEDRAGSAANWIJZING, MeasureKind.GESPREK, soort="woning")
    told = [line for line in word.text.splitlines() if line.startswith("- ")]
    assert told == [f"- {ABOUT_SOMEBODY}, sinds 1 februari 2024 tot en met 1 mei 2024"]


def test_the_numbers_are_those_of_the_source_and_every_reading_is_logged(
    answer: Callable[..., WordBack], database: Database
) -> None:
    word = answer(MeasureKind.TOEZICHT, taken_as="csv")
    assert len(word.reports) == 9
    assert (word.reports[0].source, word.reports[0].number) == ("test", "2024-03-03-0")
    assert word.reports[0].day == date(2024, 1, 2)
    with database.reading() as connection:
        (row,) = connection.execute(select(access_log)).all()
    assert (row.actor, row.right_used, row.report_count, row.taken_as) == (
        "O. Adviseur",
        "teksten.lezen",
        9,
        "csv",
    )


def test_a_report_that_was_erased_has_no_number_to_answer_to(
    answer: Callable[..., WordBack], database: Database, settings: Settings, oov: Actor
) -> None:
    answer(MeasureKind.TOEZICHT)
    with database.writing() as connection:
        one = update(reports).where(reports.c.source_id == "2024-03-03-0")
        connection.execute(one.values(source_id=f"{ERASED}1"))
    access = CaseAccess(database, settings, oov, "HS-2024-001", NOW)
    with database.reading() as connection:
        hotspot = read_hotspot(connection, settings, access.hotspot, visibility=visibility_of(oov))
    word = read_word_back(access, hotspot)
    assert (len(word.reports), word.nameless_count) == (8, 1)


@pytest.mark.parametrize("role", [Role.LEZER, Role.OOV, Role.PRIVACY])
def test_who_was_not_given_to_read_reports_gets_nothing_and_nothing_is_logged(
    answer: Callable[..., WordBack], database: Database, role: Role
) -> None:
    with pytest.raises(ForbiddenError):
        answer(MeasureKind.TOEZICHT, actor=Actor("x", "X", role, "gemeente"))
    with database.reading() as connection:
        assert connection.execute(select(access_log)).all() == []


def test_there_is_nothing_to_tell_before_something_is_done(
    database: Database, settings: Settings, placed: Callable[..., str], oov: Actor
) -> None:
    access = CaseAccess(database, settings, oov, placed(), NOW)
    with database.reading() as connection:
        hotspot = read_hotspot(connection, settings, access.hotspot, visibility=visibility_of(oov))
    with pytest.raises(WorkflowError, match="answers to reporters are given while it is 'in aanpak'"):
        read_word_back(access, hotspot)
    with database.reading() as connection:
        assert connection.execute(select(access_log)).all() == []
