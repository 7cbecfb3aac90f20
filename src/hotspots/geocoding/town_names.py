"""What towns are called: by registers, in daily use, and which of them the Netherlands has."""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from hotspots.geocoding.spelling import fold, town_key

_PROVINCE = re.compile(r"[\s(]+([^\W\d_][\w\s.-]*?)\.?\s*\)?\s*$")


@lru_cache(maxsize=50_000)
def town_keys(name: str) -> tuple[str, ...]:
    """The key of a town's name, and those of its other names.

    Examples
    --------
    >>> town_keys("'s-Gravenhage")
    ('sgravenhage', 'denhaag', 'thehague', 'shage')
    """
    key = town_key(name)
    return (key, *_other_names().get(key, ())) if key else ()


def is_dutch_town(name: str, *, in_running_text: bool = False) -> bool:
    """Whether a name is of a town of the Netherlands; in running text `buren` is rather a word.

    Examples
    --------
    >>> is_dutch_town("AMSTERDAM"), is_dutch_town("den haag"), is_dutch_town("Ons Dorp")
    (True, True, False)
    >>> is_dutch_town("buren", in_running_text=True), is_dutch_town("Buren", in_running_text=True)
    (False, True)
    """
    key = town_key(name)
    if in_running_text and key in _also_words() and not re.match(r"\W*[A-ZÀ-Ý][^A-ZÀ-Ý]", name):
        return False
    return key in _dutch_towns()


@lru_cache(maxsize=50_000)
def province_in(name: str) -> str:
    """The province that stands after a town's name, "" if none does.

    Examples
    --------
    >>> province_in("Bergen (L)"), province_in("Bergen NH."), province_in("Bergen op Zoom")
    ('limburg', 'noordholland', '')
    """
    found = _PROVINCE.search(name)
    return _provinces().get(re.sub(r"[\W_]+", "", fold(found[1])), "") if found else ""


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("town_names.toml").read_text(encoding="utf-8"))


@cache
def _other_names() -> dict[str, tuple[str, ...]]:
    """The keys of the other names of a town, by the key of each."""
    found: dict[str, tuple[str, ...]] = {}
    for name, others in _data()["daily"].items():
        keys = [town_key(one) for one in (name, *others)]
        for key in keys:
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), *(one for one in keys if one != key))))
    return found


@cache
def _dutch_towns() -> frozenset[str]:
    return frozenset(map(town_key, _data()["places"])) | frozenset(_other_names())


@cache
def _also_words() -> frozenset[str]:
    return frozenset(_data()["also_words"])


@cache
def _provinces() -> dict[str, str]:
    return {
        written: province
        for province, shorts in _data()["provinces"].items()
        for written in (province, *shorts)
    }
