"""The kinds of problem that answers tell (RFC 9457), each with an address that leads to its page."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LIST_PATH = "/problemen"

PLAIN = "about:blank"
"""The kind of a problem of which its HTTP status says all (RFC 9457, 4.2.1)."""


@dataclass(frozen=True)
class ProblemType:
    """A kind of problem, in Dutch.

    Parameters
    ----------
    slug
        The last part of its address.
    title
        The same in every problem of this kind.
    detail
        What an answer says, where it says nothing more precise.
    meaning, action
        What its page says: what it means, and what to do.
    """

    slug: str
    status: int
    title: str
    detail: str
    meaning: str
    action: str

    @property
    def path(self) -> str:
        """Where its page is."""
        return f"{LIST_PATH}/{self.slug}"


def _read() -> dict[str, ProblemType]:
    path = Path(__file__).with_name("problem_types.toml")
    return {
        slug: ProblemType(slug, **words)
        for slug, words in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


PROBLEM_TYPES: Mapping[str, ProblemType] = _read()
"""All kinds, by slug, in order of status."""

OF_STATUS: Mapping[int, ProblemType] = {
    PROBLEM_TYPES[slug].status: PROBLEM_TYPES[slug]
    for slug in (
        "ongeldig-verzoek",
        "niet-aangemeld",
        "geen-toegang",
        "niet-gevonden",
        "formaat-niet-beschikbaar",
        "niet-meer-beschikbaar",
        "intussen-gewijzigd",
        "verzoek-te-groot",
        "versie-ontbreekt",
        "te-veel-verzoeken",
        "fout-bij-ons",
        "gegevens-niet-bereikbaar",
    )
}
"""The kind of a problem that is known by its status alone; any other is plain."""
