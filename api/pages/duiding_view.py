"""What pages show of duidingen beside their figures: those of the reader, and the form to write one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import Any

from sqlalchemy import Connection

from api.rest.duidingen import NewDuiding
from hotspots.access.rights import Actor, Sharing
from hotspots.casework.duidingen import Duiding, places_to_write_of
from hotspots.settings import Settings

FIELDS: Mapping[str, str] = {
    "tekst": "wat achter deze cijfers ligt",
    "van": "de eerste dag",
    "tot": "de laatste dag",
    "delen": "met wie u dit deelt",
    "gebied": "waar",
    "buurt": "waar",
    "categorie": "de soort overlast",
}

TOLD: Mapping[Sharing, str] = {
    Sharing.OWN: "alleen mijn organisatie",
    Sharing.OOV: "mijn organisatie en OOV",
    Sharing.TEAM: "het gebiedsteam en OOV",
    Sharing.EVERYONE: "iedereen die zich aanmeldt",
}
"""Who reads each class, in the words of a choice."""


@dataclass(frozen=True)
class DuidingForm:
    """The form to write behind figures, as its reader may fill it in.

    Attributes
    ----------
    typed
        What its fields have, by name.
    """

    gebieden: Sequence[str]
    buurten: Sequence[tuple[str, str]]  # code and name
    is_everywhere: bool
    local: tzinfo
    typed: Mapping[str, str]
    sharings: Mapping[Sharing, str] = field(default_factory=lambda: TOLD)

    @property
    def may_write(self) -> bool:
        """Whether there is a place of which this reader may write."""
        return bool(self.gebieden) or self.is_everywhere


def duiding_form(
    connection: Connection, settings: Settings, actor: Actor | None, typed: Mapping[str, str]
) -> DuidingForm:
    """The form with what it starts with."""
    if actor is None or not actor.organisation:
        return DuidingForm([], [], False, settings.municipality.zone, typed)
    places = places_to_write_of(connection, settings, actor)
    return DuidingForm(*places, settings.municipality.zone, typed)


def written_beside(
    connection: Connection,
    settings: Settings,
    actor: Actor | None,
    *,
    van: date | None = None,
    tot: date | None = None,
    gebied: str | None = None,
    buurt: str | None = None,
    categorie: str | None = None,
) -> DuidingForm:
    """The form that stands beside these figures, to write about them."""
    days = {"van": van, "tot": tot}
    typed = {name: day.isoformat() for name, day in days.items() if day is not None}
    place = f"buurt:{buurt}" if buurt else f"gebied:{gebied}" if gebied else ""
    return duiding_form(connection, settings, actor, {**typed, "waar": place, "categorie": categorie or ""})


def new_duiding(form: Mapping[str, str]) -> NewDuiding:
    """What a form says, as the API takes it; raises ValidationError if it is wrong."""
    fields: dict[str, Any] = {
        name: form[name].strip()
        for name in ("tekst", "van", "tot", "delen", "categorie")
        if form.get(name, "").strip()
    }
    kind, _, place = form.get("waar", "").partition(":")
    if place:
        fields["buurt" if kind == "buurt" else "gebied"] = place
    return NewDuiding.model_validate(fields)


def as_typed(duiding: Duiding) -> dict[str, str]:
    """The fields of the form that corrects one."""
    place = f"gebied:{duiding.gebied}" if duiding.gebied else f"buurt:{duiding.buurtcode}"
    return {
        "tekst": duiding.text,
        "van": duiding.first.isoformat(),
        "tot": duiding.last.isoformat(),
        "delen": duiding.sharing.value,
        "waar": "" if duiding.gebied is None and duiding.buurtcode is None else place,
        "categorie": duiding.category or "",
    }
