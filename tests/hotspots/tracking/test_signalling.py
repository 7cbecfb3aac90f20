"""Stopping signalling, and starting it again: who, how, and which weeks are done afterwards."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from hotspots.access.access_changes import OPERATOR
from hotspots.access.rights import Actor, Role
from hotspots.errors import SignallingError, StoppedError
from hotspots.settings import Settings
from hotspots.store.case_tables import admin_changes
from hotspots.store.database import Database
from hotspots.tracking.signalling import (
    Signalling,
    keep_stopped,
    read_signalling,
    require_running,
    resume_signalling,
    stop_signalling,
    stopped_sentence,
    without_stopped_weeks,
)

OFFICER = Actor("1", "P. Functionaris", Role.PRIVACY)
ADVISER = Actor("2", "O. Adviseur", Role.OOV)
TUESDAY = datetime(2024, 1, 2, 10, tzinfo=UTC)


def state_of(database: Database) -> Signalling:
    with database.reading() as connection:
        return read_signalling(connection)


def test_one_person_stops_it_at_once_with_a_reason_and_nobody_stops_it_twice(
    database: Database, settings: Settings
) -> None:
    assert not state_of(database).is_stopped
    with pytest.raises(SignallingError, match="wanted a reason"):
        stop_signalling(database, by=OFFICER, at=TUESDAY, reason="  ")
    stop_signalling(database, by=OFFICER, at=TUESDAY, reason="Klacht over scheve meldingen.")
    stopped = state_of(database).stopped
    assert stopped is not None
    assert (stopped.by, stopped.at, stopped.reason) == (
        "P. Functionaris",
        TUESDAY,
        "Klacht over scheve meldingen.",
    )
    with pytest.raises(SignallingError, match="stopped already"):
        stop_signalling(database, by=ADVISER, at=TUESDAY, reason="Ook.")
    with database.reading() as connection:
        assert (
            stopped_sentence(connection, settings)
            == "Het zoeken naar plekken is gestopt sinds 2 januari 2024."
        )
        with pytest.raises(StoppedError, match="hotspots resume"):
            require_running(connection)


def test_starting_again_takes_two_persons_unless_the_setting_says_that_one_is_enough(
    database: Database, settings: Settings
) -> None:
    stop_signalling(database, by=OFFICER, at=TUESDAY, reason="Klacht.")
    assert not resume_signalling(database, settings, by=OFFICER, at=TUESDAY, reason="Opgelost.")
    assert state_of(database).is_stopped
    with pytest.raises(SignallingError, match="second person"):
        resume_signalling(database, settings, by=OFFICER, at=TUESDAY, reason="Echt.")
    assert resume_signalling(database, settings, by=ADVISER, at=TUESDAY, reason="Eens.")
    assert not state_of(database).is_stopped
    alone = settings.model_copy(
        update={"signalling": settings.signalling.model_copy(update={"second_person_resumes": False})}
    )
    stop_signalling(database, by=OFFICER, at=TUESDAY, reason="Weer.")
    assert resume_signalling(database, alone, by=OFFICER, at=TUESDAY, reason="Opgelost.")
    assert not state_of(database).is_stopped


def test_who_runs_the_server_is_the_second_person_by_another_name(
    database: Database, settings: Settings
) -> None:
    first, other = (Actor(OPERATOR.id, name, None) for name in ("A. Beheer", "B. Beheer"))
    stop_signalling(database, by=first, at=TUESDAY, reason="Klacht.")
    resume_signalling(database, settings, by=first, at=TUESDAY, reason="Opgelost.")
    for same in (first, Actor("7", "a. beheer", Role.BEHEERDER)):  # on the server again, or on the page
        with pytest.raises(SignallingError, match="second person"):
            resume_signalling(database, settings, by=same, at=TUESDAY, reason="Opgelost.")
    assert resume_signalling(database, settings, by=other, at=TUESDAY, reason="Eens.")


def test_what_was_asked_can_be_refused_and_asked_again(database: Database, settings: Settings) -> None:
    stop_signalling(database, by=OFFICER, at=TUESDAY, reason="Klacht.")
    with pytest.raises(SignallingError, match="nobody asked"):
        keep_stopped(database, by=ADVISER, at=TUESDAY, reason="Nee.")
    resume_signalling(database, settings, by=ADVISER, at=TUESDAY, reason="Opgelost.")
    keep_stopped(database, by=OFFICER, at=TUESDAY, reason="Nog niet.")
    assert state_of(database).asked is None
    assert state_of(database).is_stopped
    resume_signalling(database, settings, by=ADVISER, at=TUESDAY, reason="Nu wel.")
    asked = state_of(database).asked
    assert asked is not None
    assert asked.reason == "Nu wel."


def test_each_step_is_a_line_in_the_history_of_administrators(database: Database, settings: Settings) -> None:
    stop_signalling(database, by=OFFICER, at=TUESDAY, reason="Klacht.")
    resume_signalling(database, settings, by=OFFICER, at=TUESDAY, reason="Opgelost.")
    with database.reading() as connection:
        rows = connection.execute(select(admin_changes).order_by(admin_changes.c.id)).all()
    assert [(row.kind, row.about, row.actor, row.reason) for row in rows] == [
        ("signalering", "gestopt", "P. Functionaris", "Klacht."),
        ("signalering", "hervatten gevraagd", "P. Functionaris", "Opgelost."),
    ]
    assert (rows[0].before, rows[0].after) == ({"signalering": "aan"}, {"signalering": "gestopt"})


def test_weeks_that_were_over_while_it_was_stopped_are_left_out_but_the_last(
    database: Database, settings: Settings
) -> None:
    weeks = [date(2023, 12, 31), date(2024, 1, 7), date(2024, 1, 14), date(2024, 1, 21)]
    stop_signalling(database, by=OFFICER, at=TUESDAY, reason="Klacht.")
    resume_signalling(database, settings, by=OFFICER, at=datetime(2024, 1, 23, tzinfo=UTC), reason="Klaar.")
    resume_signalling(database, settings, by=ADVISER, at=datetime(2024, 1, 23, tzinfo=UTC), reason="Eens.")
    with database.reading() as connection:
        assert without_stopped_weeks(connection, weeks, settings) == [weeks[0], weeks[3]]
