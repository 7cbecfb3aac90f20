"""Stories of places, and what people do there: the contents of `stories.toml`, read and checked."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from hotspots.access.rights import Sharing
from hotspots.casework.workflow import MeasureKind
from hotspots.model import Indicatie, Soort, Status

Deed = Literal[
    "verifiëren",
    "oordelen",
    "verrijken",
    "opmerken",
    "toewijzen",
    "lezen",
    "besluiten",
    "maatregel",
    "aanpak",
    "nazorg",
    "sluiten",
]
Who = Literal["politie", "team", "oov", "regie"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Phase(_Strict):
    """A stretch of days with this many reports; days count back from the last day."""

    first: int = Field(alias="from")
    last: int = Field(alias="to")
    reports: int


class Act(_Strict):
    """What someone does at a place, and when."""

    do: Deed
    who: Who
    ago: int | None = None  # days before the last day
    after: int | None = None  # days after the place was first signalled
    text: str = ""
    status: Status | None = None  # verdict or decision; without one what the reports suggest
    sharing: Sharing = Sharing.TEAM
    kind: MeasureKind = MeasureKind.ANDERS
    owner: str = ""
    starts: int = 0  # days from the act until the measure begins
    days: int = 0  # that it lasts
    until: int = 0  # days of aftercare
    is_quiet: bool = False  # wait until there are no reports any more


class Story(_Strict):
    """What happens at one planted place."""

    name: str
    phases: tuple[Phase, ...]
    acts: tuple[Act, ...]
    soort: Soort = Soort.GEBIED
    indicatie: Indicatie
    is_in_team_area: bool = False
    near: str | None = None  # the story of the place that it lies beside


class Course(_Strict):
    """What is done at a place without a story."""

    acts: tuple[Act, ...]


class Stories(_Strict):
    """All of the file."""

    stories: tuple[Story, ...]
    courses: tuple[Course, ...]


@cache
def load_stories() -> Stories:
    """Read the stories that ship."""
    text = files("hotspots.evaluation").joinpath("stories.toml").read_text(encoding="utf-8")
    return Stories.model_validate(tomllib.loads(text))
