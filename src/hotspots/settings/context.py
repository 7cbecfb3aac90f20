"""What maps and pages tell beside the hotspots: which kinds of places, and in which words."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from hotspots.settings.section import Section

_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")


class ContextKind(Section):
    """The words of one kind: for one place, for several, and for what holds inside one."""

    word: str = Field(min_length=1, max_length=60)
    plural: str = Field(min_length=1, max_length=60)
    inside: str = Field(min_length=1, max_length=120)


KINDS: Mapping[str, Mapping[str, str]] = {
    "alcoholverbod": {
        "word": "alcoholverbodsgebied",
        "plural": "alcoholverboden",
        "inside": "geldt een alcoholverbod",
    },
    "camera": {"word": "camera", "plural": "camera's", "inside": "hangt een camera"},
    "school": {"word": "school", "plural": "scholen", "inside": "ligt een school"},
    "coffeeshop": {"word": "coffeeshop", "plural": "coffeeshops", "inside": "ligt een coffeeshop"},
    "opvang": {"word": "opvanglocatie", "plural": "opvanglocaties", "inside": "ligt een opvanglocatie"},
}


class ContextSettings(Section):
    """How near something is still told, and the words of each kind."""

    within_m: float = Field(default=250, ge=0, le=2000)
    kinds: dict[str, ContextKind] = Field(default_factory=dict)

    @field_validator("kinds", mode="before")
    @classmethod
    def _beside_the_usual_ones(cls, value: Any) -> Any:
        """A file names only the kinds that it adds or that have other words."""
        if not isinstance(value, dict):
            return value
        for name in value:
            if not _NAME.fullmatch(name):
                raise ValueError(
                    f"wanted names of kinds of at most 20 small letters, digits and hyphens, found {name!r}"
                )
        return {**KINDS, **value}
