"""`hotspots status`: the real command, before and after there is anything to tell."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hotspots.operations.job_alerts import raise_alert
from hotspots.operations.timetable import expected_as_of
from hotspots.settings import Settings
from hotspots.store.database import Database


def test_it_ends_with_1_and_says_what_to_do_while_something_needs_action(run_command: Any) -> None:
    run_command("db", "upgrade")
    told = run_command("status", code=1).stdout
    assert told.startswith("last week's run: NOT DONE: there is no run at all\n1 TO ACT ON\n")
    assert "actie nodig: Er zijn nog geen meldingen.\n    Importeer een levering" in told
    assert told.index("actie nodig") < told.index("let op") < told.index("ter informatie")
    assert "areas              44\n" in told
    as_json = json.loads(run_command("status", "--json", code=1).stdout)
    assert as_json["needsAction"]
    assert not as_json["isLastWeeksRunFine"]
    assert as_json["findings"][0]["code"] == "no_reports"


def test_its_first_line_says_whether_last_weeks_run_was_fine(run_command: Any, tmp_path: Path) -> None:
    def first_line() -> str:
        return str(run_command("status", code=1).stdout.splitlines()[0])

    sunday = expected_as_of(Settings(), datetime.now(UTC))
    before = sunday - timedelta(weeks=3)
    run_command("db", "upgrade")
    run_command("detect", "--as-of", str(before))
    assert first_line() == (
        f"last week's run: NOT DONE: the last one is as of {before}, that of {sunday} is not there"
    )
    run_command("detect", "--as-of", str(sunday))
    assert re.fullmatch(
        rf"last week's run: fine \(done \d{{4}}-\d\d-\d\d \d\d:\d\d, as of {sunday}\)", first_line()
    )
    assert json.loads(run_command("status", "--json", code=1).stdout)["isLastWeeksRunFine"]
    rows = [
        f"{week}-{number};{sunday - timedelta(weeks=week)} 12:00;Overlast drugs"
        for week in range(1, 9)
        for number in range(10)
    ]
    path = tmp_path / "two-months.csv"
    path.write_text("\n".join(["meldingnummer;meldtijd;hoofdcategorie", *rows]) + "\n", encoding="utf-8")
    run_command("reports", "import", path, "--source", "melddesk")
    run_command("detect", "--as-of", str(sunday))
    assert re.fullmatch(rf"last week's run: NOT FINE \(done .*, as of {sunday}\): see below", first_line())


def test_it_shows_the_last_alerts_and_counts_those_of_the_week(
    run_command: Any, database: Database, database_url: str
) -> None:
    now = datetime.now(UTC)
    with database.writing() as connection:
        for number in range(7):
            about = now - timedelta(hours=number)
            raise_alert(connection, "weekly", "failed", about=about, message=f"no room {number}", now=now)
    told = run_command("status", settings={"DATABASE_URL": database_url}, code=1).stdout
    assert re.search(r"^alerts, last week +7$", told, re.MULTILINE)
    shown = re.findall(r"weekly failed: no room (\d)", told)
    assert shown == ["6", "5", "4", "3", "2"]


def test_it_tells_how_the_last_delivery_of_each_source_was_read(run_command: Any, tmp_path: Path) -> None:
    header = "meldingnummer;meldtijd;hoofdcategorie;omschrijving;straatnaam;huisnummer;rd_x;rd_y;melder"
    rows = [
        f"{n}.0;2023-12-02 {n:02}:15;Overlast drugs;Jan Tabaksblat;;;{176201 + 3 * n};{317511 + 7 * n};m{n}"
        for n in range(1, 21)
    ]
    first = "\n".join([header, *rows, ""])
    second = first.replace("melder", "Tabaksblat 06-87654321").replace("Jan ", "Jos\xe9 ")
    (tmp_path / "first.csv").write_text(first, encoding="utf-8")
    (tmp_path / "second.csv").write_bytes(second.encode("cp1252"))
    (tmp_path / "other.json").write_text("[]", encoding="utf-8")
    run_command("db", "upgrade")
    for name, source in (("first.csv", "melddesk"), ("other.json", "open311"), ("second.csv", "melddesk")):
        run_command("reports", "import", tmp_path / name, "--source", source)
    told = run_command("status", code=1).stdout
    assert "Tabaksblat" not in told
    lines = [line.strip() for line in told.partition("delivery melddesk")[2].splitlines()]
    assert lines[0].endswith("second.csv: 0% refused, 100% with a place, 0% with a known reporter")
    assert "absent columns: huisletter, huisnummertoevoeging, melder, postcode" in told
    assert "note: tekens gelezen als cp1252, niet als utf-8-sig: 1" in lines
    decimals = "geheel getal dat met decimalen geschreven is (12.0): gelezen als geheel getal"
    assert f"note: {decimals}: 20" in lines
    assert (
        told.index("delivery melddesk") < told.index("delivery open311") < told.index("other.json: no rows")
    )
    assert "eerdere leveringen hadden die wel" in told
    as_json = json.loads(run_command("status", "--json", code=1).stdout)
    melddesk, open311 = as_json["deliveries"]
    assert melddesk["absentColumns"] == [
        "huisletter",
        "huisnummertoevoeging",
        "melder",
        "postcode",
        "subcategorie",
        "woonplaats",
    ]
    shares = [melddesk[name] for name in ("rejectedShare", "locatedShare", "withReporterShare")]
    assert (melddesk["source"], melddesk["mapping"], melddesk["notes"][decimals], shares) == (
        "melddesk",
        "melddesk",
        20,
        [0.0, 1.0, 0.0],
    )
    assert (open311["source"], open311["read"], open311["locatedShare"]) == ("open311", 0, None)


def test_without_a_database_it_says_so_in_one_line(run_command: Any) -> None:
    ended = run_command("status", code=1)
    assert ended.stdout == ""
    assert "hotspots db upgrade" in ended.stderr
