"""The rules of detection in plain Dutch, from `rule_words.toml`, for the forms to try and change them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Rule:
    """One rule: its name, and the reason for its default."""

    label: str
    why: str


@dataclass(frozen=True)
class RuleGroup:
    """Rules of one part of the definition, by the name of their setting in [detection]."""

    title: str
    explanation: str
    rules: Mapping[str, Rule]


_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
RULES = tuple(
    RuleGroup(
        group["title"],
        group["explanation"],
        {name: Rule(**words) for name, words in group["rules"].items()},
    )
    for group in _WORDS["groups"]
)

PREFIX = "detection."


def label_of(key: str) -> str:
    """What a rule is called, by ``detection.name``; one without words by that."""
    name = key.removeprefix(PREFIX)
    return next((group.rules[name].label for group in RULES if name in group.rules), f"Andere regel: {name}")


def written(value: object) -> str:
    """Give the value of a setting as text in a form.

    Examples
    --------
    >>> written(8), written(0.005), written(1000.0)
    ('8', '0.005', '1000')
    """
    return f"{value:g}" if isinstance(value, float) else str(value)
