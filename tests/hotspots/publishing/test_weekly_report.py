"""The weekly report of an area: what it says, for whom, and that words stay words in every file."""

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import pypdf
import pytest
import shapely
from sqlalchemy import Connection, insert, update

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Actor, Role, Sharing, Visibility
from hotspots.casework.duidingen import Written, write_duiding
from hotspots.errors import NotFoundError
from hotspots.publishing.disclosure import Level
from hotspots.publishing.file_names import file_name
from hotspots.publishing.report_files import report_html, report_pdf, write_report
from hotspots.publishing.weekly_report import Audience, build_area_report, team_of
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.case_tables import enrichments, users
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.report_tables import imports, reports
from hotspots.store.run_tables import hotspots
from hotspots.weekly.run_store import add_hotspot, save_run
from hotspots.wording import last_day_of
from tests.published_quarters import publish_quarters

CENTRE, OTHER = ("BU09350000", 5.6915, 50.8492), ("BU09350200", 5.6692, 50.851)
GEBIED = "Wijk 00 Centrum"
SUNDAY = date(2023, 12, 3)
NOW = datetime(2023, 12, 4, 6, tzinfo=UTC)
ALL = Audience(EVERYTHING)
FOOTER_PT = 50
EVIL = '<script>alert(1)</script> #import "x" #{1+1} $x^2$ `a` @ref <label> =HYPERLINK("http://x") \\ {{7*7}}'


def state(
    hotspot_id: str, place: int, as_of: date, where: tuple[str, float, float], **values: Any
) -> dict[str, Any]:
    """One hotspot after a run; 12 reports by 5 reporters on 9 days."""
    moment = datetime(2023, 11, 30, 20, tzinfo=UTC)
    return {
        "place": place,
        "hotspot_id": hotspot_id,
        "is_signalled": True,
        "trend": "nieuw",
        "soort": "gebied",
        "indicatie": "veiligheid",
        "lon": where[1],
        "lat": where[2],
        "geometry": shapely.to_wkb(shapely.Point(where[1:]).buffer(0.0005)),
        "report_count": 12,
        "day_count": 9,
        "week_count": 7,
        "reporter_count": 5,
        "duration_days": 80,
        "first_report": datetime(2023, 9, 12, 20, tzinfo=UTC),
        "last_report": moment,
        "first_signalled": SUNDAY,
        "last_signalled": as_of,
        "merged_into": None,
        "expected": 2.5,
        "p_value": 0.0004,
        "recurrence_interval_days": 2500.0,
        "score": 3.0 - place,
        "buurtcode": where[0],
        "redenen": ["Herhaald: 12 meldingen op 9 verschillende dagen."],
        **values,
    }


@pytest.fixture
def ids(database: Database, settings: Settings) -> list[str]:
    """Three hotspots in the week of 3 December 2023: gebied and woning in the centre, gebied elsewhere."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        found = [add_hotspot(connection, SUNDAY, number, "GM0935") for number in (1, 2, 3)]
        states = [
            state(found[0], 0, SUNDAY, CENTRE),
            state(found[1], 1, SUNDAY, CENTRE, soort="woning", trend="aanhoudend"),
            state(found[2], 2, SUNDAY, OTHER),
        ]
        own = ("hotspot_id", "is_signalled", "trend", "first_signalled", "last_signalled", "merged_into")
        rows = [
            {key: value for key, value in entry.items() if key not in (*own, "buurtcode")}
            | {"signalled": True, "soort_certainty": 0.99, "indicatie_certainty": 0.5, "evidence": {}}
            for entry in states
        ]
        now = datetime(2023, 12, 4, 6, tzinfo=UTC)
        run = {
            "as_of": SUNDAY,
            "window_start": datetime(2023, 6, 4, tzinfo=UTC),
            "window_end": datetime(2023, 12, 4, tzinfo=UTC),
            "started_at": now,
            "finished_at": now,
            "version": "test",
            "settings_hash": "",
            "report_count": 100,
            "located_count": 90,
            "signalled_count": 3,
            "result_hash": "",
        }
        save_run(connection, run, rows, {0: [], 1: [], 2: []}, states, [])
        connection.execute(update(hotspots).where(hotspots.c.id == found[0]).values(due_on=date(2023, 12, 1)))
    return found


def tell(database: Database, hotspot_id: str, text: str, sharing: str) -> None:
    with database.writing() as connection:
        connection.execute(
            insert(enrichments).values(
                hotspot_id=hotspot_id,
                organisation="Trajekt",
                sharing=sharing,
                text=text,
                given_at=datetime(2023, 12, 4, 9, tzinfo=UTC),
                actor_id="1",
                given_by="T. Trajekt",
            )
        )


def test_a_report_tells_what_is_new_where_and_what_is_asked(
    database: Database, settings: Settings, ids: list[str]
) -> None:
    with database.reading() as connection:
        report = build_area_report(connection, settings, peildatum=SUNDAY, area=None, audience=ALL)
    assert report.summary[0] == (
        "In week 48 van 2023 zijn in Maastricht 3 plekken met herhaalde overlast op de lijst; "
        "vorige week waren het er 0."
    )
    titles = [block.title for block in report.blocks]
    assert titles == ["Binnenstad (HS-2023-001)", "Brusselsepoort (HS-2023-003)"]
    assert [row[1] for row in report.places.rows] == ["HS-2023-001", "HS-2023-002", "HS-2023-003"]
    (ask,) = report.asks
    assert (ask.who, ask.what) == ("Gebiedsteam", "nagaan wat hier bekend is, en of dit een hotspot is")
    assert ask.lines == [
        "Binnenstad (HS-2023-001), uiterlijk 1 december 2023 – over de termijn",
        "Binnenstad (HS-2023-002)",
        "Brusselsepoort (HS-2023-003)",
    ]
    assert [row[0] for row in report.months.rows] == [
        *("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
        "2023 tot nu",
    ]


def test_the_team_and_oov_are_both_asked_about_what_is_in_verification(
    database: Database, settings: Settings, ids: list[str]
) -> None:
    with database.writing() as connection:
        change = update(hotspots).where(hotspots.c.id == ids[1]).values(status="in verificatie")
        connection.execute(change)
    with database.reading() as connection:
        report = build_area_report(connection, settings, peildatum=SUNDAY, area=None, audience=ALL)
    asked = {(ask.who, ask.what) for ask in report.asks if "HS-2023-002" in " ".join(ask.lines)}
    assert asked == {
        ("Gebiedsteam", "een oordeel geven, als uw organisatie dat nog niet deed"),
        ("OOV", "besluiten: veiligheid, leefbaarheid of geen hotspot"),
    }


def test_a_gebiedsteam_reads_of_its_own_area_and_what_is_shared_with_it(
    database: Database, settings: Settings, ids: list[str]
) -> None:
    for text, sharing in (
        ("Voor ons alleen.", Sharing.OWN),
        ("Voor OOV.", Sharing.OOV),
        ("Bekende groep.", Sharing.TEAM),
    ):
        tell(database, ids[0], text, str(sharing))
    with database.reading() as connection:
        report = build_area_report(
            connection, settings, peildatum=SUNDAY, area=GEBIED, audience=team_of(GEBIED)
        )
        public = replace(team_of(GEBIED), sharing=frozenset({Sharing.EVERYONE}), sees_cases=False)
        for_others = build_area_report(connection, settings, peildatum=SUNDAY, area=GEBIED, audience=public)
    assert [place.nummer for place in report.hotspots] == ["HS-2023-001", "HS-2023-002"]
    assert [block.knowledge for block in report.blocks] == [["Trajekt: Bekende groep."]]
    assert "HS-2023-003" not in report_html(report)
    assert (for_others.blocks[0].knowledge, for_others.asks) == ([], [])


def test_what_partners_wrote_behind_the_figures_of_this_year_stands_below_them(
    database: Database, settings: Settings, ids: list[str]
) -> None:
    oov = Actor("o", "O. Adviseur", Role.OOV, "OOV")
    year = Written(EVIL, date(2023, 1, 1), date(2023, 6, 30), Sharing.TEAM, gebied=GEBIED)
    for written in (
        year,
        replace(year, text="Voor OOV.", sharing=Sharing.OOV),
        replace(year, text="Elders.", gebied="Wijk 02 Buitenwijk West"),
        replace(year, text="Vorig jaar.", first=date(2022, 1, 1), last=date(2022, 12, 31)),
        replace(year, text="Voor iedereen.", sharing=Sharing.EVERYONE, gebied=None),
    ):
        write_duiding(database, settings, written, actor=oov, now=NOW)
    public = replace(team_of(GEBIED), sharing=frozenset({Sharing.EVERYONE}))
    told = {}
    for audience in (team_of(GEBIED), public):
        with database.reading() as connection:
            report = build_area_report(connection, settings, peildatum=SUNDAY, area=GEBIED, audience=audience)
        told[audience.sharing] = list(report.duidingen)
    everyone = "De hele gemeente, 1 januari 2023 tot en met 30 juni 2023: Voor iedereen. (OOV)"
    assert told[public.sharing] == [everyone]
    assert told[team_of(GEBIED).sharing] == [
        everyone,
        f"{GEBIED}, 1 januari 2023 tot en met 30 juni 2023: {EVIL} (OOV)",
    ]
    with database.reading() as connection:
        report = build_area_report(
            connection, settings, peildatum=SUNDAY, area=GEBIED, audience=team_of(GEBIED)
        )
    assert "<script" not in report_html(report)
    pages = pypdf.PdfReader(BytesIO(report_pdf(report))).pages
    assert "Voor iedereen." in " ".join(page.extract_text() for page in pages)


def report_made(connection: Connection, category: str, months: dict[int, int]) -> None:
    """Store so many reports of a category in the centre, in months of 2023."""
    line = insert(imports).values(source="x", file_name="", file_sha256="", started_at=NOW)
    import_id = connection.execute(line.returning(imports.c.id)).scalar_one()
    rows = [
        {
            "source": "x",
            "source_id": f"{category} {month} {number}",
            "category": category,
            "is_counted": True,
            "reported_at": datetime(2023, month, 2, 20, tzinfo=UTC),
            "precision": "adres",
            "buurtcode": CENTRE[0],
            "known_from": NOW,
            "content_hash": "",
            "first_import_id": import_id,
            "last_import_id": import_id,
        }
        for month, count in months.items()
        for number in range(count)
    ]
    connection.execute(insert(reports), rows)


def test_who_may_not_know_of_every_place_reads_no_count_that_tells_of_one_report(
    database: Database, settings: Settings, ids: list[str]
) -> None:
    with database.writing() as connection:
        report_made(connection, "personen", {9: 6, 10: 12, 11: 4, 12: 1})
        report_made(connection, "drugs", {10: 31, 11: 12, 12: 6})
        of_area = {(Level.BUURT, CENTRE[0]): 25, (Level.GEBIED, GEBIED): 30, (Level.GEMEENTE, ""): None}
        publish_quarters(connection, 2023, {area: [10, 15, figure] for area, figure in of_area.items()})
    told = {}
    for name, audience in {
        "reader": Audience(NO_PERSONS),
        "team": team_of(GEBIED),
        "other team": Audience(Visibility(dwellings=frozenset({"elders"}))),
    }.items():
        with database.reading() as connection:
            report = build_area_report(connection, settings, peildatum=SUNDAY, area=GEBIED, audience=audience)
        told[name] = report
    columns = slice(1, None, 2)  # not those of the year before, of which nothing is known
    assert [row[columns] for row in told["team"].months.rows[8:]] == [
        ("6", "0", "6", "–"),
        ("12", "31", "43", "–"),
        ("4", "12", "16", "–"),
        ("1", "6", "7", "–"),
        ("23", "49", "72", "–"),
    ]
    assert "7 meldingen" in " ".join(told["team"].summary)
    # what was published and nothing of what was counted since
    assert told["reader"].months.rows == [
        ("eerste kwartaal van 2023", "10", "–"),
        ("tweede kwartaal van 2023", "15", "–"),
        ("derde kwartaal van 2023", "30", "–"),
    ]
    assert told["other team"].months == told["reader"].months
    assert told["reader"].chart is None
    assert "meldingen binnen" not in " ".join(told["reader"].summary)
    assert told["reader"].month_notes[0].startswith("Hele kwartalen, afgerond op 5")
    with database.reading() as connection:
        whole_and_buurt = {
            area: build_area_report(
                connection, settings, peildatum=SUNDAY, area=area, audience=Audience(NO_PERSONS)
            ).months.rows[-1][1]
            for area in (None, CENTRE[0])
        }
    assert whole_and_buurt == {None: "–", CENTRE[0]: "25"}


def test_no_run_in_that_week_and_no_such_area_are_told(
    database: Database, settings: Settings, ids: list[str]
) -> None:
    with database.reading() as connection:
        with pytest.raises(
            NotFoundError, match="no run in 2023-W50; the last run before it is of 2023-12-03"
        ):
            build_area_report(
                connection, settings, peildatum=last_day_of("2023-W50"), area=None, audience=ALL
            )
        with pytest.raises(NotFoundError, match="there is no area 'Nergens'"):
            build_area_report(connection, settings, peildatum=SUNDAY, area="Nergens", audience=ALL)


def test_the_files_say_the_same_and_the_same_report_gives_the_same_files(
    database: Database, settings: Settings, ids: list[str], tmp_path: Path
) -> None:
    with database.reading() as connection:
        report = build_area_report(connection, settings, peildatum=SUNDAY, area=GEBIED, audience=ALL)
    html, pdf, table, package = write_report(report, tmp_path / "out", file_name(GEBIED))
    assert html.name == "weekrapport-2023-W48-wijk-00-centrum.html"
    assert {path.stat().st_mode & 0o077 for path in (html, pdf, table, package)} == {0}
    text = html.read_text(encoding="utf-8")
    said = [*report.summary, report.subtitle, report.map_text, *report.blocks[0].reasons]
    for sentence in said:
        assert sentence in text
    head = text[text.index("<thead>") : text.index("</thead>")]
    assert re.findall(r'class="getal">(\w+)', head) == ["Meldingen", "Dagen"]
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF-1.7")
    for mark in (b"/MarkInfo", b"/StructTreeRoot", b"/Lang", b"pdfuaid"):
        assert mark in content
    assert content == report_pdf(report)
    with table.open(encoding="utf-8", newline="") as file:
        assert [row["nummer"] for row in csv.DictReader(file, delimiter=";")] == [
            "HS-2023-001",
            "HS-2023-002",
        ]
    assert len(gpd.read_file(package)) == 2


def links_in(pdf: bytes) -> set[str]:
    """The addresses that a PDF leads to."""
    found = set()
    for page in pypdf.PdfReader(BytesIO(pdf)).pages:
        for annotation in page.get("/Annots", []):
            found.add(str(annotation.get_object()["/A"]["/URI"]))
    return found


def lowest_text(page: pypdf.PageObject) -> float:
    """How far above the foot of the page its last line stands, in points; the footer aside."""
    heights = []

    def note(text: str, at: Sequence[float], within: Sequence[float], *_: object) -> None:
        if text.strip():
            heights.append(within[4] * at[1] + within[5] * at[3] + at[5])

    page.extract_text(visitor_text=note)
    return min(height for height in heights if height > FOOTER_PT)


@pytest.mark.usefixtures("ids")
class TestTexts:
    """What is the same on every database."""

    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        """One kind: the tests before ask each."""
        return sqlite_url

    def test_what_holds_for_several_new_places_is_said_once_above_them(
        self, database: Database, settings: Settings
    ) -> None:
        with database.reading() as connection:
            report = build_area_report(connection, settings, peildatum=SUNDAY, area=None, audience=ALL)
        shared = {reason.sentence: reason.places for reason in report.shared}
        assert shared["De plek staat pas kort op de lijst."] == "alle plekken hieronder"
        said = [sentence for block in report.blocks for sentence in block.reasons]
        assert not set(said) & set(shared)
        text = report_html(report)
        for sentence in shared:
            assert text.count(sentence) == 1

    def test_each_place_links_to_its_page_where_the_address_of_the_service_is_known(
        self, database: Database, settings: Settings
    ) -> None:
        with database.reading() as connection:
            report = build_area_report(connection, settings, peildatum=SUNDAY, area=GEBIED, audience=ALL)
        assert "<a " not in report_html(report)
        assert links_in(report_pdf(report)) == set()
        served = replace(report, service="https://hotspots.example.org")
        pages = {f"https://hotspots.example.org/hotspots/HS-2023-00{number}" for number in (1, 2)}
        ways_on = {
            "https://hotspots.example.org/?peildatum=2023-12-03&gebied=Wijk+00+Centrum",
            "https://hotspots.example.org/kaart?peildatum=2023-12-03&gebied=Wijk+00+Centrum",
            "https://hotspots.example.org/rapport?week=2023-W48&gebied=Wijk+00+Centrum",
        }
        assert links_in(report_pdf(served)) == pages | ways_on
        assert set(re.findall('href="([^"]+)"', unescape(report_html(served)))) >= pages | ways_on
        assert 'href="/hotspots/HS-2023-001"' in report_html(replace(report, service=""))

    def test_a_report_says_who_may_read_it(self, database: Database, settings: Settings) -> None:
        with database.writing() as connection:
            for name, organisation, gebieden, is_disabled in (
                ("a", "Trajekt", [GEBIED], False),
                ("b", "politie", [GEBIED], False),
                ("c", "Elders BV", ["Elders"], False),
                ("d", "Vroeger BV", [GEBIED], True),
            ):
                connection.execute(
                    insert(users).values(
                        id=name,
                        name=name,
                        full_name=name,
                        role="gebiedsteam",
                        organisation=organisation,
                        gebieden=gebieden,
                        granted=[],
                        is_disabled=is_disabled,
                        created_at=NOW,
                        created_by="test",
                    )
                )
        told = {}
        with database.reading() as connection:
            for name, area, audience in (
                ("team", GEBIED, team_of(GEBIED)),
                ("oov", None, ALL),
                ("reader", None, Audience(NO_PERSONS, sees_cases=False)),
            ):
                report = build_area_report(
                    connection, settings, peildatum=SUNDAY, area=area, audience=audience
                )
                told[name] = report.readers
        assert told == {
            "team": "Alleen voor het gebiedsteam van Wijk 00 Centrum (Trajekt en politie), OOV en de "
            "privacymedewerker. Geef het niet aan anderen.",
            "oov": "Alleen voor OOV en de privacymedewerker. "
            "Een gebiedsteam krijgt het rapport van het eigen gebied.",
            "reader": "Voor wie een account heeft. "
            "Plekken die naar één woning of één melder wijzen, staan er niet in.",
        }

    def test_no_page_of_the_pdf_but_the_last_stays_half_empty(
        self, database: Database, settings: Settings
    ) -> None:
        with database.reading() as connection:
            report = build_area_report(connection, settings, peildatum=SUNDAY, area=None, audience=ALL)
        many = replace(report.places, rows=[*report.places.rows] * 12)
        *pages, _last = pypdf.PdfReader(BytesIO(report_pdf(replace(report, places=many)))).pages
        assert len(pages) >= 2
        for page in pages:
            assert lowest_text(page) < page.mediabox.height / 3

    def test_the_months_are_drawn_where_their_counts_may_be_exact(
        self, database: Database, settings: Settings
    ) -> None:
        drawn = {}
        with database.reading() as connection:
            for name, audience in (("team", team_of(GEBIED)), ("reader", Audience(NO_PERSONS))):
                report = build_area_report(
                    connection, settings, peildatum=SUNDAY, area=GEBIED, audience=audience
                )
                drawn[name] = report_html(report).count('class="grafiek"')
        assert drawn == {"team": 1, "reader": 0}

    def test_a_report_is_dark_on_a_dark_screen_and_light_on_paper(
        self, database: Database, settings: Settings
    ) -> None:
        with database.reading() as connection:
            report = build_area_report(connection, settings, peildatum=SUNDAY, area=GEBIED, audience=ALL)
        text = report_html(report)
        assert re.findall("@media ([^{]*dark[^{]*) {", text) == ["screen and (prefers-color-scheme: dark)"]


def test_text_of_people_does_nothing_in_any_file(
    database: Database, settings: Settings, ids: list[str], tmp_path: Path
) -> None:
    tell(database, ids[0], EVIL, str(Sharing.TEAM))
    with database.writing() as connection:
        names = {"buurtnaam": EVIL, "wijknaam": EVIL}
        connection.execute(update(areas).where(areas.c.buurtcode == CENTRE[0]).values(names))
    with database.reading() as connection:
        report = build_area_report(connection, settings, peildatum=SUNDAY, area=EVIL, audience=team_of(EVIL))
    html, pdf, table, _ = write_report(report, tmp_path, file_name(EVIL))
    assert html.parent == pdf.parent == tmp_path
    text = html.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "{{7*7}}" in text
    with table.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file, delimiter=";") for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


@pytest.mark.parametrize("week", ["2023-W54", "2023-48", "week 48", ""])
def test_what_is_no_week_is_refused(week: str) -> None:
    with pytest.raises(ValueError, match="wanted a day such as"):
        last_day_of(week)
