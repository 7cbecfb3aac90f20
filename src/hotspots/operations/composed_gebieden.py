"""Composing the areas of gebiedsteams (gebieden) from buurten and wijken, on a page or by command.

What is composed is the setting `areas.gebieden`, stored in the database; what the settings file or the
environment sets counts instead, and can't be composed over.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from hotspots.access.admin_changes import Kind, record_change
from hotspots.access.rights import Actor
from hotspots.errors import ComposingError, SettingsError
from hotspots.geography.gebieden import gebied_of
from hotspots.settings import Settings
from hotspots.settings.stored import where_set, with_stored
from hotspots.store.area_changes import few, naming_gebieden
from hotspots.store.areas import load_areas
from hotspots.store.database import Database
from hotspots.store.stored_settings import lock_stored, read_stored, write_stored

if TYPE_CHECKING:
    import geopandas as gpd

KEY = "areas.gebieden"

Gebieden = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Wanted:
    """A gebied as somebody wants it.

    Attributes
    ----------
    name
        What it is called.
    codes
        Of the buurten and wijken that form it; empty takes the gebied away.
    formerly
        What it is called now; empty for a new one.
    version
        Of the gebieden that were seen (:func:`version_of`); empty takes whatever there is.
    """

    name: str
    codes: Collection[str]
    formerly: str = ""
    version: str = ""


def version_of(gebieden: Gebieden) -> str:
    """A mark of how gebieden are composed, another one after every change.

    Examples
    --------
    >>> version_of({"Noord": ["WK1"]}) == version_of({"Noord": ("WK1",)}), len(version_of({}))
    (True, 16)
    """
    text = json.dumps([[name, list(codes)] for name, codes in gebieden.items()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def compose_gebied(
    database: Database,
    own: Settings,
    wanted: Wanted,
    *,
    by: Actor | None,
    now: datetime,
    accept_changes: bool = False,
) -> Gebieden:
    """Store a gebied as it is wanted, or take it away; gives all that are composed afterwards.

    What it takes from other gebieden is theirs no more; one of which nothing is left is gone.

    Parameters
    ----------
    own
        The settings of file and environment.
    by
        Who does it; None is who runs the software.
    accept_changes
        Whether gebieden may go that accounts, tokens or subscriptions name.

    Raises
    ------
    ComposingError
        If it can't be composed like that; nothing is changed.
    """
    if where_set(own, KEY) is not None:
        raise ComposingError(
            f"wanted gebieden that are stored, found that the settings file or environment sets '{KEY}': "
            "change them there",
            "De gebieden staan in het instellingenbestand. Daar worden ze gewijzigd.",
        )
    with database.writing() as connection:
        lock_stored(connection)
        stored = read_stored(connection)
        before = with_stored(own, stored).areas.gebieden
        if wanted.version and wanted.version != version_of(before):
            raise ComposingError(
                "wanted the gebieden that were seen, found that somebody else changed them",
                "Iemand anders heeft de gebieden gewijzigd. Kijk wat er nu staat, en bewaar dan opnieuw.",
            )
        areas = load_areas(connection, before)
        after = _composed(before, wanted, areas)
        try:
            with_stored(own, stored | {KEY: after})
        except SettingsError as error:
            raise ComposingError(str(error), "Geef het gebied een naam met letters, en geen code.") from None
        _require_what_was_chosen(areas, after, wanted)
        if not accept_changes:
            _require_no_one_loses(connection, areas, after)
        write_stored(connection, {KEY: after or None}, at=now)
        record_change(
            connection,
            kind=Kind.AREAS,
            about=f"gebied {wanted.name or wanted.formerly}",
            by=by,
            at=now,
            before={name: list(codes) for name, codes in before.items()},
            after=dict(after),
        )
    return after


def _composed(before: Gebieden, wanted: Wanted, areas: "gpd.GeoDataFrame") -> dict[str, list[str]]:
    name = " ".join(wanted.name.split())
    if wanted.formerly and wanted.formerly not in before:
        raise ComposingError(
            f"wanted a gebied that was composed, found '{wanted.formerly}'",
            "Dit gebied is er niet meer.",
        )
    if wanted.codes and name != wanted.formerly and name in before:
        raise ComposingError(
            f"wanted another name, found '{name}', which a gebied has", f"Er is al een gebied {name}."
        )
    wijken = dict(zip(areas["buurtcode"], areas["wijkcode"], strict=True))
    unknown = sorted(set(wanted.codes) - set(wijken) - set(wijken.values()))
    if unknown:
        raise ComposingError(
            f"wanted codes of stored buurten and wijken, found {few(unknown)}",
            "Een van de gekozen buurten is er niet meer. Kies opnieuw.",
        )
    if wanted.codes and not name:
        raise ComposingError("wanted a name, found none", "Geef het gebied een naam.")
    if len(name) > LONGEST_NAME:
        raise ComposingError(
            f"wanted a name of at most {LONGEST_NAME} characters, found {len(name)}",
            f"Geef een naam van hoogstens {LONGEST_NAME} letters.",
        )
    # a wijk as a whole has its buurten in it, whatever else says where they belong
    codes = sorted(code for code in wanted.codes if wijken.get(code, "") not in wanted.codes)
    taken = {*codes, *(buurt for buurt, wijk in wijken.items() if wijk in codes)}
    after: dict[str, list[str]] = {}
    for other, its in before.items():
        kept = codes if other == wanted.formerly else [code for code in its if code not in taken]
        if kept:
            after[name if other == wanted.formerly else other] = list(kept)
    if not wanted.formerly and codes:
        after[name] = codes
    return after


LONGEST_NAME = 60


def _names(areas: "gpd.GeoDataFrame", gebieden: Gebieden) -> list[str]:
    rows = zip(areas["buurtcode"], areas["wijkcode"], areas["wijknaam"], strict=True)
    return [gebied_of(*row, gebieden) for row in rows]


def _require_what_was_chosen(areas: "gpd.GeoDataFrame", after: Gebieden, wanted: Wanted) -> None:
    """Refuse a name that a wijk has that is no part of it: both would be one."""
    name = " ".join(wanted.name.split())
    if not wanted.codes:
        if wanted.formerly:
            return
        raise ComposingError(
            "wanted buurten or wijken, found none", "Kies minstens één buurt of wijk voor dit gebied."
        )
    chosen = {
        buurt
        for buurt, wijk in zip(areas["buurtcode"], areas["wijkcode"], strict=True)
        if buurt in wanted.codes or wijk in wanted.codes
    }
    found = {
        buurt
        for buurt, gebied in zip(areas["buurtcode"], _names(areas, after), strict=True)
        if gebied == name
    }
    if found != chosen:
        raise ComposingError(
            f"wanted a name that no other wijk has, found '{name}'",
            f"Een wijk heet al {name}, en hoort er niet helemaal bij. Kies een andere naam.",
        )


def _require_no_one_loses(connection: Connection, areas: "gpd.GeoDataFrame", after: Gebieden) -> None:
    named = naming_gebieden(connection, set(areas["gebied"]) - set(_names(areas, after)))
    if named:
        who = few(dict.fromkeys(who for _, who in named), "en nog")
        gone = few(dict.fromkeys(gebied for gebied, _ in named), "en nog")
        raise ComposingError(
            f"accounts, tokens or subscriptions name gebieden that would be gone: {gone}. Nothing is "
            "changed: give them another gebied first, or say --accept-changes",
            f"Dan is {gone} er niet meer, en daar horen bij: {who}. Zij zien daar dan niets meer van. Geef "
            "hen eerst een ander gebied, of vink aan dat het zo goed is.",
            is_acceptable=True,
        )
