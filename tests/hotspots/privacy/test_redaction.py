"""Texts and names go out of the history, and nothing else can change in it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

from hotspots.access.rights import EVERYTHING, Actor, Sharing
from hotspots.casework.cases import CaseAccess
from hotspots.casework.dossier import comment, enrich, read_comments, read_enrichments
from hotspots.casework.duidingen import Written, correct_duiding, read_duidingen, write_duiding
from hotspots.casework.history import read_history
from hotspots.casework.links import add_link, remove_link
from hotspots.model import Status
from hotspots.privacy.redaction import redact
from hotspots.privacy.retention import count_rows, remove_expired
from hotspots.settings import Settings
from hotspots.store.case_tables import (
    REMOVED_PERSON,
    REMOVED_TEXT,
    access_log,
    case_links,
    comments,
    duidingen,
    redactions,
)
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots
from tests.hotspots.privacy.conftest import PLACED, SECRET, count, years_after

BytesOf = Callable[[Database], bytes]


def test_what_people_wrote_goes_after_the_case_was_closed(
    database: Database, settings: Settings, filled: str, oov: Actor, bytes_of: BytesOf
) -> None:
    enrich(CaseAccess(database, settings, oov, filled, PLACED), SECRET, sharing=Sharing.OOV)
    comment(CaseAccess(database, settings, oov, filled, PLACED), SECRET)
    now = years_after(2.1)
    assert remove_expired(database, settings, now=now).counts["caseTexts"] == 0, "the case is open"
    with database.writing() as connection:
        connection.execute(update(hotspots).values(status=str(Status.GESLOTEN)))
    assert remove_expired(database, settings, now=now).counts["caseTexts"] == 4, "two texts, two events"
    assert [line.text for line in read_comments(CaseAccess(database, settings, oov, filled, PLACED))] == [
        REMOVED_TEXT
    ]
    shared = read_enrichments(CaseAccess(database, settings, oov, filled, PLACED))
    assert [line.text for line in shared] == [REMOVED_TEXT]
    history = read_history(CaseAccess(database, settings, oov, filled, PLACED))
    assert [event.kind for event in history] == ["verrijken", "opmerking plaatsen"]
    assert {event.actor for event in history} == {REMOVED_PERSON}
    for trace in (SECRET, oov.name):
        assert trace.encode() not in bytes_of(database)
    assert count(database, redactions) == 4
    assert remove_expired(database, settings, now=now).counts["caseTexts"] == 0


def test_where_a_case_is_in_other_systems_goes_with_its_texts(
    database: Database, settings: Settings, filled: str, oov: Actor, bytes_of: BytesOf
) -> None:
    access = CaseAccess(database, settings, oov, filled, PLACED)
    for number in ("Zaak-zevenenveertig", "Zaak-achtenveertig"):
        link, _ = add_link(
            access, system="Zaken", reference=number, url=f"https://zaken.example.org/{number}"
        )
    remove_link(access, link.id)
    with database.writing() as connection:
        connection.execute(update(hotspots).values(status=str(Status.GESLOTEN)))
    now = years_after(2.1)
    with database.reading() as connection:
        counted = count_rows(connection, settings, now=now)["caseTexts"]
    removed = remove_expired(database, settings, now=now).counts["caseTexts"]
    assert (removed, counted) == (7, 7), "three events with what they told and by whom, and a link"
    assert count(database, case_links) == 0
    for trace in ("Zaak-zevenenveertig", "Zaak-achtenveertig", oov.name):
        assert trace.encode() not in bytes_of(database)


def test_what_lay_behind_figures_goes_when_they_and_its_last_version_are_long_ago(
    database: Database, settings: Settings, filled: str, oov: Actor, bytes_of: BytesOf
) -> None:
    period = (PLACED.date() - timedelta(days=30), PLACED.date() + timedelta(days=365))
    written = Written(SECRET, *period, Sharing.OOV)
    first = write_duiding(database, settings, written, actor=oov, now=PLACED)
    corrected = replace(written, text="Kermis.")
    correct_duiding(
        database, settings, first.id, corrected, actor=oov, expected_version=1, now=years_after(1.5)
    )
    removed = [
        remove_expired(database, settings, now=years_after(years)).counts["caseTexts"]
        for years in (3.1, 3.4, 3.6, 4)
    ]
    assert removed == [0, 0, 2, 0], "its last version is 1.5 years later than its first"
    with database.reading() as connection:
        assert read_duidingen(connection, settings, visibility=EVERYTHING, reader=oov) == []
        rows = connection.execute(select(duidingen.c.text, duidingen.c.given_by)).all()
    assert [tuple(row) for row in rows] == [(REMOVED_TEXT, REMOVED_PERSON)] * 2
    for trace in ("Kermis.", oov.name):
        assert trace.encode() not in bytes_of(database)


def test_nothing_else_can_be_put_in_the_place_of_a_text(
    database: Database, settings: Settings, filled: str, oov: Actor
) -> None:
    comment(CaseAccess(database, settings, oov, filled, PLACED), SECRET)
    for values in ({"text": "Iets anders."}, {"text": REMOVED_TEXT, "organisation": "iemand"}):
        with pytest.raises(DBAPIError, match="comments is only added to"), database.writing() as connection:
            redact(connection, comments, [1], values, now=PLACED, reason="test")
    with pytest.raises(DBAPIError, match="comments is only added to"), database.writing() as connection:
        connection.execute(update(comments).values(text=REMOVED_TEXT))  # not written down first
    with database.writing() as connection:
        connection.execute(
            insert(access_log).values(
                at=PLACED, actor_id="o", actor="O", organisation="", right_used="x", report_count=1
            )
        )
        connection.execute(
            insert(redactions).values(at=PLACED, table_name="access_log", before=PLACED, reason="test")
        )
    with pytest.raises(DBAPIError, match="access_log is only added to"), database.writing() as connection:
        connection.execute(access_log.delete())  # of that moment itself: it is not over
