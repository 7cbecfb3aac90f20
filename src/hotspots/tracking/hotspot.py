"""A hotspot as every output names it: one record, its Dutch names, and its GeoJSON.

The names are a contract with users of the API, the exports and the maps; they are written here and nowhere
else.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from shapely.geometry.base import BaseGeometry

from hotspots.geography.geojson import shapes_of
from hotspots.model import Aard, Indicatie, Soort, Soortoordeel, Status, Trend

UNKNOWN_BUURT = "buurt onbekend"
"""What is said where the buurt of a place is not known."""


class Hotspot(BaseModel):
    """A tracked hotspot as it stood after one run; its fields are the Dutch names in snake case."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, validate_by_name=True, arbitrary_types_allowed=True
    )

    id: str = Field(description="Vast kenmerk (UUID); blijft gelijk zolang de hotspot bestaat")
    nummer: str = Field(description="Nummer voor mensen, zoals HS-2023-014")
    status: Status = Field(description="Waar de hotspot staat in de aanpak")
    soort: Soort = Field(description="Eén adres (woning) of een plek met meer adressen (gebied)")
    indicatie: Indicatie = Field(description="Wat de meldingen suggereren; mensen besluiten")
    trend: Trend = Field(description="Hoe het aantal meldingen zich ontwikkelt")
    eerste_melding: date = Field(description="Dag van de eerste melding")
    laatste_melding: date = Field(description="Dag van de laatste melding")
    eerste_signalering: date = Field(description="Peildatum waarop de plek voor het eerst is gesignaleerd")
    laatste_signalering: date = Field(description="Peildatum waarop de plek voor het laatst is gesignaleerd")
    aantal_meldingen: int = Field(description="Meldingen in de periode waarover is gekeken")
    aantal_dagen: int = Field(description="Verschillende dagen met een melding")
    aantal_weken: int = Field(description="Verschillende weken met een melding")
    aantal_melders: int | None = Field(
        description="Verschillende bekende melders; leeg als die onbekend zijn"
    )
    duur_dagen: int = Field(description="Dagen van de eerste tot de laatste melding in de periode")
    verwacht: float | None = Field(description="Meldingen die de omgeving doet verwachten")
    p_waarde: float | None = Field(description="Kans dat toeval dit geeft, over alles waarnaar is gekeken")
    herhalingsinterval: float | None = Field(description="Eens in hoeveel dagen toeval dit geeft")
    score: float = Field(description="Volgorde: hoger is duidelijker")
    naam: str = Field(
        description="Hoe mensen de plek noemen, naar de straten en de buurt; nooit het adres van een woning"
    )
    aandeel_drugs: float | None = Field(
        description=(
            "Deel van de meldingen dat over drugs gaat, 0 tot 1; de andere gaan over personen. Leeg als het "
            "onbekend is"
        )
    )
    lon: float = Field(description="Midden, lengtegraad (WGS 84)")
    lat: float = Field(description="Midden, breedtegraad (WGS 84)")
    buurtcode: str | None = Field(description="CBS-buurt van het midden")
    buurtnaam: str | None = Field(description="Naam van die buurt")
    gebied: str | None = Field(description="Gebied van het gebiedsteam")
    redenen: tuple[str, ...] = Field(description="Waarom deze plek op de lijst staat")
    aard: Aard = Field(description="Waar de meldingen vooral over gaan")
    subcategorieen: tuple[str, ...] = Field(
        description="Wat het vaakst is gemeld, in woorden van de bron; alleen wat genoeg meldingen heeft"
    )
    aangedragen_door: str | None = Field(
        default=None,
        description=(
            "Organisatie die deze plek zelf op de lijst zette; leeg als het systeem haar signaleerde. Haar "
            "signalering is dan de peildatum sinds en tot wanneer mensen haar laten volgen"
        ),
    )
    soort_oordeel: Soortoordeel = Field(
        description=(
            "De soort, met of die zeker is; mogelijk woning heeft soort woning en wordt als woning behandeld"
        )
    )
    soort_zekerheid: float | None = Field(
        description=(
            "Kans dat de soort klopt, 0 tot 1; leeg als die niet is berekend, en voor wie van woningen daar "
            "niet mag weten"
        )
    )
    steekproef: bool = Field(
        default=False,
        description=(
            "Of de plek als steekproef op de lijst stond: het systeem signaleerde haar niet. Pas na het "
            "besluit te zien; tot dan is het van elke plek onwaar"
        ),
    )
    geometry: BaseGeometry = Field(exclude=True)
    told_on: date | None = Field(default=None, exclude=True)
    """Day of the run whose figures and place these are, for a reader who is told in steps."""

    def __hash__(self) -> int:
        """Of what differs between hotspots and weeks: what is made of one is kept by all that it is."""
        return hash((self.id, self.laatste_signalering, self.trend, self.status))

    @property
    def short_label(self) -> str:
        """Its name without the buurt, for a map that shows where it is; without more its number."""
        name = self.naam.partition(", ")[0]
        return self.nummer.removeprefix("HS-") if name in (self.buurtnaam, UNKNOWN_BUURT) else name

    @property
    def label(self) -> str:
        """Its name, and its number behind it: how a sentence or a title calls it."""
        return f"{self.naam} ({self.nummer})"

    def properties(self) -> dict[str, Any]:
        """All fields but the geometry, JSON-able, under their contract names."""
        return self.model_dump(mode="json", by_alias=True)


PROPERTY_NAMES: tuple[str, ...] = tuple(
    field.alias or name for name, field in Hotspot.model_fields.items() if not field.exclude
)
"""The contract names, in the order of every output."""


def feature_collection(hotspots: Sequence[Hotspot]) -> dict[str, Any]:
    """Hotspots as a GeoJSON FeatureCollection (RFC 7946, lon/lat WGS 84)."""
    shapes = shapes_of([hotspot.geometry for hotspot in hotspots])
    features = [
        {"type": "Feature", "id": hotspot.id, "geometry": shape, "properties": hotspot.properties()}
        for hotspot, shape in zip(hotspots, shapes, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}
