"""`hotspots papers`: written as files, questions answered, and the yearly check."""

import json
from pathlib import Path

from tests.conftest import RunCommand


def test_papers_are_written_with_what_people_answered(run_command: RunCommand, tmp_path: Path) -> None:
    run_command("db", "upgrade")
    asked = json.loads(run_command("papers", "questions", "--json").stdout)
    assert asked["klacht"]["answer"] is None
    run_command("papers", "answer", "klacht", "--text", "Bij de balie.", "--by", "A. Beheer")
    run_command("papers", "answer", "register-begin", "--text", "2024-02", "--by", "A. Beheer")
    after = json.loads(run_command("papers", "write", "--output", "uit", "--json").stdout)
    assert (after["files"], after["openQuestions"]) == (7, len(asked) - 2)
    record = json.loads((tmp_path / "uit" / "algoritmeregister.json").read_text(encoding="utf-8"))
    assert (record["begin_date"], record["status"]) == ("2024-02", "In gebruik")
    assert (tmp_path / "uit" / "ai-verordening.docx").stat().st_mode & 0o077 == 0
    wrong = run_command("papers", "answer", "register-begin", "--text", "ooit", "--by", "A", code=1)
    assert "wanted for 'register-begin' a month such as 2026-01" in wrong.stderr
    assert (
        "found 'niets'" in run_command("papers", "answer", "niets", "--text", "x", "--by", "A", code=1).stderr
    )
    assert "wanted a year with data" in run_command("papers", "check", code=1).stderr
