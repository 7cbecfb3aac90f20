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
    assert "44, 44 approximate" in told
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


def test_without_a_database_it_says_so_in_one_line(run_command: Any) -> None:
    ended = run_command("status", code=1)
    assert ended.stdout == ""
    assert "hotspots db upgrade" in ended.stderr
