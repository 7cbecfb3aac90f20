"""Names that people bear: Dutch given names and surnames of the package ``deduce``, and our own.

Only its lists are read (14,881 given names, 10,500 surnames); its own search is not used. Ours
(``given_names.txt`` and the like) hold what it lacks. What is also a word (*Roos*, *Mark*, *Storm*) is no
name by itself.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_PART = re.compile(r"[^\w]")
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class NameLists:
    """Names in small letters."""

    given: frozenset[str]  # that are no words
    capitals: frozenset[str]  # given names only where they have a capital
    doubtful: frozenset[str]  # given names that are words too
    inside: frozenset[str]  # of these the ones that are names when they have a capital inside a sentence
    surnames: frozenset[str]
    after_particles: frozenset[str]  # what is a surname with *van* or the like before it
    with_capital: frozenset[str]  # doubtful and surnames and the like: only written with a capital
    begins: frozenset[str]  # all with which a name may begin, but for double ones
    parts: frozenset[str]  # with what any of these begins: *ben* of *ben-ali*
    words: frozenset[str]  # what is no name alone
    no_persons: frozenset[str]  # what begins like a name and is none: shops, makers, saints
    before_no_person: frozenset[str]  # words before the name of a street, house or organisation
    before_a_name: frozenset[str]  # words after which also a doubtful name is one


@cache
def name_lists() -> NameLists:
    """The lists, read once; about 0.05 s and 5 MB."""
    own = tomllib.loads((_HERE / "scrubbing_names.toml").read_text(encoding="utf-8"))
    words = frozenset(own["words"])
    capitals = _own_list("given_names_with_capital")
    given = _listed("lst_first_name") | frozenset(own["given"]) | _own_list("given_names") | capitals
    given -= frozenset(own["never"])
    listed = _listed("lst_surname") | frozenset(own["surnames"])
    surnames = listed - frozenset(own["never"])
    with_capital = (given & (words | capitals)) | surnames
    inside = given & frozenset(own["inside"])
    sure = frozenset(name for name in given - words - capitals if len(name) > 2)
    return NameLists(
        given=sure,
        capitals=capitals - words,
        doubtful=given & words,
        inside=inside,
        surnames=surnames,
        after_particles=listed | _listed("lst_interfix_surname", with_words=True),
        with_capital=with_capital,
        begins=sure | with_capital | inside,
        parts=frozenset(_PART.split(name, maxsplit=1)[0] for name in given | surnames),
        words=words,
        no_persons=frozenset(own["no_persons"]),
        before_no_person=frozenset(own["before_no_person"]),
        before_a_name=frozenset(own["before_a_name"]),
    )


def _own_list(name: str) -> frozenset[str]:
    lines = (_HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _listed(name: str, *, with_words: bool = False) -> frozenset[str]:
    spec = find_spec("deduce")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package 'deduce' with the lists of names is not installed")
    folder = Path(spec.origin).parent / "data" / "lookup" / "src" / "names" / name
    names = _lines(folder / "items.txt")
    return names if with_words else names - _lines(folder / "exceptions.txt")


def _lines(path: Path) -> frozenset[str]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return frozenset(line.strip().casefold() for line in lines) - {""}
