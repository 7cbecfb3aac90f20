"""`hotspots status`: the real command, before and after there is anything to tell."""

import json
from typing import Any


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


def test_without_a_database_it_says_so_in_one_line(run_command: Any) -> None:
    ended = run_command("status", code=1)
    assert ended.stdout == ""
    assert "hotspots db upgrade" in ended.stderr
