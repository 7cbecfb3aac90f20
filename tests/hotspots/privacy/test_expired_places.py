"""Places that were never listed go, and of dwellings only the buurt stays."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select, update

from hotspots.access.rights import Actor
from hotspots.casework.cases import CaseAccess
from hotspots.casework.links import add_link
from hotspots.model import Status
from hotspots.privacy.expired_places import PLACE_REMOVED
from hotspots.privacy.retention import remove_expired
from hotspots.settings import RetentionSettings, Settings
from hotspots.store.case_tables import case_links, hotspot_events
from hotspots.store.database import Database
from hotspots.store.run_tables import detections, hotspot_states, hotspots, rule_previews
from tests.hotspots.privacy.conftest import PLACED, count, years_after

BytesOf = Callable[[Database], bytes]


def test_places_that_were_not_signalled_go_with_their_evidence(
    database: Database, settings: Settings, filled: str
) -> None:
    with database.writing() as connection:
        row = dict(connection.execute(select(detections)).mappings().one())
        row |= {"place": 1, "signalled": False, "suppressed_because": "Van één melder."}
        del row["id"]
        connection.execute(insert(detections), row)
    assert remove_expired(database, settings, now=years_after(1.1)).counts["notSignalled"] == 1
    assert count(database, detections) == 1


def test_of_an_old_dwelling_only_the_buurt_stays(
    database: Database, settings: Settings, placed: Callable[..., str], oov: Actor
) -> None:
    hotspot_id = placed(soort="woning")
    access = CaseAccess(database, settings, oov, hotspot_id, PLACED)
    add_link(access, system="Zaken", reference="Z-47", url="https://zaken.example.org/47")
    placed()  # a later run, which knows of the first only what it stored
    with database.writing() as connection:
        connection.execute(
            update(hotspots).where(hotspots.c.id == hotspot_id).values(status=str(Status.GESLOTEN))
        )
        connection.execute(
            insert(hotspot_states).from_select(
                [column.name for column in hotspot_states.c],
                select(
                    *(column + 1 if column.name == "run_id" else column for column in hotspot_states.c)
                ).where(hotspot_states.c.hotspot_id == hotspot_id),
            )
        )
    assert remove_expired(database, settings, now=years_after(2.5)).counts["dwellings"] == 0
    assert remove_expired(database, settings, now=years_after(3.1)).counts["dwellings"] == 1
    with database.reading() as connection:
        rows = connection.execute(
            select(hotspot_states).where(hotspot_states.c.hotspot_id == hotspot_id)
        ).all()
        places = connection.execute(
            select(detections.c.lon).where(detections.c.id.in_([row.detection_id for row in rows]))
        ).scalars()
        assert len(rows) == 2
        for row in rows:
            assert (row.lon, row.lat) != (5.69, 50.85)
            assert row.report_count == 9
            assert PLACE_REMOVED in row.redenen
        assert set(places) == {rows[0].lon}
        assert connection.execute(select(case_links)).all() == [], "they lead to its address elsewhere"
        assert "Z-47" not in str(connection.execute(select(hotspot_events)).all())
    assert remove_expired(database, settings, now=years_after(3.2)).counts["dwellings"] == 0


def test_an_old_place_of_one_reporter_is_handled_as_a_dwelling(
    database: Database, settings: Settings, placed: Callable[..., str]
) -> None:
    ids = [placed(), placed(), placed()]
    with database.writing() as connection:
        for hotspot_id, count_of_reporters in zip(ids, (1, None, 2), strict=True):
            connection.execute(
                update(hotspot_states)
                .where(hotspot_states.c.hotspot_id == hotspot_id)
                .values(reporter_count=count_of_reporters)
            )
        connection.execute(update(hotspots).values(status=str(Status.GESLOTEN)))
        last = select(func.max(hotspot_states.c.run_id)).scalar_subquery()
        connection.execute(update(hotspot_states).values(run_id=last))
    assert remove_expired(database, settings, now=years_after(3.1)).counts["dwellings"] == 1
    with database.reading() as connection:
        left = connection.execute(select(hotspot_states.c.reporter_count).where(hotspot_states.c.lon == 5.69))
        assert set(left.scalars()) == {None, 2}


def test_a_preview_of_other_rules_shows_no_dwelling_for_longer_and_goes(
    database: Database, settings: Settings, filled: str
) -> None:
    def place(*, is_dwelling: bool, last: str) -> dict[str, Any]:
        weeks = {"weeks_now": ["2023-06-04"], "weeks_proposed": [last]}
        rest = {"buurtcode": "BU09350000", "soort": "woning", "most_reports": 9}
        return {"lon": 5.6901, "lat": 50.8501, "is_dwelling": is_dwelling, **rest, **weeks}

    places = [
        place(is_dwelling=True, last="2023-07-02"),
        place(is_dwelling=True, last="2024-03-03"),
        place(is_dwelling=False, last="2023-07-02"),
    ]
    asked = {"asked_at": PLACED, "asked_by": "J. Jansen", "changes": [], "beat_at": PLACED}
    with database.writing() as connection:
        connection.execute(
            insert(rule_previews).values(
                {**asked, "first": date(2023, 3, 5), "last": date(2024, 3, 3), "done": 52, "total": 52}
                | {"places": places}
            )
        )
    short = settings.model_copy(update={"retention": RetentionSettings(dwelling_days=200)})
    assert remove_expired(database, short, now=PLACED).counts["previews"] == 1
    with database.reading() as connection:
        kept = connection.execute(select(rule_previews.c.places)).scalar_one()
    assert [one["lon"] == 5.6901 for one in kept] == [False, True, True]
    assert kept[0] | {"lon": 0, "lat": 0} == places[0] | {"lon": 0, "lat": 0}
    assert remove_expired(database, short, now=PLACED).counts["previews"] == 0
    assert remove_expired(database, settings, now=years_after(1.1)).counts["previews"] == 1
    assert count(database, rule_previews) == 0
