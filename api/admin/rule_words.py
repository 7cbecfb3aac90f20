"""The rules of detection in plain Dutch, from `rule_words.toml`, for the form to try other rules."""

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
