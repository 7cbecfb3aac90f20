"""Names that people bear: Dutch given names and surnames of the package ``deduce``, and our own.

Only its lists are read (14,881 given names, 10,500 surnames); its own search is not used. What is also a word
(*Roos*, *Mark*, *Storm*) is no name by itself.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_PART = re.compile(r"[^\w]")
_WORDS_FILE = Path(__file__).with_name("scrubbing_names.toml")


@dataclass(frozen=True)
class NameLists:
    """Names in small letters."""

    given: frozenset[str]  # that are no words
    doubtful: frozenset[str]  # given names that are words too
    surnames: frozenset[str]
    with_capital: frozenset[str]  # doubtful and surnames: only written with a capital
    parts: frozenset[str]  # with what any of these begins: *ben* of *ben-ali*
    words: frozenset[str]  # what is no name alone
    no_persons: frozenset[str]  # what begins like a name and is none: shops, makers, saints
    before_no_person: frozenset[str]  # words before the name of a street, house or organisation
    before_a_name: frozenset[str]  # words after which also a doubtful name is one


@cache
def name_lists() -> NameLists:
    """The lists, read once; about 0.05 s and 5 MB."""
    own = tomllib.loads(_WORDS_FILE.read_text(encoding="utf-8"))
    words = frozenset(own["words"])
    given = (_listed("lst_first_name") | frozenset(own["given"])) - frozenset(own["never"])
    surnames = (_listed("lst_surname") | frozenset(own["surnames"])) - frozenset(own["never"])
    return NameLists(
        given=frozenset(name for name in given - words if len(name) > 2),
        doubtful=given & words,
        surnames=surnames,
        with_capital=(given & words) | surnames,
        parts=frozenset(_PART.split(name, maxsplit=1)[0] for name in given | surnames),
        words=words,
        no_persons=frozenset(own["no_persons"]),
        before_no_person=frozenset(own["before_no_person"]),
        before_a_name=frozenset(own["before_a_name"]),
    )


def _listed(name: str) -> frozenset[str]:
    spec = find_spec("deduce")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package 'deduce' with the lists of names is not installed")
    folder = Path(spec.origin).parent / "data" / "lookup" / "src" / "names" / name
    names, others = (
        {line.strip().casefold() for line in (folder / file).read_text(encoding="utf-8").splitlines()}
        for file in ("items.txt", "exceptions.txt")
    )
    return frozenset(names - others - {""})
