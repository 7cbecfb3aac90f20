"""The settings that an administrator changes, in plain Dutch, from `setting_words.toml`, for their pages."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class SettingWords:
    """One setting: its name, why it is as it is, and its choices in words."""

    label: str
    why: str
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SettingSection:
    """A page of settings, by ``section.key``."""

    slug: str
    title: str
    explanation: str
    refused: str  # what is said of values that can't be
    settings: Mapping[str, SettingWords]


@dataclass(frozen=True)
class FixedSetting:
    """A setting that only the server sets, and the setting that names its file, if it may stand in one."""

    key: str
    label: str
    file: str = ""


_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
SECTIONS: Mapping[str, SettingSection] = {
    section["slug"]: SettingSection(
        slug=section["slug"],
        title=section["title"],
        explanation=section["explanation"],
        refused=section["refused"],
        settings={key: SettingWords(**words) for key, words in section["settings"].items()},
    )
    for section in _WORDS["sections"]
}
FIXED = tuple(FixedSetting(**fixed) for fixed in _WORDS["fixed"])
