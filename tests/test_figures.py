"""Figures in the documents are those that the commands printed, and a new run replaces all of them."""

from pathlib import Path
from typing import Any

import pytest

from tests.figures import MEASURED, ROOT, measured, quote, renew


@pytest.mark.parametrize("name", measured())
def test_documents_have_the_figures_that_a_command_printed(name: str) -> None:
    kept: dict[str, Any] = measured()[name]
    for document in kept["shown_in"]:
        text = (ROOT / document).read_text(encoding="utf-8")
        assert kept["command"] in text
        assert f"```text\n{kept['output']}```" in text, f"{document} shows another output of {name}"
    for quoted in kept["quoted"]:
        words = quote(quoted["words"], kept["output"])
        assert words in (ROOT / quoted["in"]).read_text(encoding="utf-8"), f"{quoted['in']}: {words}"


def test_a_new_run_replaces_the_figures_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    before, after = "         F1\nours  0.986\n", "         F1\nours  0.987\n"
    (tmp_path / MEASURED).write_text(
        f'[first]\ncommand = "a"\ndate = 2026-11-25\ncommit = ""\nshown_in = ["docs/a.md"]\n'
        'quoted = [{ in = "README.md", words = "F1 {ours|F1:.2f}; {ours|F1}" }]\n'
        f"output = '''\n{before}'''\n",
        encoding="utf-8",
    )
    (tmp_path / "docs/a.md").write_text(f"```text\n{before}```\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("Good: F1 0.99; 0.986.\n", encoding="utf-8")
    renew("first", after, root=tmp_path, day="2026-12-01", commit="abc")
    assert (tmp_path / "docs/a.md").read_text(encoding="utf-8") == f"```text\n{after}```\n"
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "Good: F1 0.99; 0.987.\n"
    kept = measured(tmp_path)["first"]
    assert (kept["output"], str(kept["date"]), kept["commit"]) == (after, "2026-12-01", "abc")
