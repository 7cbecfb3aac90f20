"""The towns of the register that a written name can mean, and addresses that lie outside them."""

import re

from rapidfuzz.distance import OSA

from hotspots.geocoding.index import AddressIndex
from hotspots.geocoding.parsing import ParsedAddress
from hotspots.geocoding.places import PlaceIndex
from hotspots.geocoding.spelling import town_key

Towns = frozenset[int] | None
"""Numbers of towns in the index; None when an address names no town."""

_UNKNOWN = frozenset({-1})
_PARTICLES = {"aan", "de", "den", "der", "het", "op", "bij", "van", "en"}


class TownFinder:
    """Finds towns by name."""

    def __init__(self, index: AddressIndex, places: PlaceIndex) -> None:
        self._index = index
        self._places = places

    def find(self, name: str) -> Towns:
        """Give the towns that a name can mean; -1 if it is not in the register."""
        if not name:
            return None
        known = self._index.towns_by_key
        for part in name.split(","):
            words = part.split()
            if words and words[0].lower() in {"te", "in"}:
                words = words[1:]
            for count in range(min(len(words), 4), 0, -1):
                towns = known.get(town_key(" ".join(words[:count])))
                if towns:
                    return frozenset(towns)
        whole = town_key(name)
        similar = [
            town
            for key, towns in known.items()
            if OSA.distance(whole, key, score_cutoff=2) <= (1 if len(key) < 8 else 2)
            for town in towns
        ]
        if similar:
            return frozenset(similar)
        if not _looks_like_town(name) or self._places.find(name) is not None:
            return None
        return _UNKNOWN

    def why_elsewhere(self, parsed: ParsedAddress, towns: Towns) -> str:
        """Why a matching street name is not enough, as the address lies elsewhere (Dutch); "" if it is."""
        digits = self._index.digits_of_postcodes
        if towns == _UNKNOWN:
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
