"""`hotspots reports import`: what each bad file and each bad row gives, word for word."""

import csv
import gzip
import io
import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from jobs.command import main

Call = Callable[..., tuple[int, str, str]]

HEADER = (
    "meldingnummer;meldtijd;hoofdcategorie;omschrijving;straatnaam;huisnummer;huisletter;huisnummertoevoeging;"
    "postcode;woonplaats;rd_x;rd_y;melder;subcategorie;kanaal"
)
TEMPLATE = "{id};{time};{category};{text};Markt;1;;;6211CK;Maastricht;{x};{y};melder-7;Dealen;web"
GOOD = {
    "id": "M1",
    "time": "2023-03-14 21:35",
    "category": "Overlast drugs",
    "text": "Er wordt gedeald",
    "x": "176200",
    "y": "317800",
}


def spreadsheet() -> bytes:
    """A workbook with a header and a row."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["meldingnummer", "meldtijd"])
    book.active.append(["M1", "2023-03-14 21:35"])
    book.save(content)
    return content.getvalue()


def line(**changes: str) -> str:
    """One row of the export: a good one, with changes."""
    return TEMPLATE.format(**(GOOD | changes))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with settings and own mappings."""
    sources = tmp_path / "config" / "sources"
    sources.mkdir(parents=True)
    (tmp_path / "config" / "hotspots.toml").write_text(
        '[municipality]\nname = "Maastricht"\ncode = "GM0935"\n'
    )
    (sources / "wrong.toml").write_text('[columns]\nid = "a"\nreported_at = "b"\n[colums]\n')
    (sources / "latin.toml").write_text(
        '[columns]\nid = "a"\nreported_at = "b"\n[file]\nencodings = ["ascii"]\n'
    )
    (sources / "pages.toml").write_text('[columns]\nid = "id"\nreported_at = "at"\n[file]\nformat = "json"\n')
    return tmp_path


@pytest.fixture
def call(
    folder: Path,
    database: Database,
    database_url: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Call:
    """Run ``hotspots reports import`` in that folder, as its command does; gives code, stdout, stderr."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", database_url)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["hotspots", "reports", "import", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


IS_THIS = "is this a file of this source, with this delimiter?"
BAD_FILES: dict[str, tuple[str, bytes | None, str]] = {
    "absent": ("melddesk", None, "can't read 'in' (No such file or directory)"),
    "empty": ("melddesk", b"", "'in' is empty: wanted a header and rows, found 0 bytes"),
    "a byte order mark alone": (
        "melddesk",
        b"\xef\xbb\xbf",
        "'in' has no header: wanted column names in its first line",
    ),
    "blank lines": ("melddesk", b"\n\n", "'in' has no header: wanted column names in its first line"),
    "a header with a quote too many": (
        "melddesk",
        b'"meldingnummer;meldtijd\n' + b"M1;x\n" * 2000,
        "'in' has no header: wanted column names in its first line",
    ),
    "another delimiter": (
        "melddesk",
        b"meldingnummer,meldtijd\nM1,x\n",
        "wanted the column(s) meldingnummer, meldtijd, hoofdcategorie, found 1 column(s): " + IS_THIS,
    ),
    "without the column of the time": (
        "melddesk",
        b"meldingnummer;hoofdcategorie\nM1;x\n",
        "wanted the column(s) meldtijd, found 2 column(s): " + IS_THIS,
    ),
    "without a header": (
        "melddesk",
        b"M-1;2024-03-01 21:35;Mijn buurman Jan Tabaksblat, 06-87654321\n",
        "wanted the column(s) meldingnummer, meldtijd, hoofdcategorie, found 3 column(s): " + IS_THIS,
    ),
    "with a column misspelt": (
        "melddesk",
        b"meldnummer;meldtijd;hoofdcategorie\nM1;x;y\n",
        "wanted the column(s) meldingnummer, found 3 column(s), of which 'meldnummer' comes near: " + IS_THIS,
    ),
    "in another encoding": (
        "latin",
        "a;b\nCafé;1\n".encode(),
        "'in' is written in none of the encodings ascii: name its encoding in the mapping file",
    ),
    "JSON where CSV was announced": (
        "melddesk",
        b'[{"id": 1}]',
        "'in' is a json file: wanted csv, as the mapping says",
    ),
    "CSV where JSON was announced": (
        "pages",
        b"id;at\n1;2\n",
        "'in' is a csv file: wanted json, as the mapping says",
    ),
    "JSON without records": (
        "pages",
        b'{"detail": "Niet ingelogd"}',
        (
            "'in' has no records where the mapping says: wanted a list under 'results' or a list at the top, "
            "found an object with 'detail' (file.records)"
        ),
    ),
    "a spreadsheet": (
        "melddesk",
        spreadsheet(),
        (
            "wanted the column(s) hoofdcategorie, found 2 column(s): is this a file of this source, with "
            "this delimiter?"
        ),
    ),
    "a spreadsheet where a zip was announced": (
        "signalen",
        spreadsheet(),
        "'in' is a workbook (XLSX or ODS): wanted json, as the mapping says",
    ),
    "an old spreadsheet": (
        "melddesk",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
        (
            "'in' is an old Excel spreadsheet (.xls): wanted CSV, XLSX, ODS, JSON or zip; "
            "open it and save it as 'CSV UTF-8'"
        ),
    ),
    "compressed": (
        "melddesk",
        gzip.compress(b"meldingnummer;meldtijd\n"),
        "'in' is compressed with gzip: wanted CSV, XLSX, ODS, JSON or zip; unpack it first",
    ),
    "UTF-16": (
        "melddesk",
        "meldingnummer;meldtijd\nM1;x\n".encode("utf-16"),
        (
            "'in' is written in UTF-16 ('Unicode text' in Excel): wanted utf-8-sig, cp1252; "
            "save it as UTF-8, or name utf-16 in file.encodings of the mapping"
        ),
    ),
    "UTF-16 without its mark": (
        "melddesk",
        "meldingnummer;meldtijd\nM1;x\n".encode("utf-16-le"),
        (
            "'in' is written in UTF-16 ('Unicode text' in Excel): wanted utf-8-sig, cp1252; "
            "save it as UTF-8, or name utf-16 in file.encodings of the mapping"
        ),
    ),
    "JSON in UTF-16": (
        "pages",
        '[{"id": 1}]'.encode("utf-16"),
        "'in' is written in UTF-16 ('Unicode text' in Excel): wanted utf-8; save it as UTF-8",
    ),
    "JSON that is cut off": (
        "pages",
        b'{"results": [{"id": 1, "at": "2023-03-',
        (
            "'in' is no whole JSON from record 1 on (parse error: premature EOF): it may be truncated; fetch "
            "it again"
        ),
    ),
    "a broken zip of pages": (
        "pages",
        b"PK\x03\x04nonsense",
        "'in' is a broken zip (File is not a zip file): fetch it again",
    ),
    "a broken zip of tables": (
        "signalen",
        b"PK\x03\x04nonsense",
        "'in' is a broken zip (File is not a zip file): fetch it again",
    ),
    "an unknown source": (
        "meldesk",
        b"x",
        (
            "there is no mapping file for source 'meldesk': wanted one of latin, melddesk, open311, pages, "
            "signalen, signalen-api, wrong, or write 'config/sources/<name>.toml'"
        ),
    ),
    "a wrong mapping": (
        "wrong",
        b"x",
        "config/sources/wrong.toml: 'colums' does not exist; did you mean 'columns'?",
    ),
}
"""The source, the bytes of the file, and the error."""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the database decides nothing here
@pytest.mark.parametrize(("source", "content", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_gives_one_line_and_exit_code_1(
    call: Call, folder: Path, source: str, content: bytes | None, message: str
) -> None:
    if content is not None:
        (folder / "in").write_bytes(content)
    assert call("in", "--source", source) == (1, "", f"hotspots: {message}\n")
    assert not (folder / "in.rejects.csv").exists()


OUTSIDE = "ligt buiten de gemeente (de ingelezen buurten)"
BAD_ROWS = {
    "no id": (line(id=" "), "geen kenmerk: 'meldingnummer' is leeg"),
    "a long id": (line(id="M" * 121), "het kenmerk is 121 tekens lang; 120 past"),
    "no time": (line(time=""), "geen leesbare tijd van melden: leeg"),
    "a time in words": (line(time="gisteren"), "geen leesbare tijd van melden: 'gisteren'"),
    "an American date": (line(time="03/14/2023"), "geen leesbare tijd van melden: '03/14/2023'"),
    "30 February": (line(time="2023-02-30 10:00"), "geen leesbare tijd van melden: '2023-02-30 10:00'"),
    "a serial number of no date": (line(time="12,5"), "geen leesbare tijd van melden: '12,5'"),
    "Amsterdam": (line(x="121000", y="487000"), OUTSIDE),
    "Amsterdam in degrees": (line(x="4,9", y="52,37"), OUTSIDE),
    "Amsterdam, swapped": (line(x="487000", y="121000"), OUTSIDE),
    "too few columns": ("M1;2023-03-14 21:35", "de regel heeft 2 kolommen, verwacht 15 (afgebroken?)"),
    "too many columns": (line() + ";x", "de regel heeft 16 kolommen, verwacht 15 (afgebroken?)"),
    "a quote too many": (
        line(text='"geen einde'),
        'een aanhalingsteken (") in deze regel sluit niet: haal het weg of verdubbel het',
    ),
    "a line of a megabyte": (line(text="x" * 1_100_000), "de regel is langer dan 1.000.000 tekens"),
}
"""A row, and why it is refused; a good row stands after each."""


def test_each_bad_row_is_refused_with_its_reason_and_no_other_row_is_lost(call: Call, folder: Path) -> None:
    rows = [HEADER]
    for number, (bad, _) in enumerate(BAD_ROWS.values()):
        rows += [bad, line(id=f"G{number}", text='"goed, ""met"" aanhalingstekens\nen een regel"')]
    (folder / "in.csv").write_text("\r\n".join(rows), encoding="utf-8")
    code, out, err = call("in.csv", "--source", "melddesk", "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer.pop("listChanges")["words"].startswith("De lijst verandert bij de ronde van maandag ")
    assert answer == {
        "read": 2 * len(BAD_ROWS),
        "new": len(BAD_ROWS),
        "updated": 0,
        "unchanged": 0,
        "otherCategory": 0,
        "rejected": len(BAD_ROWS),
        "located": len(BAD_ROWS),
        "rejectsFile": "in.csv.rejects.csv",
        "pastPeriod": {
            kind: {"past": len(BAD_ROWS), "withinMonth": 0} for kind in ("texts", "locations", "reports")
        },
        "goesAt": None,
        "confirmed": False,
    }
    with (folder / "in.csv.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        refused = list(csv.DictReader(file, delimiter=";"))
    assert [(int(row["rijnummer"]), row["reden"]) for row in refused] == [
        (2 * number + 1, reason) for number, (_, reason) in enumerate(BAD_ROWS.values())
    ]
    assert refused[0]["melder"] == ""  # who reported is kept nowhere


def test_refused_rows_can_be_mended_in_their_file_and_imported_from_it(call: Call, folder: Path) -> None:
    (folder / "in.csv").write_text(f"{HEADER}\n{line(time='gisteren')}\n", encoding="utf-8")
    call("in.csv", "--source", "melddesk")
    refused = folder / "in.csv.rejects.csv"
    refused.write_text(refused.read_text("utf-8").replace(";gisteren;", ";2023-03-14 21:35;"), "utf-8")
    code, out, _ = call(refused.name, "--source", "melddesk", "--json")
    assert (code, json.loads(out)["new"]) == (0, 1)


def test_a_dry_run_shows_columns_categories_readings_and_counts_and_keeps_nothing(
    call: Call, folder: Path
) -> None:
    rows = [line(id=f"M{number}") for number in range(12)]
    rows += [
        line(id="A1", category="Afval", x="0", y="0"),
        line(id="N1", time="2023-10-29 02:30"),
        line(id=""),
    ]
    header = HEADER.replace("melder;", "melders;")
    (folder / "in.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    code, out, err = call("in.csv", "--source", "melddesk", "--dry-run")
    assert code == 0
    assert [row.split() for row in out.splitlines()] == [
        ["read", "15"],
        ["new", "13"],
        ["updated", "0"],
        ["unchanged", "0"],
        ["otherCategory", "1"],
        ["rejected", "1"],
        ["located", "13"],
        ["rejectsFile", "None"],
        ["dryRun", "True"],
    ]
    assert err.splitlines() == [
        "columns (field <- column of the file):",
        "  id <- meldingnummer",
        "  reported_at <- meldtijd",
        "  category <- hoofdcategorie",
        "  subcategory <- subcategorie",
        "  text <- omschrijving",
        "  reporter <- melder (absent)",
        "  street <- straatnaam",
        "  house_number <- huisnummer",
        "  house_letter <- huisletter",
        "  house_suffix <- huisnummertoevoeging",
        "  postcode <- postcode",
        "  town <- woonplaats",
        "  x <- rd_x",
        "  y <- rd_y",
        "  not used: melders, kanaal",
        "categories (as in the file -> counted as: rows):",
        "  Overlast drugs/Dealen -> drugs: 13",
        "  Afval/Dealen -> other: 1",
        "note: tijd in het uur dat twee keer voorkomt: gelezen als het eerste (zomertijd): 1",
        "the first readings:",
        *(
            f"  row {number + 1}: M{number}, 2023-03-14T20:35:00+00:00, drugs, x=176200, y=317800, "
            "Markt 1 6211CK Maastricht"
            for number in range(10)
        ),
        (
            "rows past their period: texts: 13, within a month: 0; places: 13, within a month: 0; reports: "
            "13, within a month: 0: nothing goes yet, as nobody confirmed the periods ('hotspots privacy "
            "confirm-retention')"
        ),
    ]
    assert sorted(path.name for path in folder.iterdir() if path.is_file() and "sqlite" not in path.name) == [
        "in.csv"
    ]
    _, again, _ = call("in.csv", "--source", "melddesk", "--json")
    assert json.loads(again)["new"] == 13


def test_an_import_says_what_needs_attention_as_earlier_deliveries_had_it(call: Call, folder: Path) -> None:
    (folder / "first.csv").write_text("\n".join([HEADER, line(), ""]), encoding="utf-8")
    renamed = "\n".join([HEADER.replace("melder", "aangever"), line(id="M2"), ""])
    (folder / "second.csv").write_text(renamed, encoding="utf-8")
    lost = (
        "without column(s) melder, which earlier deliveries had: have it exported with them, or put their "
        "new names in config/sources/melddesk.toml, and import it again"
    )
    _, out, err = call("first.csv", "--source", "melddesk")
    assert "attention" not in out + err
    _, out, err = call("second.csv", "--source", "melddesk", "--dry-run")
    assert "attention" not in out + err
    _, out, err = call("second.csv", "--source", "melddesk")
    assert f"attention: {lost}\n" in err
    _, out, _ = call("second.csv", "--source", "melddesk", "--json")
    assert json.loads(out)["attention"] == [lost]


def test_a_dry_run_as_json_tells_the_same(call: Call, folder: Path) -> None:
    page = {"results": [{"id": 1, "at": "2023-03-14T20:35:00Z", "extra": {"deep": 1}}]}
    (folder / "page.json").write_text(json.dumps(page))
    code, out, err = call("page.json", "--source", "pages", "--dry-run", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["dryRun"], told["otherCategory"]) == (True, 1)
    assert told["columns"] == {"id": ["id"], "reported_at": ["at"]}
    assert (told["absentColumns"], told["unusedColumns"]) == ([], ["extra.deep"])
    assert told["categories"] == [{"name": "", "countedAs": "other", "rows": 1}]
    assert told["firstReadings"] == [
        {
            "row": 1,
            "id": "1",
            "reportedAt": "2023-03-14T20:35:00+00:00",
            "category": "other",
            "x": None,
            "y": None,
            "address": "",
        }
    ]


def test_the_installed_command_tells_a_bad_file_in_one_line_and_imports_a_good_one(
    hotspots_command: Path, environment: dict[str, str], tmp_path: Path, settings: Settings
) -> None:
    url = f"sqlite:///{tmp_path}/reports.sqlite"
    database = Database(url)
    database.upgrade()
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    database.close()
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hotspots.toml").write_text('[municipality]\ncode = "GM0935"\n')
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04nonsense")
    (tmp_path / "good.csv").write_text(f"{HEADER}\n{line(text='één café')}\n", encoding="cp1252")

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [str(hotspots_command), "reports", "import", *arguments]
        variables = environment | {"HOTSPOTS_DATABASE_URL": url}
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    bad = run("bad.zip", "--source", "signalen")
    assert bad.returncode == 1
    assert bad.stderr == "hotspots: 'bad.zip' is a broken zip (File is not a zip file): fetch it again\n"
    assert run("good.csv", "--source", "melddesk").returncode == 0
    with sqlite3.connect(tmp_path / "reports.sqlite") as file:
        assert file.execute("SELECT text FROM report_texts").fetchall() == [("één café",)]
