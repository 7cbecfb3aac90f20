"""The files that account for the software: complete, within limits, and equal to code and figures."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hotspots.settings import RetentionSettings
from hotspots.store.audit import ACTIVITIES, MANAGING, REVIEWING

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "verantwoording"
FIGURES = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")

SCOPES = {
    *("agriculture", "culture", "defence", "education", "emergency-services", "employment"),
    *(
        "energy",
        "environment",
        "finance-and-economic-development",
        "foreign-affairs",
        "government",
        "healthcare",
    ),
    *(
        "infrastructures",
        "justice",
        "local-authorities",
        "manufacturing",
        "research",
        "science-and-technology",
    ),
    *("security", "society", "sport", "tourism", "transportation", "welfare"),
}
"""Of what software may be for: the list of scopes of publiccode.yml (https://yml.publiccode.tools)."""


def read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.fixture
def record() -> dict[str, Any]:
    """The record for the Algoritmeregister."""
    found: dict[str, Any] = json.loads(read("algoritmeregister.json"))
    return found


def problems_of(value: Any, rule: dict[str, Any], name: str) -> list[str]:
    """What the publication standard has against a value."""
    found = []
    if rule["type"] in ("string", "enum") and not isinstance(value, str):
        return [f"{name} is no text"]
    if isinstance(value, str):
        if len(value) > rule.get("max_length", len(value)):
            found.append(f"{name} is {len(value)} long, {rule['max_length']} fits")
        tags = set(re.findall(r"</?(\w+)", value)) - set(rule.get("allowed_html_tags", ()))
        found += [f"{name} has <{tag}>" for tag in tags]
    if rule["type"] == "array":
        if "items" in rule:
            for item in value:
                for key, part in rule["items"].items():
                    found += problems_of(item.get(key), part, f"{name}.{key}")
        value_list = value if "permitted_values" in rule else []
        found += [f"{name}: {one}" for one in value_list if one not in rule["permitted_values"]]
    elif "permitted_values" in rule and value not in rule["permitted_values"]:
        found.append(f"{name}: {value}")
    return found


def test_the_record_of_the_algorithm_register_fits_the_standard(
    record: dict[str, Any], shared_data: Callable[[str], Path]
) -> None:
    path = shared_data("standards/algoritmeregister_v1_0_schema.json")
    rules = json.loads(path.read_text(encoding="utf-8"))["properties"]
    assert set(record) <= set(rules)
    required = {name for name, rule in rules.items() if rule.get("required") is True}
    assert required <= set(record)
    assert record["provider"] == "Intern ontwikkeld", "a supplier, and there is none"
    assert [line for name, value in record.items() for line in problems_of(value, rules[name], name)] == []


def test_the_record_says_what_the_settings_say(record: dict[str, Any]) -> None:
    assert "de laatste {weken} weken" in record["methods_and_models"]
    assert "minstens {melders} melders, één hoogstens {aandeel}" in read("dpia.md")


def test_the_model_card_has_the_figures_of_the_evaluation() -> None:
    measured = detection_figures()["hotspots"]
    told = dict(re.findall(r"^\| ([\w/ ]+?) \| ([\d.]+) \|$", read("modelkaart.md"), re.MULTILINE))
    assert told == {name: measured[name] for name in told}, "put the figures of docs/evaluation.md in it"
    assert {"F1", "recall", "precision", "false/year"} <= set(told)


def test_the_table_of_figures_has_the_figures_of_the_evaluation() -> None:
    measured = detection_figures()
    table = re.findall(
        r"^\| (.+?) \| (0\.\d+) \| (0\.\d+) \| (0\.\d+) \| ([\d.]*) ?\|$", FIGURES, re.MULTILINE
    )
    told = {name.replace(" with ", " + "): figures for name, *figures in table}
    assert set(told) == set(measured)
    for name, (f1, recall, precision, false) in told.items():
        found = measured[name]
        assert [f1, recall, precision] == [found["F1"], found["recall"], found["precision"]], name
        wanted = found["false/year"]
        assert false == ("" if wanted == "-" else wanted)
    ours = measured["hotspots"]
    sentence = " ".join(FIGURES.split("Median error", 1)[1].split("The seed", 1)[0].split())
    for words in (
        f"{float(ours['error m']):g} m; median delay",
        f"is met {float(ours['delay d']):g} days, p90 {float(ours['p90']):g};",
        f"`soort` right {100 * float(ours['soort']):.1f} %",
        f"indication {100 * float(ours['indicatie']):.1f} %",
    ):
        assert words in sentence


def detection_figures() -> dict[str, dict[str, str]]:
    """What the evaluation measured, per method."""
    evaluation = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    block = evaluation.split("### Detection")[1].split("```text\n")[1].split("```")[0].splitlines()
    head = re.split(r"\s{2,}", block[0].strip())
    rows = [re.split(r"\s{2,}", line) for line in block[1:] if not line.startswith(" ")]
    return {
        name: dict(zip(head, figures, strict=True)) for name, *figures in rows if len(figures) == len(head)
    }


def test_the_register_of_processing_knows_every_activity_and_every_period() -> None:
    register = read("verwerkingsregister.md")
    codes = set(re.findall(r"^\| `(\w+)` \|", register, re.MULTILINE))
    assert set(ACTIVITIES.values()) == codes, "each has its lines in the processing log"
    named = set(re.findall(r"`(\w+_days)`", register))
    assert named == set(RetentionSettings.model_fields)


def test_every_processing_that_is_named_is_done_somewhere() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("src/hotspots", "api", "jobs")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "audit.py"
    )
    named = {name for name in ACTIVITIES if f'"{name}"' in code}
    constants = {name for word, name in (("MANAGING", MANAGING), ("REVIEWING", REVIEWING)) if word in code}
    assert named | constants == set(ACTIVITIES)
    written = set(re.findall(r"\b(?:processing|add_line)\(\s*\w+,\s*\"([^\"]+)\"", code))
    assert written
    assert written <= set(ACTIVITIES)


def test_every_file_is_in_the_list_of_the_folder() -> None:
    overview = read("README.md")
    for path in FOLDER.iterdir():
        assert path.name == "README.md" or f"({path.name})" in overview


def test_publiccode_names_what_the_standard_wants() -> None:
    text = (ROOT / "publiccode.yml").read_text(encoding="utf-8")
    for name in (
        *(
            "publiccodeYmlVersion",
            "name",
            "url",
            "softwareType",
            "platforms",
            "categories",
            "developmentStatus",
        ),
        *("description", "legal", "maintenance", "localisation", "intendedAudience"),
    ):
        assert re.search(rf"^{name}:", text, re.MULTILINE), name
    assert re.search(r"^  license: EUPL-1\.2$", text, re.MULTILINE)
    scopes = re.search(r"^  scope:\n((?:    - .+\n)+)", text, re.MULTILINE)
    assert scopes is not None
    assert set(re.findall(r"- (.+)", scopes[1])) <= SCOPES
    shorts = re.findall(r"shortDescription: (.+)", text)
    assert len(shorts) == 2
    assert all(len(short) <= 150 for short in shorts)
    longs = re.findall(r"longDescription: >\n((?:      .+\n)+)", text)
    assert all(150 <= len(" ".join(long.split())) <= 10_000 for long in longs)
    assert len(longs) == 2
    features = re.findall(r"^      - (.+)$", text, re.MULTILINE)
    assert features
    assert all(len(feature) <= 100 for feature in features)
