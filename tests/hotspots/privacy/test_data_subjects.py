"""A person is told everything that is kept of them, and can be erased."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import insert, literal, select, update

from hotspots.access.accounts import add_user
from hotspots.access.rights import Actor, Role, Sharing
from hotspots.casework.cases import CaseAccess, read_case
from hotspots.casework.dossier import comment
from hotspots.casework.duidingen import Written, write_duiding
from hotspots.casework.links import add_link
from hotspots.casework.steps import assign
from hotspots.errors import NotFoundError
from hotspots.intake.reporter_key import load_reporter_key
from hotspots.privacy.data_subjects import erase_user, export_user
from hotspots.privacy.reporters import Reported, erase_reporter, export_reporter
from hotspots.publishing.embeds import add_embed
from hotspots.settings import Settings
from hotspots.store.case_tables import (
    REMOVED_PERSON,
    access_log,
    api_tokens,
    comments,
    hotspot_events,
    measures,
    second_factors,
    users,
)
from hotspots.store.database import Database
from hotspots.store.place_tables import geocoding_cache, location_fixes
from hotspots.store.report_tables import erased_reports, report_locations, report_versions, reports
from hotspots.store.run_tables import hotspots, rule_previews
from hotspots.store.schema import metadata
from hotspots.tracking.history import read_weekly_counts
from tests.hotspots.access.apps import set_up
from tests.hotspots.privacy.conftest import PLACED, SECRET, count

BytesOf = Callable[[Database], bytes]


class TestReporter:
    def test_gets_what_is_kept_of_the_reports_and_no_others(
        self, database: Database, settings: Settings, filled: str
    ) -> None:
        assert filled
        told = export_reporter(database, settings, Reported(reporter=" Anna", source="test"), now=PLACED)
        assert [report["text"] for report in told["meldingen"]] == [f"{SECRET} {n}" for n in (0, 3, 6)]
        assert count(database, access_log) == 1
        with pytest.raises(NotFoundError, match="no report is known of this reporter"):
            export_reporter(database, settings, Reported(reporter="dirk", source="test"), now=PLACED)
        with pytest.raises(NotFoundError, match="no report of source 'other'"):
            export_reporter(database, settings, Reported(reporter="anna", source="other"), now=PLACED)

    def test_is_erased_and_still_counts_as_one(
        self, database: Database, settings: Settings, filled: str, bytes_of: BytesOf
    ) -> None:
        with database.reading() as connection:
            digest = load_reporter_key(connection, settings.privacy).hash_of("anna")
            query = select(reports.c.reporter_id).order_by(reports.c.id)
            before = list(connection.execute(query).scalars())
            numbers = connection.execute(
                select(reports.c.source_id).where(reports.c.reporter_id == before[0])
            ).scalars()
            sought = [str(digest), *map(str, numbers), f"{SECRET} 0", f"{SECRET} 3"]
        erased = erase_reporter(database, settings, Reported(reporter="anna", source="test"), now=PLACED)
        assert (erased.counts["reports"], erased.counts["texts"], erased.counts["addresses"]) == (3, 3, 3)
        with database.reading() as connection:
            after = list(connection.execute(query).scalars())
            weekly = read_weekly_counts(connection, settings, filled)
        assert after[0] not in before
        assert [after.index(value) for value in after] == [before.index(value) for value in before]
        assert weekly.sum() == 9
        assert count(database, erased_reports) == 3
        assert erased.is_wiped
        found = bytes_of(database)
        assert [text for text in sought if text.encode() in found] == []
        with pytest.raises(NotFoundError):
            export_reporter(database, settings, Reported(reporter="anna", source="test"), now=PLACED)

    def test_leaves_no_address_but_those_that_others_name_too(
        self, database: Database, settings: Settings, filled: str, bytes_of: BytesOf
    ) -> None:
        assert filled
        own, earlier, shared = "6211ZZ 49 BIS", "6211ZZ 47 BIS", "6211YY 3"
        with database.writing() as connection:
            ids = connection.execute(select(reports.c.id).order_by(reports.c.id)).scalars().all()
            for report_id, key, street in (
                *((ids[0], own, "Zwartehondstraat"), (ids[3], own, "Zwartehondstraat")),
                *((ids[6], shared, "Zwanenzang"), (ids[1], shared, "Zwanenzang")),
            ):
                at = {"address_key": key, "street": street, "house_number": "49", "found": street}
                places = update(report_locations).where(report_locations.c.report_id == report_id)
                connection.execute(places.values(at))
            versioned = [column for column in reports.c if column.name in report_versions.c]
            old = select(*versioned[1:], reports.c.id, reports.c.known_from, literal(earlier))
            names = [*(column.name for column in versioned[1:]), "report_id", "known_until", "address_key"]
            connection.execute(insert(report_versions).from_select(names, old.where(reports.c.id == ids[0])))
            for query, key in (
                *(("zwartehondstraat|49||||", own), ("zwartehondstraat|47|bis|||", earlier)),
                ("zwanenzang|49||||", shared),
            ):
                found = {"query": query, "lon": 5.69, "lat": 50.85, "address_key": key, "found": query}
                fix = {"precision": "adres", "radius_m": 5, "fixed_at": PLACED, "fixed_by": "x"}
                connection.execute(insert(location_fixes).values({**found, **fix}))
                connection.execute(
                    insert(geocoding_cache).values({**found, "service": "pdok", "asked_at": PLACED})
                )
        erased = erase_reporter(database, settings, Reported(reporter="anna", source="test"), now=PLACED)
        with database.reading() as connection:
            named = select(report_locations.c.address_key).order_by(report_locations.c.report_id)
            keys = list(connection.execute(named).scalars())
            fixes = list(connection.execute(select(location_fixes.c.query)).scalars())
            version = connection.execute(select(report_versions.c.address_key)).scalar_one()
        assert keys[0] == keys[3] != own, "one address stays one"
        assert version.split()[0] == keys[0].split()[0], "and one postcode"
        assert version != keys[0]
        assert keys[6] == keys[1] == shared
        assert "inbox" in erased.kept["bestanden"]
        assert "1 adressen" in erased.kept["adressen van anderen"]
        assert fixes == ["zwanenzang|49||||"]
        assert count(database, geocoding_cache) == 1
        stored = bytes_of(database).lower()
        for trace in (own, earlier, "Zwartehondstraat"):
            assert trace.lower().encode() not in stored, trace


class TestUser:
    def test_is_told_everything_and_then_erased_but_for_the_access_log(
        self, database: Database, settings: Settings, filled: str
    ) -> None:
        user_id = add_user(
            database,
            name="jansen",
            full_name="J. Jansen",
            role=Role.OOV,
            password="a long enough one",
            created_by="test",
            now=PLACED,
            organisation="OOV",
        )
        actor = Actor(user_id, "J. Jansen", Role.OOV, "OOV")
        add_embed(database, settings, actor=actor, gebied=None, peildatum=None, days=7, now=PLACED)
        comment(CaseAccess(database, settings, actor, filled, PLACED), "Ik ga er langs.")
        link = {"system": "Zaken", "reference": "Z-7", "url": "https://zaken.example.org/7"}
        add_link(CaseAccess(database, settings, actor, filled, PLACED), **link)
        written = Written("Kermis.", date(2023, 1, 1), date(2023, 12, 31), Sharing.TEAM)
        write_duiding(database, settings, written, actor=actor, now=PLACED)
        with database.writing() as connection:
            connection.execute(
                insert(access_log).values(
                    at=PLACED,
                    actor_id=user_id,
                    actor="J. Jansen",
                    organisation="OOV",
                    right_used="punten.lezen",
                    report_count=9,
                )
            )
            asked = {"asked_at": PLACED, "asked_by": "J. Jansen", "changes": [], "beat_at": PLACED}
            week = {"first": date(2023, 3, 5), "last": date(2024, 3, 3), "done": 0, "total": 52}
            connection.execute(insert(rule_previews).values({**asked, **week}))
            by = {"created_at": PLACED, "created_by": "J. Jansen"}
            token = {"id": "1", "name": "een koppeling", "token_hash": "x", "scopes": [], "organisation": ""}
            connection.execute(insert(api_tokens).values({**token, **by, "expires_at": PLACED}))
            measure = {"hotspot_id": filled, "kind": "toezicht", "description": "x", "owner": "J. Jansen"}
            period = {"starts_on": date(2024, 3, 4), "is_withdrawn": False}
            connection.execute(insert(measures).values({**measure, **period, **by}))
        with database.reading() as connection:
            own = connection.execute(select(users.c.id).where(users.c.name == "jansen")).scalar_one()
        app, _ = set_up(database, own, PLACED)
        told = export_user(database, name="Jansen", now=PLACED)
        assert told["account"]["full_name"] == "J. Jansen"
        assert (len(told["tweedeStap"]), told["herstelcodes"]) == (1, 10)
        assert app.maker.secret not in str(told)
        assert "secret" not in str(told)
        assert "password_hash" not in told["account"]
        assert [line["text"] for line in told["comments"]] == ["Ik ga er langs."]
        assert [line["text"] for line in told["duidingen"]] == ["Kermis."]
        assert len(told["access_log"]) == 1
        assert [row["asked_by"] for row in told["rule_previews"]] == ["J. Jansen"]
        assert [row["kind"] for row in told["measures"]] == ["toezicht"]
        assert [row["reference"] for row in told["case_links"]] == ["Z-7"]
        assert [row["name"] for row in told["api_tokens"]] == ["een koppeling"]
        assert "token_hash" not in told["api_tokens"][0]
        assert len(told["embeds"]) == 1
        erased = erase_user(database, settings, name="jansen", now=PLACED)
        assert erased.counts["account"] == 1
        with database.reading() as connection:
            assert connection.execute(select(second_factors)).all() == []
        assert "1 regels" in erased.kept["inzagelog"]
        assert count(database, users) == 0
        with database.reading() as connection:
            row = connection.execute(select(comments)).one()
            event = connection.execute(select(hotspot_events)).first()
        assert event is not None
        assert (row.text, row.given_by, row.actor_id) == ("Ik ga er langs.", REMOVED_PERSON, REMOVED_PERSON)
        assert (event.actor, event.organisation) == (REMOVED_PERSON, "OOV")
        for table in metadata.sorted_tables:
            if table is not access_log:
                with database.reading() as connection:
                    rows = connection.execute(select(table)).all()
                assert not any("J. Jansen" in str(row) or user_id in str(row) for row in rows), table.name
        with pytest.raises(NotFoundError):
            export_user(database, name="jansen", now=PLACED)

    def test_takes_the_name_off_the_cases_that_the_person_had_and_out_of_their_history(
        self,
        database: Database,
        settings: Settings,
        filled: str,
        oov: Actor,
        add_colleague: Callable[..., str],
    ) -> None:
        user_id = add_colleague("J. Jansen", login="jansen")
        access = CaseAccess(database, settings, oov, filled, PLACED)
        version = read_case(access).version
        assign(access, expected_version=version, person=user_id)
        assign(access, expected_version=version + 1, organisation="OOV", person=user_id)
        erase_user(database, settings, name="jansen", now=PLACED)
        case = read_case(access)
        assert (case.assigned_to, case.assigned_user_id) == (REMOVED_PERSON, None)
        with database.reading() as connection:
            for table in (hotspots, hotspot_events):
                rows = connection.execute(select(table)).all()
                assert not any("J. Jansen" in str(row) or user_id in str(row) for row in rows)

    def test_leaves_no_trace_of_the_account(
        self, database: Database, settings: Settings, bytes_of: BytesOf
    ) -> None:
        add_user(
            database,
            name="geheimenaam",
            full_name="Gerritje Geheimenaam",
            role=Role.OOV,
            password="a long enough one",
            created_by="test",
            now=PLACED,
            organisation="OOV",
        )
        assert b"geheimenaam" in bytes_of(database).lower()
        assert erase_user(database, settings, name="geheimenaam", now=PLACED).is_wiped
        assert b"geheimenaam" not in bytes_of(database).lower()
