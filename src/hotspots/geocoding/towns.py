"""The towns of the register that a written name can mean, and addresses that lie outside them."""

import re

from rapidfuzz.distance import OSA

from hotspots.geocoding.index import AddressIndex
from hotspots.geocoding.parsing import ParsedAddress
from hotspots.geocoding.places import PlaceIndex
from hotspots.geocoding.spelling import town_key
from hotspots.geocoding.town_names import is_dutch_town

Towns = frozenset[int] | None
"""Numbers of towns in the index; None when an address names no town."""

MAX_WORDS = 5
NOWHERE = frozenset({-1})
"""No town of the register."""
_PARTICLES = {"aan", "de", "den", "der", "het", "op", "bij", "van", "en"}
_NO_TOWN = frozenset({"", "onbekend", "nvt", "geen", "idem", "leeg", "null", "nan", "none", "na", "xxx"})
_COUNTRY = frozenset({"nederland", "holland", "netherlands", "thenetherlands", "nl"})


class TownFinder:
    """Finds towns by name; capitals don't matter."""

    def __init__(self, index: AddressIndex, places: PlaceIndex) -> None:
        self._index = index
        self._places = places
        self._found: dict[tuple[str, bool], Towns] = {}

    def find(self, name: str, *, is_field: bool = False) -> Towns:
        """Give the towns that a name can mean; -1 if it is not in the register.

        Parameters
        ----------
        name
            What stands where a town would.
        is_field
            Whether it stands in a field of its own, where any name is a town's; after an address in running
            text may stand anything.
        """
        if (name, is_field) not in self._found:
            self._found[name, is_field] = self._find(name, is_field=is_field)
        return self._found[name, is_field]

    def _find(self, name: str, *, is_field: bool) -> Towns:
        if town_key(name) in _NO_TOWN | _COUNTRY:
            return None
        is_elsewhere = False
        for part in name.split(","):
            found = self._in_part(part, is_field=is_field)
            if found is not None and found != NOWHERE:
                return found
            is_elsewhere = is_elsewhere or found is not None
        if is_elsewhere:
            return NOWHERE
        similar = self._similar(name)
        if similar:
            return similar
        if self._places.find(name) is not None:
            return None
        is_town = is_field and any(map(str.isalpha, name))
        return NOWHERE if is_town or _looks_like_town(name) else None

    def _in_part(self, part: str, *, is_field: bool) -> Towns:
        """The towns that the first words of a part name, the longest name first."""
        known = self._index.towns_by_key
        words = part.split()
        if words and words[0].lower() in {"te", "in"}:
            words = words[1:]
        for count in range(min(len(words), MAX_WORDS), 0, -1):
            name = " ".join(words[:count])
            found = self._index.towns_named(name)
            if found:
                return frozenset(found)
            is_whole = is_field or count == len(words)
            # also the one of that name in another province
            is_town = is_dutch_town(name, in_running_text=not is_field) or town_key(name) in known
            if is_whole and is_town:
                return NOWHERE
        return None

    def _similar(self, name: str) -> Towns:
        whole = town_key(name)
        return (
            frozenset(
                town
                for key, towns in self._index.towns_by_key.items()
                if OSA.distance(whole, key, score_cutoff=2) <= (1 if len(key) < 8 else 2)
                for town in towns
            )
            or None
        )

    def why_elsewhere(self, parsed: ParsedAddress, towns: Towns) -> str:
        """Why a matching street name is not enough, as the address lies elsewhere (Dutch); "" if it is."""
        digits = self._index.digits_of_postcodes
        if towns == NOWHERE:
            return f"plaats '{parsed.town}' staat niet in het register"
        if towns is None and parsed.postcode and digits and parsed.postcode[:4] not in digits:
            return f"postcode {parsed.postcode} ligt buiten het register"
        return ""


def _looks_like_town(text: str) -> bool:
    words = text.split()
    return (
        0 < len(words) <= 4
        and text != text.upper()
        and all(re.fullmatch(r"\(?['’A-ZÀ-Ý][^\d:;!?]*", word) or word in _PARTICLES for word in words)
    )
