"""`docs/roles.md`: its tables are those of the code."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from hotspots.access.rights import GRANTED, RIGHTS, SCOPES, SHARED_WITH, Reach, Right, Role, Sharing
from hotspots.casework.workflow import TRANSITIONS, MeasureKind
from hotspots.settings import Settings

DOCUMENT = Path(__file__).parents[3] / "docs" / "roles.md"


def as_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rights_table() -> str:
    words = {None: "", Reach.EVERYWHERE: "everywhere", Reach.OWN_AREAS: "own areas"}
    rows = [
        [
            f"`{right}`" + (" (by name)" if right in GRANTED else ""),
            *(words[RIGHTS[right].get(role)] for role in Role),
            "scope" if right in SCOPES else "",
        ]
        for right in Right
    ]
    return as_table(["right", *Role, "machine"], rows)


def sharing_table() -> str:
    rows = [
        [f"`{sharing}`", *("yes" if role in SHARED_WITH[sharing] else "" for role in Role)]
        for sharing in Sharing
    ]
    return as_table(["class", *Role], rows)


def transitions_table() -> str:
    rows = [
        [
            step.name,
            ", ".join(step.sources),
            step.target,
            step.who,
            ", ".join(sorted(step.needs)),
            f"`{step.starts}`" if step.starts else "",
        ]
        for step in TRANSITIONS
    ]
    return as_table(["step", "from", "to", "who", "needs", "starts"], rows)


@pytest.mark.parametrize("table", [rights_table(), sharing_table(), transitions_table()], ids=range(3))
def test_a_table_of_the_document_is_that_of_the_code(table: str) -> None:
    assert table in DOCUMENT.read_text(encoding="utf-8"), f"put this in docs/roles.md:\n{table}"


def test_the_document_names_every_setting_of_workflow_and_signing_in_and_every_kind_of_measure() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    settings = [*type(Settings().workflow).model_fields, *type(Settings().sign_in).model_fields]
    assert [name for name in settings if f"`{name}`" not in text] == []
    assert [kind for kind in MeasureKind if f"`{kind}`" not in text] == []
