"""What is held of who lives at an address: their dwelling, and nothing of who reported it."""

import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime

import docx
import pytest
from sqlalchemy import insert, select, update

from hotspots.access.access_log import log_access
from hotspots.access.rights import Actor, Right, Role
from hotspots.errors import SubjectError
from hotspots.privacy.data_subjects import erase_again
from hotspots.privacy.erasures import read_erasures
from hotspots.privacy.reporters import Reported, export_reporter
from hotspots.privacy.residents import erase_resident, export_resident
from hotspots.privacy.subject_file import make_letter
from hotspots.settings import Settings
from hotspots.store.case_tables import access_log
from hotspots.store.database import Database
from hotspots.store.place_tables import addresses
from hotspots.store.report_tables import report_locations, report_texts, reports
from hotspots.store.run_tables import hotspot_states, hotspots

NOW = datetime(2024, 3, 11, 9, tzinfo=UTC)
HOME, NEIGHBOUR = "Marktlaan 14, 6211AB", "Marktlaan 16, 6211AB"
AGENT = Actor("t", "A. Agent", Role.GEBIEDSTEAM, "politie")


@pytest.fixture
def home(database: Database, placed: Callable[..., str]) -> str:
    """A dwelling on the list at Marktlaan 14, six metres from number 16; gives the id of the hotspot."""
    hotspot_id = placed(soort="woning")
    with database.writing() as connection:
        for number, lon in ((14, 5.69), (16, 5.69008)):
            house = {
                "street": "Marktlaan",
                "house_number": number,
                "postcode": "6211AB",
                "town": "Maastricht",
            }
            connection.execute(
                insert(addresses).values(**house, house_letter="", house_suffix="", lon=lon, lat=50.85)
            )
        for report_id in connection.execute(select(reports.c.id)).scalars().all():
            at = {"lon": 5.69, "lat": 50.85, "address_key": "6211AB 14", "located_by": "register"}
            connection.execute(insert(report_locations).values(report_id=report_id, **at))
            connection.execute(insert(report_texts).values(report_id=report_id, text="Geheim van een buur"))
        log_access(
            connection, actor=AGENT, right=Right.READ_TEXTS, report_count=9, now=NOW, hotspot_id=hotspot_id
        )
    return hotspot_id


def test_a_resident_is_told_of_their_dwelling_and_not_who_reported_it(
    database: Database, settings: Settings, home: str
) -> None:
    told = export_resident(database, settings, HOME, now=NOW)
    (place,) = told["woningOpLijst"]
    assert (place["staatNuOpDeLijst"], len(place["rondesOpDeLijst"])) == (True, 1)
    assert (place["aantalMeldingen"], told["meldingenOverDitAdres"]) == ("5 tot 10", "5 tot 10")
    assert [(line["organisatie"], line["wat"]) for line in place["gelezenDoor"]] == [("politie", "tekst")]
    text = json.dumps(told)
    assert [word for word in ("Geheim", "A. Agent", "reporter", "melder") if word in text] == []
    with database.reading() as connection:
        last = connection.execute(select(access_log).order_by(access_log.c.id.desc()).limit(1)).one()
    assert last.hotspot_id == home


@pytest.mark.usefixtures("home")
def test_a_neighbour_is_told_nothing_of_it(database: Database, settings: Settings) -> None:
    told = export_resident(database, settings, NEIGHBOUR, now=NOW)
    assert (told["woningOpLijst"], told["meldingenOverDitAdres"]) == ([], "geen")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("text", ["Marktlaan", "Nergensstraat 1", "x" * 150])
def test_what_is_no_single_address_is_asked_again(database: Database, settings: Settings, text: str) -> None:
    with pytest.raises(SubjectError):
        export_resident(database, settings, text, now=NOW)


def test_the_address_goes_once_people_are_done_with_the_place_and_a_restore_leaves_it_gone(
    database: Database, settings: Settings, home: str
) -> None:
    erased = erase_resident(database, settings, HOME, now=NOW)
    assert erased.counts["dwellings"] == 0
    assert "plekken waar nog aan wordt gewerkt" in erased.kept
    with database.writing() as connection:
        connection.execute(update(hotspots).where(hotspots.c.id == home).values(status="gesloten"))
        before = connection.execute(select(hotspot_states.c.lon)).scalars().all()
    assert erase_resident(database, settings, HOME, now=NOW).counts["dwellings"] == 1
    assert export_resident(database, settings, HOME, now=NOW)["woningOpLijst"] == []
    with database.writing() as connection:  # as a backup from before had it
        connection.execute(update(hotspots).values(place_removed_on=None))
        connection.execute(update(hotspot_states).values(lon=before[0]))
        assert erase_again(connection, settings, read_erasures(settings) or [], NOW) == 1
        assert connection.execute(select(hotspots.c.place_removed_on)).scalar_one() == date(2024, 3, 11)


def test_the_letter_tells_it_in_words(database: Database, settings: Settings, home: str) -> None:
    assert home
    letter = docx.Document(
        io.BytesIO(make_letter(export_resident(database, settings, HOME, now=NOW), settings))
    )
    text = "\n".join(paragraph.text for paragraph in letter.paragraphs)
    assert "Deze plek staat nu op de lijst." in text
    assert "Meldingen van anderen over dit adres: 5 tot 10." in text


@pytest.mark.usefixtures("filled")
def test_the_letter_of_who_reported_has_each_report(database: Database, settings: Settings) -> None:
    record = export_reporter(database, settings, Reported(reporter="anna"), now=NOW)
    letter = docx.Document(io.BytesIO(make_letter(record, settings)))
    assert "Wij hebben 3 meldingen van u." in [paragraph.text for paragraph in letter.paragraphs]
    assert len(letter.tables[0].rows) == 4
