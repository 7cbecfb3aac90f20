"""What lies behind figures: who writes, reads, corrects and withdraws it, and that nothing of it is lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from hotspots.access.rights import NO_PERSONS, Actor, Role, Sharing, visibility_of
from hotspots.casework.duidingen import (
    Duiding,
    Written,
    changeable,
    correct_duiding,
    places_to_write_of,
    read_duiding,
    read_duiding_history,
    read_duidingen,
    withdraw_duiding,
    write_duiding,
)
from hotspots.errors import DuidingError, ForbiddenError, NotFoundError, StaleError, WorkflowError
from hotspots.settings import Settings
from hotspots.store.case_tables import duidingen
from hotspots.store.database import Database
from tests.hotspots.casework.conftest import NOW
from tests.hotspots.conftest import fill_areas

CENTRUM, WEST = "Wijk 00 Centrum", "Wijk 02 Buitenwijk West"
SPRING = Written("Kermis op het plein.", date(2023, 4, 1), date(2023, 6, 30), Sharing.TEAM, gebied=CENTRUM)

POLICE = Actor("1", "A. Agent", Role.GEBIEDSTEAM, "politie", frozenset({CENTRUM}))
WELFARE = Actor("2", "T. Werker", Role.GEBIEDSTEAM, "Trajekt", frozenset({CENTRUM}))
ELSEWHERE = Actor("3", "W. Wijk", Role.GEBIEDSTEAM, "politie", frozenset({WEST}))
OOV = Actor("4", "O. Adviseur", Role.OOV, "gemeente")
READER = Actor("5", "L. Lezer", Role.LEZER, "gemeente")

Write = Callable[..., Duiding]
Read = Callable[..., list[str]]


@pytest.fixture
def filling() -> Callable[[Database], None]:
    """The areas: 'Wijk 00 Centrum' has the buurten BU09350000 to BU09350009."""
    return fill_areas


@pytest.fixture
def write(database: Database, settings: Settings) -> Write:
    """Write a duiding of spring in Centrum, but for what is given."""

    def write(actor: Actor = POLICE, **changed: object) -> Duiding:
        return write_duiding(database, settings, replace(SPRING, **changed), actor=actor, now=NOW)  # type: ignore[arg-type]

    return write


@pytest.fixture
def read(database: Database, settings: Settings) -> Read:
    """The texts that somebody reads, newest period first."""

    def read(actor: Actor, **asked: object) -> list[str]:
        with database.reading() as connection:
            visibility = visibility_of(actor)
            found = read_duidingen(connection, settings, visibility=visibility, reader=actor, **asked)  # type: ignore[arg-type]
        return [duiding.text for duiding in found]

    return read


def test_each_class_is_read_by_its_readers_and_the_own_organisation_alone(write: Write, read: Read) -> None:
    for sharing in Sharing:
        write(text=sharing.value, sharing=sharing)
    assert set(read(POLICE)) == {sharing.value for sharing in Sharing}
    assert set(read(WELFARE)) == {"gebiedsteam", "iedereen"}
    assert set(read(OOV)) == {"oov", "gebiedsteam", "iedereen"}
    assert read(READER) == ["iedereen"]
    assert read(ELSEWHERE) == [], "of its own organisation, and about an area of others"


def test_a_report_is_read_by_classes_and_nobody_in_particular_reads_nothing(
    write: Write, database: Database, settings: Settings
) -> None:
    for sharing in Sharing:
        write(text=sharing.value, sharing=sharing)
    with database.reading() as connection:
        for reader, wanted in ((None, []), (frozenset({Sharing.EVERYONE}), ["iedereen"])):
            found = read_duidingen(connection, settings, visibility=NO_PERSONS, reader=reader)
            assert [duiding.text for duiding in found] == wanted


def test_a_team_writes_of_its_own_areas_and_oov_of_all_of_it(
    write: Write, database: Database, settings: Settings
) -> None:
    assert write().where == CENTRUM
    assert write(gebied=None, buurtcode="BU09350000").where == "Binnenstad"
    assert write(OOV, gebied=None).where == "de hele gemeente"
    for gebied, buurtcode in ((None, None), (WEST, None), (None, "BU09350200")):
        with pytest.raises(ForbiddenError):
            write(gebied=gebied, buurtcode=buurtcode)
    with pytest.raises(ForbiddenError):
        write(READER, sharing=Sharing.EVERYONE)
    with database.reading() as connection:
        gebieden, buurten, is_everywhere = places_to_write_of(connection, settings, POLICE)
        assert (gebieden, is_everywhere) == ([CENTRUM], False)
        assert ("BU09350000", "Binnenstad") in buurten
        assert places_to_write_of(connection, settings, OOV)[2]
        assert places_to_write_of(connection, settings, READER) == ([], [], False)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"text": "  "}, WorkflowError),
        ({"text": "x" * 4001}, WorkflowError),
        ({"last": date(2023, 3, 31)}, DuidingError),
        ({"gebied": "Nergens"}, DuidingError),
        ({"buurtcode": "BU09350000"}, DuidingError),
        ({"category": "other"}, DuidingError),
    ],
    ids=["empty", "too long", "ends before it begins", "no such place", "two places", "no such category"],
)
def test_what_is_wrong_is_refused_and_nothing_is_written(
    write: Write, database: Database, changed: dict[str, object], error: type[WorkflowError]
) -> None:
    with pytest.raises(error):
        write(**changed)
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(duidingen)).scalar_one() == 0


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, {"all", "drugs", "buurt", "june"}),
        ({"van": date(2023, 6, 30)}, {"all", "drugs", "buurt", "june"}),
        ({"van": date(2023, 7, 1)}, set()),
        ({"tot": date(2023, 5, 31)}, {"all", "drugs", "buurt"}),
        ({"categorie": "personen"}, {"all", "buurt", "june"}),
        ({"categorie": "drugs"}, {"all", "drugs", "buurt", "june"}),
        ({"gebied": CENTRUM}, {"all", "drugs", "buurt", "june"}),
        ({"gebied": WEST}, {"all"}),
        ({"buurt": "BU09350000"}, {"all", "drugs", "buurt", "june"}),
        ({"buurt": "BU09350001"}, {"all", "drugs", "june"}),
        ({"gebied": "eigen:niets"}, {"all"}),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, dict) else None,
)
def test_what_touches_the_figures_stands_beside_them(
    write: Write, read: Read, asked: dict[str, object], wanted: set[str]
) -> None:
    write(OOV, text="all", gebied=None)
    write(text="drugs", category="drugs")
    write(text="buurt", gebied=None, buurtcode="BU09350000")
    write(text="june", first=date(2023, 6, 1))
    assert set(read(OOV, **asked)) == wanted


def test_a_correction_takes_the_place_of_what_it_corrects_and_the_history_keeps_both(
    write: Write, read: Read, database: Database, settings: Settings
) -> None:
    first = write()
    later, colleague = NOW + timedelta(days=1), replace(POLICE, id="9", name="B. Agent")
    second = correct_duiding(
        database,
        settings,
        first.id,
        replace(SPRING, text="Kermis en een feest."),
        actor=colleague,
        expected_version=1,
        now=later,
    )
    assert (second.version, second.given_by, second.is_corrected) == (2, "B. Agent", True)
    assert read(POLICE) == ["Kermis en een feest."]
    assert read_duiding(database, settings, first.id, actor=WELFARE) == second
    history = read_duiding_history(database, settings, first.id, actor=WELFARE)
    assert [(one.text, one.given_by, one.given_at) for one in history] == [
        ("Kermis op het plein.", "A. Agent", NOW),
        ("Kermis en een feest.", "B. Agent", later),
    ]


def test_what_was_withdrawn_is_shown_no_more_and_stays_in_the_history(
    write: Write, read: Read, database: Database, settings: Settings
) -> None:
    first = write()
    withdraw_duiding(database, settings, first.id, actor=POLICE, expected_version=1, now=NOW)
    assert read(POLICE) == []
    with pytest.raises(NotFoundError):
        read_duiding(database, settings, first.id, actor=POLICE)
    history = read_duiding_history(database, settings, first.id, actor=OOV)
    assert [(one.version, one.is_withdrawn) for one in history] == [(1, False), (2, True)]
    with pytest.raises(NotFoundError):
        withdraw_duiding(database, settings, first.id, actor=POLICE, expected_version=2, now=NOW)


def test_only_its_own_organisation_changes_it_on_the_version_that_it_saw(
    write: Write, database: Database, settings: Settings
) -> None:
    first = write(sharing=Sharing.EVERYONE)
    for actor, version, error in (
        (WELFARE, 1, NotFoundError),
        (OOV, 1, NotFoundError),
        (ELSEWHERE, 1, NotFoundError),
        (replace(POLICE, role=Role.LEZER), 1, ForbiddenError),
        (POLICE, 2, StaleError),
    ):
        with pytest.raises(error):
            withdraw_duiding(database, settings, first.id, actor=actor, expected_version=version, now=NOW)
        with pytest.raises(error):
            correct_duiding(
                database, settings, first.id, SPRING, actor=actor, expected_version=version, now=NOW
            )
    with database.reading() as connection:
        assert changeable(connection, settings, [first], POLICE) == {first.id}
        for other in (WELFARE, OOV, READER, None):
            assert changeable(connection, settings, [first], other) == set()


def test_a_duiding_can_not_be_moved_to_where_one_may_not_write(
    write: Write, database: Database, settings: Settings
) -> None:
    first = write()
    with pytest.raises(ForbiddenError):
        correct_duiding(
            database,
            settings,
            first.id,
            replace(SPRING, gebied=None),
            actor=POLICE,
            expected_version=1,
            now=NOW,
        )


def test_who_may_not_read_what_it_became_reads_nothing_of_what_it_was(
    write: Write, read: Read, database: Database, settings: Settings
) -> None:
    first = write(sharing=Sharing.EVERYONE)
    narrow = replace(SPRING, text="Alleen voor OOV.", sharing=Sharing.OOV)
    correct_duiding(database, settings, first.id, narrow, actor=POLICE, expected_version=1, now=NOW)
    wide = replace(SPRING, text="Weer voor het team.", sharing=Sharing.TEAM)
    for actor in (WELFARE, READER):
        assert read(actor) == []
        with pytest.raises(NotFoundError):
            read_duiding_history(database, settings, first.id, actor=actor)
    correct_duiding(database, settings, first.id, wide, actor=POLICE, expected_version=2, now=NOW)
    history = read_duiding_history(database, settings, first.id, actor=WELFARE)
    assert [one.version for one in history] == [3], "what stands before what was for OOV alone is not read"
    assert len(read_duiding_history(database, settings, first.id, actor=OOV)) == 3


def test_the_history_is_for_who_may_read_cases_there(
    write: Write, database: Database, settings: Settings
) -> None:
    first = write(sharing=Sharing.EVERYONE)
    assert read_duiding(database, settings, first.id, actor=READER) == first
    with pytest.raises(ForbiddenError):
        read_duiding_history(database, settings, first.id, actor=READER)
