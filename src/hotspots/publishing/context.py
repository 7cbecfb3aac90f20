"""What a municipality knows of the surroundings of a hotspot, for maps and in a sentence; it judges nothing.

Distances are from the outline that the reader sees, in tens of metres: they tell no more than that outline.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from hotspots.geography.projection import Projection
from hotspots.settings import ContextKind, ContextSettings
from hotspots.store.context import ContextPlace, read_context, read_context_imports

STEP_M = 10
"""Distances are rounded to this."""


@dataclass(frozen=True)
class ContextLayer:
    """All places of one kind that a map shows, with the mark that stands for them."""

    kind: str
    plural: str
    mark: str
    places: Sequence[tuple[str, BaseGeometry]]
    """What each is called, with its kind, and its shape in degrees."""
    attribution: str = ""


@dataclass(frozen=True)
class Surroundings:
    """What lies at or near a hotspot: a sentence for each kind, and the places told of."""

    sentences: Sequence[str] = ()
    layers: Sequence[ContextLayer] = ()


def read_context_layers(connection: Connection, settings: ContextSettings) -> Sequence[ContextLayer]:
    """Give a layer for each kind of which there is anything."""
    return _layers(connection, settings, read_context(connection))


def read_surroundings(
    connection: Connection, settings: ContextSettings, outline: BaseGeometry, projection: Projection
) -> Surroundings:
    """Tell what lies at or near a hotspot: of each kind the nearest.

    Parameters
    ----------
    outline
        Of the hotspot as the reader sees it, in degrees.
    """
    own = projection.geometry_to_metres(outline)
    sentences, told = [], []
    for kind, places in groupby(
        read_context(connection, projection.box_around(own, settings.within_m)), lambda place: place.kind
    ):
        shapes = [(place, projection.geometry_to_metres(place.geometry)) for place in places]
        place, shape = min(shapes, key=lambda pair: pair[1].distance(own))
        distance_m = shape.distance(own)
        if distance_m > settings.within_m:
            continue
        told.append(place)
        words = _words_of(kind, settings)
        if distance_m > 0:
            rounded = max(STEP_M, round(distance_m / STEP_M) * STEP_M)
            sentences.append(f"{rounded} m van {_called(place, words, article='een ')}.")
            continue
        is_part = shape.area > 0 and not shape.covers(own)
        name = f" ({place.name})" if place.name else ""
        sentences.append(f"Op {'een deel van ' if is_part else ''}deze plek {words.inside}{name}.")
    return Surroundings(sentences, _layers(connection, settings, told))


def _layers(
    connection: Connection, settings: ContextSettings, places: Sequence[ContextPlace]
) -> list[ContextLayer]:
    sources = {each.kind: each.attribution for each in read_context_imports(connection)} if places else {}
    layers = []
    for kind, of_kind in groupby(places, lambda place: place.kind):
        words = _words_of(kind, settings)
        called = [(_called(place, words), place.geometry) for place in of_kind]
        layers.append(
            ContextLayer(kind, words.plural, words.word[:2].capitalize(), called, sources.get(kind, ""))
        )
    return layers


def _words_of(kind: str, settings: ContextSettings) -> ContextKind:
    """The words of a kind; its name, if it was taken out of the settings after the import."""
    return settings.kinds.get(kind) or ContextKind(word=kind, plural=kind, inside=f"ligt {kind}")


def _called(place: ContextPlace, words: ContextKind, *, article: str = "") -> str:
    """A place by its name and kind: `basisschool De Vlinder`, `school De Vlinder`, `een school`."""
    if not place.name:
        return article + words.word
    return place.name if words.word.lower() in place.name.lower() else f"{words.word} {place.name}"
