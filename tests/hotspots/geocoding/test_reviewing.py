"""What people say of unclear addresses holds for all that is written alike, and can be taken back."""

import pandas as pd
import pytest
import shapely
from sqlalchemy import select, update

from hotspots.access.access_changes import OPERATOR
from hotspots.access.admin_changes import Kind, read_changes
from hotspots.access.rights import Actor, Role
from hotspots.errors import ForbiddenError, GeocodingError, NotFoundError
from hotspots.geocoding.locations import read_queries
from hotspots.geocoding.register_store import load_fixes, read_answers, replace_addresses
from hotspots.geocoding.relocation import relocate_reports
from hotspots.geocoding.reviewing import (
    Meant,
    NoPlace,
    Point,
    answer,
    answer_as,
    count_review,
    count_unlocatable,
    read_review,
    review_as,
    take_back,
    take_back_as,
)
from hotspots.model import Precision
from hotspots.settings import Settings
from hotspots.store.case_tables import access_log
from hotspots.store.context import replace_context
from hotspots.store.database import Database
from hotspots.store.report_tables import report_locations, reports
from tests.unclear_addresses import (
    ALSO_UNKNOWN,
    AMBIGUOUS,
    LAT,
    LON,
    NEW_HOUSE,
    NOTHING,
    NOW,
    REGISTER,
    UNKNOWN,
    Import,
    places,
)

AGENT = Actor("a", "an agent", Role.OOV)


def keys(database: Database, settings: Settings) -> list[str]:
    """The keys of the review queue, in order."""
    return [item.key for item in read_review(database, settings)]


def test_the_queue_holds_what_only_a_person_can_locate_most_reports_first(
    database: Database, ready: Settings, imported: Import
) -> None:
    known = ("M9", "Markt", "1", "6211AB", "Maastricht")
    imported(AMBIGUOUS, UNKNOWN, ALSO_UNKNOWN, NOTHING, known)
    first, second = read_review(database, ready)
    assert first.as_json(str) == {
        "sleutel": "nieuwstraat|7|||6211ae|maastricht",
        "adres": "NIEUWSTRAAT 7, 6211 ae Maastricht",
        "aantalMeldingen": 2,
        "precisie": "geen",
        "waaromNietBeter": "straat 'NIEUWSTRAAT' staat niet in het register",
        "kandidaten": [],
    }
    assert [candidate.found for candidate in second.candidates] == [
        "Prins Bernhardlaan 4, 6211AC Maastricht",
        "Prinses Bernhardlaan 4, 6211AD Maastricht",
    ]
    assert read_review(database, ready, limit=1) == [first]
    assert count_unlocatable(database) == 1


def test_a_candidate_is_accepted_for_every_report_with_the_address(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(AMBIGUOUS, ("M5", "pr. bernhardlaan", "4", "", "maastricht"))
    (key,) = keys(database, ready)
    assert answer(database, ready, key, 2, now=NOW, by=AGENT) == 2
    assert set(places(database).values()) == {("adres", "hand", "6211AD 4")}
    assert keys(database, ready) == []


def test_an_answer_that_is_broken_off_is_none(
    database: Database, ready: Settings, imported: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(UNKNOWN)
    (key,), before = keys(database, ready), places(database)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the machine is gone")

    for meant in (Point(LON, LAT, 30), NoPlace.UNKNOWN):
        with monkeypatch.context() as patch:
            patch.setattr("hotspots.geocoding.reviewing.record_change", fail)
            with pytest.raises(RuntimeError):
                answer(database, ready, key, meant, now=NOW, by=AGENT)
        assert (keys(database, ready), places(database)) == ([key], before)
    assert answer(database, ready, key, Point(LON, LAT, 30), now=NOW, by=AGENT) == 1


def test_a_user_answers_and_counts_no_address_that_was_found(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(("M6", "Markt", "1", "", "Maastricht"))
    before = places(database)
    assert [place[:2] for place in before.values()] == [("adres", "register")]
    with database.reading() as connection:
        (found,) = read_queries(connection, precisions=Precision)
    for meant in (Point(LON, LAT, 30), "Markt 1", NoPlace.UNKNOWN):
        with pytest.raises(NotFoundError):
            answer(database, ready, found.key, meant, now=NOW, by=AGENT)
    assert places(database) == before
    assert answer(database, ready, found.key, Point(LON, LAT, 30), now=NOW, by=None) == 1


def test_the_first_candidate_is_one_and_the_last_is_as_many_as_there_are(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(AMBIGUOUS)
    (key,) = keys(database, ready)
    for number in (0, 3):
        with pytest.raises(NotFoundError, match=f"wanted a candidate from 1 to 2, found {number}"):
            answer(database, ready, key, number, now=NOW, by=AGENT)
    assert answer(database, ready, key, 1, now=NOW, by=AGENT) == 1
    assert places(database) == {"M3": ("adres", "hand", "6211AC 4")}


def test_the_queue_is_counted_and_read_in_parts(
    database: Database, ready: Settings, imported: Import
) -> None:
    assert count_review(database) == 0
    imported(AMBIGUOUS, UNKNOWN, ALSO_UNKNOWN, NOTHING)
    first, second = read_review(database, ready)
    assert count_review(database) == 2
    assert read_review(database, ready, offset=1) == [second]
    assert read_review(database, ready, offset=0, limit=1) == [first]
    assert read_review(database, ready, offset=2) == []
    assert [len(item.report_ids) for item in (first, second)] == [2, 1]


def test_a_user_reads_and_corrects_with_the_right_to_and_leaves_a_trace(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(AMBIGUOUS, UNKNOWN, ALSO_UNKNOWN)
    oov, reader = Actor("o", "O. Adviseur", Role.OOV), Actor("l", "L. Lezer", Role.LEZER)
    items = review_as(database, ready, actor=oov, now=NOW, limit=10)
    assert [len(item.report_ids) for item in items] == [2, 1]
    assert review_as(database, ready, actor=oov, now=NOW, limit=10, offset=1) == items[1:]
    assert answer_as(database, ready, actor=oov, key=items[0].key, meant="Markt 1", now=NOW) == 2
    assert answer_as(database, ready, actor=oov, key=items[1].key, meant=1, now=NOW) == 1
    for number in ("Markt 1", 1):
        with pytest.raises(ForbiddenError, match=r"adressen\.herstellen"):
            answer_as(database, ready, actor=reader, key=items[0].key, meant=number, now=NOW)
    with pytest.raises(ForbiddenError, match=r"adressen\.herstellen"):
        review_as(database, ready, actor=reader, now=NOW, limit=10)
    with database.reading() as connection:
        query = select(access_log.c.report_count).order_by(access_log.c.id)
        assert connection.execute(query).scalars().all() == [3, 1, 2, 1]


def test_a_corrected_address_is_remembered_at_the_next_import_of_the_same_text(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(UNKNOWN)
    (key,) = keys(database, ready)
    assert answer(database, ready, key, "Markt 1", now=NOW, by=AGENT) == 1
    imported(UNKNOWN, ALSO_UNKNOWN)
    assert places(database) == dict.fromkeys(["M1", "M2"], ("adres", "hand", "6211AB 1"))
    assert keys(database, ready) == []


def test_a_point_gives_a_house_without_a_dwelling(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(UNKNOWN)
    (key,) = keys(database, ready)
    answer(database, ready, key, Point(LON, LAT, 30), now=NOW, by=AGENT)
    with database.reading() as connection:
        fixes = load_fixes(connection)
    assert (fixes[key].lon, fixes[key].radius_m, fixes[key].precision) == (LON, 30, "huisnummer")
    assert places(database)["M1"] == ("huisnummer", "hand", None)


@pytest.mark.parametrize("address", ["Onzinlaan 3", "Pr. Bernhardlaan 4", "", "3620 Lanaken"])
def test_a_correction_that_is_no_one_address_is_refused(
    database: Database, ready: Settings, imported: Import, address: str
) -> None:
    imported(UNKNOWN)
    (key,) = keys(database, ready)
    with pytest.raises(GeocodingError, match="wanted an address of the register"):
        answer(database, ready, key, address, now=NOW, by=AGENT)
    assert keys(database, ready) == [key]


def test_a_point_outside_the_areas_is_refused_and_not_remembered(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(UNKNOWN)
    (key,) = keys(database, ready)
    with pytest.raises(GeocodingError, match="inside the imported areas"):
        answer(database, ready, key, Point(4.9, 52.37, 30), now=NOW, by=AGENT)
    with database.reading() as connection:
        assert load_fixes(connection) == {}


def test_a_key_or_candidate_that_is_not_there_is_an_error(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(AMBIGUOUS)
    (key,) = keys(database, ready)
    with pytest.raises(NotFoundError, match="candidate from 1 to 2, found 3"):
        answer(database, ready, key, 3, now=NOW, by=AGENT)
    with pytest.raises(NotFoundError, match="review queue, found 'x'"):
        answer(database, ready, "x", 1, now=NOW, by=AGENT)
    with pytest.raises(NotFoundError, match="stored report, found 'x'"):
        answer(database, ready, "x", "Markt 1", now=NOW, by=AGENT)


PARK = ("M6", "Stadspark", "", "", "")
ALIKE = (PARK, ("M7", "het Stadspark.", "", "", ""), ("M8", "STADSPARK", "", "", ""))


def test_an_answer_is_for_all_that_is_written_alike_now_and_later(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(*ALIKE)
    (item,) = read_review(database, ready)
    assert len(item.report_ids) == 3
    assert answer(database, ready, item.key, Point(LON, LAT, 60), now=NOW, by=AGENT) == 3
    assert keys(database, ready) == []
    imported(("M9", "'t stadspark", "", "", ""))
    assert places(database) == dict.fromkeys(["M6", "M7", "M8", "M9"], ("kruising", "hand", None))


def test_what_is_written_alike_but_lies_somewhere_stays_there(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(UNKNOWN, ("M5", "Markt", "1", "6211AB", "Maastricht"))
    (key,) = keys(database, ready)
    with database.writing() as connection:  # as if it had been written like the other
        connection.execute(
            update(report_locations)
            .where(report_locations.c.found.like("Markt%"))
            .values(street="de Nieuwstraat", house_number="7", postcode="6211AE")
        )
    assert answer(database, ready, key, Point(LON, LAT, 60), now=NOW, by=AGENT) == 1
    assert places(database)["M5"] == ("adres", "register", "6211AB 1")


def test_a_point_is_as_precise_as_its_radius_says_and_never_a_dwelling(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(UNKNOWN)
    (key,) = keys(database, ready)
    for radius_m, precision in (
        (1, "huisnummer"),
        (50, "huisnummer"),
        (51, "kruising"),
        (75, "kruising"),
        (76, "straat"),
        (250, "straat"),
        (251, "buurt"),
    ):
        answer(database, ready, key, Point(LON, LAT, radius_m), now=NOW, by=AGENT)
        assert places(database)["M1"] == (precision, "hand", None)
        with database.reading() as connection:
            found = connection.execute(select(reports.c.radius_m)).scalar_one()
        assert found == max(radius_m, ready.geocoding.address_radius_m)


def test_what_nobody_can_place_leaves_the_queue_with_its_reason_and_comes_back_when_that_is_taken_back(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(*ALIKE, AMBIGUOUS)
    before = places(database)
    (park, other) = keys(database, ready)
    assert answer(database, ready, park, NoPlace.TOO_WIDE, now=NOW, by=AGENT) == 3
    imported(("M9", "stadspark", "", "", ""))
    assert keys(database, ready) == [other]
    assert count_review(database) == 1
    with database.reading() as connection:
        (said,) = read_answers(connection, limit=5)
    assert (said.found, said.radius_m, said.by) == (str(NoPlace.TOO_WIDE), None, "an agent")
    take_back(database, ready, park, now=NOW, by=AGENT)
    assert sorted(keys(database, ready)) == sorted([park, other])
    assert {name: found for name, found in places(database).items() if name != "M9"} == before


def test_taking_back_lets_reports_lie_where_the_register_says(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(UNKNOWN, ALSO_UNKNOWN, PARK)
    before = everything(database)
    key = keys(database, ready)[0]
    answer(database, ready, key, "Markt 1", now=NOW, by=AGENT)
    assert take_back(database, ready, key, now=NOW, by=AGENT) == 2
    assert everything(database) == before
    answer(database, ready, key, "Markt 1", now=NOW, by=AGENT)
    with database.writing() as connection:
        replace_addresses(connection, pd.concat([REGISTER, pd.DataFrame([NEW_HOUSE])]))
    take_back(database, ready, key, now=NOW, by=AGENT)
    assert places(database)["M1"] == ("adres", "register", "6211AE 7")
    with pytest.raises(NotFoundError, match="wanted an address that was answered"):
        take_back(database, ready, key, now=NOW, by=AGENT)


def everything(database: Database) -> list[tuple[object, ...]]:
    """All that is stored of reports and their places."""
    with database.reading() as connection:
        query = select(reports, report_locations).join_from(reports, report_locations)
        return [tuple(row) for row in connection.execute(query.order_by(reports.c.id))]


def test_locating_again_keeps_what_people_said_of_what_is_written_alike(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(*ALIKE)
    (key,) = keys(database, ready)
    answer(database, ready, key, Point(LON, LAT, 300), now=NOW, by=AGENT)
    assert relocate_reports(database, ready, now=NOW).left == 0
    assert set(places(database).values()) == {("buurt", "hand", None)}


def test_a_named_place_beside_the_register_is_a_place_and_no_house(
    database: Database, ready: Settings, imported: Import
) -> None:
    import geopandas as gpd

    frame = gpd.GeoDataFrame(
        {"kind": ["school"], "name": ["Stadspark"]}, geometry=[shapely.Point(LON, LAT)], crs="EPSG:4326"
    )
    imported(UNKNOWN)
    with database.writing() as connection:
        replace_context(connection, frame, attribution="")
    (key,) = keys(database, ready)
    for words in ("Stadspark (school)", "stadspark"):
        assert answer(database, ready, key, words, now=NOW, by=AGENT) == 1
        assert places(database)["M1"] == ("kruising", "hand", None)


def test_each_answer_is_in_the_history_without_telling_the_address(
    database: Database, ready: Settings, imported: Import
) -> None:
    imported(UNKNOWN, PARK)
    key, park = keys(database, ready)
    answer(database, ready, key, Point(LON, LAT, 60), now=NOW, by=AGENT)
    answer(database, ready, park, NoPlace.NO_PLACE, now=NOW, by=None)
    take_back(database, ready, key, now=NOW, by=AGENT)
    with database.reading() as connection:
        changes = read_changes(connection, kind=Kind.ADDRESSES)
    assert [(change.actor, change.after["hoe"]) for change in changes] == [
        ("an agent", "ongedaan"),
        (OPERATOR.name, "niet te plaatsen"),
        ("an agent", "punt op de kaart"),
    ]
    assert "ieuwstraat" not in repr(changes)


def test_who_may_not_review_says_nothing(database: Database, ready: Settings, imported: Import) -> None:
    imported(AMBIGUOUS)
    (key,) = keys(database, ready)
    reader = Actor("l", "L. Lezer", Role.LEZER)
    said: list[Meant] = ["Markt 1", 1, Point(LON, LAT, 30), NoPlace.UNKNOWN]
    for meant in said:
        with pytest.raises(ForbiddenError, match=r"adressen\.herstellen"):
            answer_as(database, ready, actor=reader, key=key, meant=meant, now=NOW)
    with pytest.raises(ForbiddenError, match=r"adressen\.herstellen"):
        take_back_as(database, ready, actor=reader, key=key, now=NOW)
    assert keys(database, ready) == [key]
