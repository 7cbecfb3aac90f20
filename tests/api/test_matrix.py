"""Every route × every role × own and other areas: what each gets, and that nothing hidden is named.

The routes are those of the app itself: one that has no line here fails the test.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import insert, select

from api.main import create_app
from hotspots.access.machine_tokens import add_token
from hotspots.access.rights import Right, Role
from hotspots.settings import Settings
from hotspots.store.case_tables import access_changes, access_log, admin_changes, api_tokens, hotspot_events
from hotspots.store.database import Database
from hotspots.store.place_tables import addresses
from hotspots.store.run_tables import hotspot_states, runs
from hotspots.tracking.naming import name_hotspots

Ask = Callable[..., Any]

PLACES = {
    "own": "HS-2023-001",
    "own woning": "HS-2023-002",
    "other": "HS-2023-003",
    "other woning": "HS-2023-004",
    "no area": "HS-2023-005",
    "other woning, once own gebied": "HS-2023-006",
    "own, once other woning": "HS-2023-007",
}
READER = ("own", "other", "no area")  # what was a woning in any week stays hidden
VISIBLE = {
    Role.LEZER: READER,
    Role.GEBIEDSTEAM: ("own", "own woning", "own, once other woning"),
    Role.OOV: tuple(PLACES),
    Role.BEHEERDER: READER,
    Role.PRIVACY: tuple(PLACES),
}

# what a role gets for a place that it may know of; for any other place that is always 404
READ = dict.fromkeys(Role, 200)
READ_CASE = READ | {Role.LEZER: 403, Role.BEHEERDER: 403}
TOUCH = READ_CASE | {Role.PRIVACY: 403}
DECIDE = dict.fromkeys(Role, 403) | {Role.OOV: 200}
# what a role gets where no place is named
MANAGE = dict.fromkeys(Role, 403) | {Role.BEHEERDER: 200}
LEARN = MANAGE | {Role.OOV: 200, Role.PRIVACY: 200}
REVIEW = MANAGE | {Role.OOV: 200}
NEAR = dict.fromkeys(Role, 403) | {Role.GEBIEDSTEAM: 200, Role.OOV: 200}
SHARE = READ | {Role.BEHEERDER: 403, Role.PRIVACY: 403}
LOG = dict.fromkeys(Role, 403) | {Role.PRIVACY: 200}
OPERATE = LOG | {Role.OOV: 200, Role.BEHEERDER: 200}

VERDICT = {"oordeel": "leefbaarheid", "reden": "Voetballende jongeren."}
DUIDING = {
    "tekst": "Kermis op het plein.",
    "van": "2023-04-01",
    "tot": "2023-06-30",
    "delen": "gebiedsteam",
    "gebied": "Wijk 00 Centrum",
}
WRITTEN = {name: value for name, value in DUIDING.items() if name != "gebied"} | {
    "waar": "gebied:Wijk 00 Centrum",
    "versie": "1",
}
ENRICHMENT = {"tekst": "Bekend bij ons.", "delen": "gebiedsteam"}
MEASURE = {"soort": "gesprek", "omschrijving": "Praten.", "eigenaar": "Trajekt", "begin": "2024-01-01"}
TOKEN = {"naam": "GIS", "rechten": ["hotspots.lezen"]}


@dataclass(frozen=True)
class Line:
    """What one route gives.

    Parameters
    ----------
    route
        Method and path, as the app names it.
    expected
        Status per role.
    about
        ``place``: one hotspot, named in the path; ``list``: exactly the visible hotspots; ``cases``: those
        of which the role may read the case; ``else``: none, or some of the visible ones.
    fill
        What stands for the other parameters of the path.
    form
        The fields of a form of a page; ``versie`` is filled in.
    success
        What 200 in `expected` stands for: made, or nothing there to be changed.
    """

    route: str
    expected: dict[Role, int]
    about: str = "else"
    fill: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    success: int = 200


LINES = [
    # pages
    Line("GET /", READ, "list"),
    Line("GET /kaart", READ, "list"),
    Line("GET /stand", READ),
    Line("GET /hulp", READ),
    Line("GET /hulp/{pagina}", READ, fill={"pagina": "oov"}),
    Line("GET /download", READ, "list"),
    Line("GET /kaart/download", READ, "list"),
    Line("GET /kaart/plaatje", READ),
    Line("GET /hotspots/{number}/download", READ, "place"),
    Line("GET /hotspots/{number}/weken/download", READ, "place"),
    # streets and houses of the register: the same for everyone who may read hotspots, and nothing of these
    Line(
        "GET /achtergrond/{zoom}/{column}/{row}.json",
        READ,
        fill={"zoom": "14", "column": "4225", "row": "2745"},
        success=404,
    ),
    Line(
        "GET /achtergrond/beeld/{zoom}/{column}/{row}",
        READ,
        fill={"zoom": "14", "column": "4225", "row": "2745"},
        success=404,
    ),
    Line("GET /hotspots/{number}", READ, "place"),
    # without a gebied it is of all areas, of which the gebiedsteam has two
    Line("GET /rapport", READ | {Role.GEBIEDSTEAM: 403}),
    Line("GET /rapport/download", READ | {Role.GEBIEDSTEAM: 403}),
    # of the year: what its page tells each role
    Line("GET /jaar/download", READ),
    Line("GET /jaar/{jaar}/download", READ, fill={"jaar": "2023"}),
    # maps for everyone; without a gebied it is one of the whole municipality
    Line("GET /inbedden", SHARE),
    Line("GET /inbedden/voorbeeld", SHARE | {Role.GEBIEDSTEAM: 403}),
    Line("GET /inbedden/voorbeeld/kaart.{kind}", SHARE | {Role.GEBIEDSTEAM: 403}, fill={"kind": "svg"}),
    Line("GET /inbedden/voorbeeld/download", SHARE | {Role.GEBIEDSTEAM: 403}),
    Line("POST /inbedden", SHARE | {Role.GEBIEDSTEAM: 403}),
    Line("POST /inbedden/{embed_id}/intrekken", SHARE, fill={"embed_id": "niets"}, success=404),
    # meetings: before anything is judged, as what was judged waits no more; a meeting is told in its own test
    Line("GET /overleg", TOUCH),
    Line("POST /overleg", TOUCH, form={"gebied": ""}),
    Line("GET /overleg/{meeting}", READ | {}, fill={"meeting": "niets"}, success=404),
    Line("GET /overleg/{meeting}/samenvatting", READ | {}, fill={"meeting": "niets"}, success=404),
    Line("GET /overleg/{meeting}/stand", READ | {}, fill={"meeting": "niets"}, success=404),
    Line("POST /overleg/{meeting}/afronden", READ | {}, fill={"meeting": "niets"}, success=404),
    Line("GET /overleg/{meeting}/{number}", READ | {}, fill={"meeting": "niets", "number": "x"}, success=404),
    Line(
        "POST /overleg/{meeting}/{number}/oordeel",
        READ | {},
        fill={"meeting": "niets", "number": "x"},
        form=VERDICT,
        success=404,
    ),
    Line(
        "POST /overleg/{meeting}/{number}/overslaan",
        READ | {},
        fill={"meeting": "niets", "number": "x"},
        success=404,
    ),
    Line("GET /v1/overleggen", READ | {}),
    Line("POST /v1/overleggen", TOUCH, body={}, success=201),
    Line("GET /v1/overleggen/{id}", READ | {}, fill={"id": "niets"}, success=404),
    Line("PUT /v1/overleggen/{id}/afgerond", READ | {}, fill={"id": "niets"}, success=404),
    Line(
        "PUT /v1/overleggen/{id}/plekken/{nummer}/overgeslagen",
        READ | {},
        fill={"id": "niets", "nummer": "x"},
        success=404,
    ),
    # hotspots
    Line("GET /v1/hotspots", READ, "list"),
    Line("GET /v1/hotspots/feed", READ, "list"),
    Line("GET /v1/hotspots/{id}", READ, "place"),
    Line("GET /v1/hotspots/{id}/onderbouwing", READ, "place"),
    Line("GET /v1/hotspots/{id}/weken", READ, "place"),
    Line("GET /v1/hotspots/{id}/herkomst", READ, "place"),
    Line("GET /v1/buurten", READ),
    Line("GET /v1/gebieden", READ),
    Line("GET /v1/aandachtsplekken", READ),
    Line("GET /v1/rondes", READ),
    Line("GET /v1/signalering", READ),
    Line("GET /v1/rondes/{peildatum}", READ, fill={"peildatum": "2023-12-03"}),
    Line("GET /v1/trends", READ),
    # of all areas that one may know of; a part is asked for by name
    Line("GET /cijfers", READ),
    Line("GET /cijfers/download", READ, success=400),
    Line("GET /v1/cijfers", READ),
    Line("GET /v1/stand", READ),
    # layers
    Line("GET /ogc", READ),
    Line("GET /ogc/conformance", READ),
    Line("GET /ogc/api", READ),
    Line("GET /ogc/collections", READ),
    Line("GET /ogc/collections/{collection_id}", READ, fill={"collection_id": "hotspots"}),
    Line("GET /ogc/collections/hotspots/items", READ, "list"),
    Line("GET /ogc/collections/hotspots/items/{feature_id}", READ, "place"),
    Line("GET /ogc/collections/cellen/items", READ),
    Line(
        "GET /ogc/collections/cellen/items/{feature_id}",
        READ,
        fill={"feature_id": "8a1fa4-BU09350200"},
        success=404,
    ),
    Line("GET /ogc/collections/buurten/items", READ),
    Line("GET /ogc/collections/buurten/items/{feature_id}", READ, fill={"feature_id": "BU09350200"}),
    # cases
    Line("GET /v1/termijnen", READ, "cases"),
    Line("GET /v1/cijfers/andere", READ),
    # what lies behind figures: of the own area here; of the whole municipality writes OOV alone
    Line("GET /v1/duidingen", READ),
    Line("POST /v1/duidingen", TOUCH, body=DUIDING, success=201),
    Line("GET /duidingen", READ | {}),
    Line("POST /duidingen", TOUCH, form=WRITTEN),
    Line("GET /duidingen/{duiding_id}", READ | {}, fill={"duiding_id": "niets"}, success=404),
    Line("POST /duidingen/{duiding_id}", READ | {}, fill={"duiding_id": "niets"}, form=WRITTEN, success=404),
    Line(
        "POST /duidingen/{duiding_id}/intrekken",
        READ | {},
        fill={"duiding_id": "niets"},
        form={"versie": "1"},
        success=404,
    ),
    Line("GET /v1/duidingen/{id}", READ | {}, fill={"id": "niets"}, success=404),
    Line("PUT /v1/duidingen/{id}", READ | {}, fill={"id": "niets"}, body=DUIDING, success=404),
    Line("DELETE /v1/duidingen/{id}", READ | {}, fill={"id": "niets"}, success=404),
    Line("GET /v1/duidingen/{id}/historie", READ | {}, fill={"id": "niets"}, success=404),
    # what one follows oneself: here nothing yet
    Line("GET /volgen", READ),
    Line("POST /volgen", READ, form={"soort": "straat", "straat": "Nergens"}, success=409),
    Line("POST /volgen/feed", READ, form={"doe": "stoppen"}),
    Line("POST /volgen/{follow_id}/stoppen", READ, fill={"follow_id": "niets"}, form={"x": "x"}, success=404),
    Line("GET /v1/volgen", READ),
    Line("POST /v1/volgen", READ, body={"soort": "straat", "straat": "Nergens"}, success=409),
    Line("DELETE /v1/volgen/{id}", READ, fill={"id": "niets"}, success=404),
    Line("GET /v1/volgen/veranderingen", READ),
    Line("GET /v1/zaken", READ, "cases"),
    # to each case its own answer: of what one may not know it is said that there is none
    Line("PATCH /v1/zaken", TOUCH, body={"zaken": [{"id": "niets", "versie": 1}], "persoon": "A"}),
    Line("GET /v1/toewijsbaar", TOUCH),
    Line("GET /triage", DECIDE),
    Line("GET /triage/download", DECIDE),
    Line("POST /triage/toewijzen", DECIDE, form={"zaak": "niets:1", "aan": "niemand"}, success=409),
    # nothing is done about it yet, so who may read the reports is told so
    Line("GET /v1/hotspots/{id}/terugkoppeling", TOUCH, "place", success=409),
    Line("GET /hotspots/{number}/terugkoppeling", TOUCH, "place", success=409),
    Line("POST /hotspots/{number}/terugkoppeling", TOUCH, "place", form={"tekst": "Dank."}, success=409),
    Line("GET /triage/{number}", DECIDE, "place"),
    Line("POST /triage/{number}", DECIDE, "place", form={"besluit": "kandidaat", "versie": ""}, success=409),
    Line("GET /v1/hotspots/{id}/dossier", READ_CASE, "place"),
    Line("GET /v1/hotspots/{id}/verificaties", READ_CASE, "place"),
    Line("GET /v1/hotspots/{id}/verrijkingen", READ, "place"),
    Line("GET /v1/hotspots/{id}/opmerkingen", READ_CASE, "place"),
    Line("GET /v1/hotspots/{id}/maatregelen", READ_CASE, "place"),
    # there is no measure yet, so who may know is told so
    Line(
        "GET /v1/hotspots/{id}/maatregelen/{maatregel}/effect",
        READ_CASE,
        "place",
        {"maatregel": "1"},
        success=404,
    ),
    Line("GET /v1/hotspots/{id}/historie", READ_CASE, "place"),
    Line("GET /v1/hotspots/{id}/meldingen", TOUCH, "place"),
    Line("GET /v1/hotspots/{id}/punten", TOUCH, "place"),
    Line("GET /v1/hotspots/{id}/teksten", TOUCH, "place"),
    Line("PUT /v1/hotspots/{id}/status", TOUCH, "place", body={"status": "in verificatie"}),
    Line("PUT /v1/hotspots/{id}/toewijzing", TOUCH, "place", body={"persoon": "A. Agent"}),
    # nobody decides to put it back; who may decide is told that it can't be done
    Line("PUT /v1/hotspots/{id}/besluit", TOUCH, "place", body={"besluit": "kandidaat"}, success=409),
    Line("PUT /v1/hotspots/{id}/naam", TOUCH, "place", body={"naam": "Op het plein"}),
    Line("POST /v1/hotspots/{id}/verificaties", TOUCH, "place", body=VERDICT, success=201),
    Line("POST /v1/hotspots/{id}/verrijkingen", TOUCH, "place", body=ENRICHMENT, success=201),
    # there is none yet, so who may know is told so
    Line("DELETE /v1/hotspots/{id}/opmerkingen/{opmerking}", TOUCH, "place", {"opmerking": "1"}, success=404),
    Line(
        "POST /hotspots/{number}/opmerkingen/{comment_id}/intrekken",
        TOUCH,
        "place",
        {"comment_id": "1"},
        form={"versie": ""},
        success=404,
    ),
    Line("POST /v1/hotspots/{id}/opmerkingen", TOUCH, "place", body={"tekst": "Wie belt?"}, success=201),
    Line("GET /v1/hotspots/{id}/koppelingen", READ_CASE, "place"),
    # its address is no https, so who may link is told so
    Line(
        "POST /v1/hotspots/{id}/koppelingen",
        TOUCH,
        "place",
        body={"systeem": "Zaken", "kenmerk": "Z-7", "url": "http://zaken.example.org/7"},
        success=409,
    ),
    Line("DELETE /v1/hotspots/{id}/koppelingen/{koppeling}", TOUCH, "place", {"koppeling": "x"}, success=404),
    # nothing was decided yet, so who may is told that it can't be done now
    Line("POST /v1/hotspots/{id}/maatregelen", TOUCH, "place", body=MEASURE, success=409),
    Line(
        "PUT /v1/hotspots/{id}/maatregelen/{maatregel}",
        TOUCH,
        "place",
        {"maatregel": "1"},
        body=MEASURE,
        success=409,
    ),
    # the same by the forms of the page, which lead back to it
    Line("GET /hotspots/{number}/meldingen", TOUCH, "place"),
    Line("GET /hotspots/{number}/reden", TOUCH, "place"),
    Line("GET /hotspots/{number}/meldingen/download", TOUCH, "place"),
    Line(
        "POST /hotspots/{number}/status",
        TOUCH,
        "place",
        form={"status": "kandidaat", "versie": ""},
        success=409,  # there is no such step
    ),
    Line("POST /hotspots/{number}/toewijzing", TOUCH, "place", form={"persoon": "A. Agent", "versie": ""}),
    Line("POST /hotspots/{number}/oordeel", TOUCH, "place", form=VERDICT),
    Line("POST /hotspots/{number}/verrijking", TOUCH, "place", form=ENRICHMENT),
    Line("POST /hotspots/{number}/naam", TOUCH, "place", form={"naam": "Achter het plein", "versie": ""}),
    Line(
        "POST /hotspots/{number}/koppelingen",
        TOUCH,
        "place",
        form={"systeem": "Zaken", "kenmerk": "Z-7", "url": "http://zaken.example.org/7"},
        success=409,
    ),
    Line(
        "POST /hotspots/{number}/koppelingen/{link}/weghalen",
        TOUCH,
        "place",
        {"link": "x"},
        form={"versie": ""},
        success=404,
    ),
    Line("POST /hotspots/{number}/opmerking", TOUCH, "place", form={"tekst": "Wie belt?"}),
    Line("POST /hotspots/{number}/maatregelen", TOUCH, "place", form=MEASURE, success=409),
    Line(
        "POST /hotspots/{number}/maatregelen/{measure}",
        TOUCH,
        "place",
        {"measure": "1"},
        form=MEASURE | {"versie": ""},
        success=409,
    ),
    # what was not signalled, and putting it on the list: there is a place at the market already
    Line("GET /niet-gesignaleerd", NEAR),
    Line("GET /niet-gesignaleerd/download", NEAR),
    Line("POST /niet-gesignaleerd", NEAR, form={"reden": "Elke avond groepen."}, success=400),
    Line("GET /v1/niet-gesignaleerd", NEAR),
    Line(
        "POST /v1/aangedragen",
        NEAR,
        body={"reden": "Elke avond groepen.", "lon": 5.6915, "lat": 50.8492},
        success=409,
    ),
    # nobody put these on the list, so who might take one off is told so
    Line(
        "PUT /v1/hotspots/{id}/aandragen/intrekken", TOUCH, "place", body={"reden": "Toch niet."}, success=404
    ),
    Line(
        "POST /hotspots/{number}/aandragen/intrekken",
        TOUCH,
        "place",
        form={"reden": "Toch niet.", "versie": ""},
        success=404,
    ),
    # administration
    Line("GET /v1/gebruikers", MANAGE),
    Line(
        "PUT /v1/gebruikers/{naam}/blokkade",
        MANAGE,
        fill={"naam": "niemand"},
        body={"geblokkeerd": True},
        success=404,
    ),
    Line("POST /v1/gebruikers/{naam}/herstellink", MANAGE, fill={"naam": "niemand"}, body={}, success=404),
    Line("GET /v1/tokens", MANAGE),
    Line("POST /v1/tokens", MANAGE, body=TOKEN, success=201),
    Line("DELETE /v1/tokens/{id}", MANAGE, fill={"id": "niets"}, success=404),
    Line("GET /v1/adressen/onduidelijk", REVIEW),
    # no report has this address, so who may is told so
    Line("POST /v1/adressen/herstel", REVIEW, body={"sleutel": "x", "kandidaat": 1}, success=404),
    Line("POST /v1/adressen/ongedaan", REVIEW, body={"sleutel": "x"}, success=404),
    Line("GET /v1/adressen/zoeken", REVIEW),
    Line("GET /v1/inzage", LOG),
    Line("GET /v1/leren", LEARN),
    Line("GET /leren", LEARN),
    # what a year came to names no place here, as nothing is done about any
    Line("GET /jaar", READ),
    Line("GET /jaar/{jaar}", READ, fill={"jaar": "2023"}),
    Line("GET /v1/jaren", READ),
    Line("GET /v1/jaren/{jaar}", READ, fill={"jaar": "2023"}),
    Line("GET /sessie", READ),
    # one's own account
    Line("GET /account", READ),
    Line("POST /account/wachtwoord", READ, form={"oud": "x", "nieuw": "y", "nogmaals": "y"}, success=400),
    Line("POST /account/sessies", READ, form={"wachtwoord": "x"}, success=400),
    Line("GET /account/twee-stappen", READ),
    Line(
        "POST /account/twee-stappen", READ, form={"doe": "uit", "wachtwoord": "x", "code": "1"}, success=400
    ),
    Line("POST /formulier/weg", READ, form={"formulier": "niets", "naar": "/uitleg"}),
    Line("POST /account/mail", READ, form={"adres": "naam@example.org"}),
    # pages of the administrator; a form that is empty is refused, to who may send it
    Line("GET /beheer", OPERATE),
    Line("GET /beheer/imports", OPERATE),
    Line("GET /beheer/imports/{import}", OPERATE, fill={"import": "1"}),
    Line("GET /beheer/imports/{import}/geweigerd.csv", OPERATE, fill={"import": "1"}),
    Line("POST /beheer/imports/levering", MANAGE, body={}, success=400),
    Line("GET /beheer/imports/levering/{token}", MANAGE, fill={"token": "niets"}, success=404),
    Line("POST /beheer/imports/levering/{token}", MANAGE, fill={"token": "niets"}, body={}, success=404),
    Line("POST /beheer/imports/{import}/terugdraaien", MANAGE, fill={"import": "1"}, body={}, success=409),
    Line("GET /beheer/bronnen", MANAGE),
    Line("GET /beheer/bronnen/{name}", MANAGE, fill={"name": "melddesk"}),
    Line("GET /beheer/bronnen/{name}.toml", MANAGE, fill={"name": "melddesk"}),
    Line(
        "GET /beheer/bronnen/{name}/versies/{number}.toml",
        MANAGE,
        fill={"name": "melddesk", "number": "1"},
        success=404,
    ),
    Line("POST /beheer/bronnen/{name}/terug", MANAGE, fill={"name": "melddesk"}, body={}, success=404),
    Line("GET /beheer/bronnen/nieuw/{token}", MANAGE, fill={"token": "niets"}, success=404),
    Line("POST /beheer/bronnen/nieuw/{token}", MANAGE, fill={"token": "niets"}, body={}, success=404),
    Line("GET /beheer/taken", OPERATE),
    Line("GET /beheer/taken/{job}", OPERATE, fill={"job": "niets"}, success=404),
    Line("POST /beheer/taken/{job}/nu", REVIEW, fill={"job": "inbox"}, body={}),
    Line("POST /beheer/taken/{job}/pauze", REVIEW, fill={"job": "inbox"}, body={}, success=409),
    Line("POST /beheer/taken/{job}/hervat", REVIEW, fill={"job": "inbox"}, body={}, success=409),
    Line("GET /beheer/taken/{job}/{run}", OPERATE, fill={"job": "inbox", "run": "99"}, success=404),
    Line("GET /beheer/taken/{job}/{run}/regels", OPERATE, fill={"job": "inbox", "run": "99"}, success=404),
    Line("GET /beheer/veiligheid", OPERATE),
    Line("GET /beheer/geschiedenis", OPERATE),
    Line("GET /beheer/geschiedenis/download", OPERATE),
    Line("GET /beheer/gebieden", OPERATE),
    Line("POST /beheer/gebieden/bestand", MANAGE, body={}, success=400),
    Line("POST /beheer/gebieden/ophalen", MANAGE, body={}, success=409),
    Line("GET /beheer/gebieden/bestand/{token}", MANAGE, fill={"token": "niets"}, success=404),
    Line("POST /beheer/gebieden/bestand/{token}", MANAGE, fill={"token": "niets"}, body={}, success=404),
    Line("GET /beheer/gebieden/samenstellen", MANAGE),
    Line("POST /beheer/gebieden/samenstellen", MANAGE, body={}, success=409),
    Line("GET /beheer/adresbestand", MANAGE),
    Line("POST /beheer/adresbestand/bestand", MANAGE, body={}, success=400),
    Line("POST /beheer/adresbestand/ophalen", MANAGE, body={}, success=409),
    Line("GET /beheer/adresbestand/bestand/{token}", MANAGE, fill={"token": "niets"}, success=404),
    Line("POST /beheer/adresbestand/bestand/{token}", MANAGE, fill={"token": "niets"}, body={}, success=404),
    Line("GET /beheer/adressen", REVIEW),
    Line("POST /beheer/adressen", REVIEW, body={}, success=400),
    Line("POST /beheer/adressen/ongedaan", REVIEW, body={}, success=409),
    Line("GET /beheer/regels", REVIEW),
    Line("POST /beheer/regels", REVIEW, body={}, success=409),
    Line("GET /beheer/regels/{proef}", REVIEW, fill={"proef": "99"}, success=404),
    Line("POST /beheer/regels/{proef}", REVIEW, fill={"proef": "99"}, body={}, success=404),
    Line("POST /beheer/regels/voorstellen", REVIEW, body={}, success=409),
    Line("GET /beheer/regels/voorstellen/{voorstel}", REVIEW, fill={"voorstel": "99"}, success=404),
    Line("POST /beheer/regels/voorstellen/{voorstel}", REVIEW, fill={"voorstel": "99"}, body={}, success=404),
    Line("GET /beheer/instellingen", MANAGE),
    Line("GET /beheer/instellingen/{onderdeel}", MANAGE, fill={"onderdeel": "kleuren"}),
    Line("POST /beheer/instellingen/{onderdeel}", MANAGE, fill={"onderdeel": "x"}, body={}, success=404),
    Line("GET /beheer/bewaren", OPERATE),
    Line("POST /beheer/bewaren", LOG | {Role.BEHEERDER: 200}, body={}, success=409),
    Line("GET /beheer/ondergrond", MANAGE),
    Line("POST /beheer/ondergrond", MANAGE, body={}, success=409),
    Line("GET /beheer/gebruikers", MANAGE),
    Line("POST /beheer/gebruikers", MANAGE, body={}, success=409),
    Line("GET /beheer/gebruikers/aanmelddienst", MANAGE),
    # no provider is set here; who may is told so
    Line("GET /beheer/gebruikers/aanmelddienst/proef", MANAGE, success=404),
    Line("GET /beheer/gebruikers/aanmelddienst/proef/terug", MANAGE, success=404),
    Line("GET /beheer/gebruikers/{user}", MANAGE, fill={"user": "niets"}, success=404),
    Line("POST /beheer/gebruikers/{user}", MANAGE, fill={"user": "niets"}, body={}, success=404),
    Line("GET /beheer/tokens", MANAGE),
    Line("POST /beheer/tokens", MANAGE, body={}, success=409),
    Line("POST /beheer/tokens/{token}", MANAGE, fill={"token": "niets"}, body={}, success=404),
    Line("GET /beheer/gebeurtenissen", MANAGE),
    Line("POST /beheer/gebeurtenissen", MANAGE, body={}, success=409),
    Line("POST /beheer/gebeurtenissen/opnieuw", MANAGE, form={"x": "x"}),
    Line("GET /beheer/gebeurtenissen/{systeem}", MANAGE, fill={"systeem": "niets"}, success=404),
    *(
        Line(
            f"POST /beheer/gebeurtenissen/{{systeem}}/{action}",
            MANAGE,
            fill={"systeem": "niets"},
            form={"zeker": "ja"},
            success=404,
        )
        for action in ("proef", "pauze", "hervat", "geheim", "vorige-geheim", "weghalen", "opnieuw")
    ),
    # pages of the privacy officer
    Line("GET /privacy", LOG),
    Line("GET /privacy/stukken", LEARN),
    Line("GET /privacy/stukken/{stuk}", LEARN, fill={"stuk": "iama"}),
    Line("GET /privacy/stukken/{stuk}/download", LEARN, fill={"stuk": "dpia"}),
    Line(
        "POST /privacy/stukken/{stuk}/{vraag}",
        LOG | {Role.BEHEERDER: 200},
        fill={"stuk": "iama", "vraag": "klacht"},
        body={},
        success=409,
    ),
    Line("GET /privacy/toets", LEARN),
    Line("GET /privacy/toets/download", LEARN),
    Line("GET /privacy/stoppen", OPERATE),
    Line("POST /privacy/stoppen/stop", OPERATE, body={}, success=409),
    Line("POST /privacy/stoppen/hervat", OPERATE, body={}, success=409),
    Line("POST /privacy/stoppen/blijf-gestopt", OPERATE, body={}, success=409),
    Line("GET /privacy/inzage", LOG),
    Line("GET /privacy/inzage/download", LOG),
    Line("GET /privacy/bewaren", OPERATE),
    Line("GET /privacy/bewaren/verwerkingen", OPERATE),
    Line("GET /privacy/bewaren/verwerkingen/download", OPERATE),
    Line("GET /privacy/verzoeken", LOG),
    Line("POST /privacy/verzoeken", LOG, body={}, success=409),
    Line("GET /privacy/verzoeken/{verzoek}", LOG, fill={"verzoek": "99"}, success=404),
    *(
        Line(
            f"POST /privacy/verzoeken/{{verzoek}}/{action}",
            LOG,
            fill={"verzoek": "99"},
            form=form,
            success=404,
        )
        for action, form in {
            "persoon": {"hoe": "paspoort"},
            "verlengen": {"reden": "Moeilijk."},
            "antwoord": {"uitkomst": "ingetrokken"},
            "zoeken": {"op": "adres", "waarde": "x"},
            "bestand": {"op": "adres", "waarde": "x"},
            "wissen": {"op": "adres", "waarde": "x", "zeker": "ja"},
        }.items()
    ),
    # last, as these change nothing of a case, and so not its version
    Line("POST /hotspots/{number}/reden", TOUCH, "place", form={"reden": "controle van de gegevens"}),
    Line(
        "POST /v1/hotspots/{id}/inzagereden",
        TOUCH,
        "place",
        body={"reden": "controle van de gegevens"},
        success=201,
    ),
]

OPEN = {
    # without these nobody could sign in, or watch over the service; none of them knows a hotspot
    "GET /aanmelden",
    "POST /aanmelden",
    "GET /aanmelden/elders",
    "GET /aanmelden/terug",
    # only for who gave the right password, and no session before the code
    "GET /aanmelden/code",
    "POST /aanmelden/code",
    "GET /aanmelden/instellen",
    "POST /aanmelden/instellen",
    "GET /gezond",
    "GET /gezond/proces",
    "GET /metrics",
    "GET /v1",
    "GET /v1/openapi.json",
    "MOUNT /static",
    "MOUNT /swagger",
    "MOUNT /leaflet",
    # their address is signed, and names no hotspot
    "GET /inbedden/{token}",
    "GET /inbedden/{token}/kaart.{kind}",
    # their address is signed, in a mail
    "GET /nieuw-wachtwoord/{token}",
    "POST /nieuw-wachtwoord/{token}",
    "GET /mail-stoppen/{token}",
    "POST /mail-stoppen/{token}",
    # its address is signed, and gives what its owner may know at that moment
    "GET /volgen/feed/{token}",
    # for everyone, also who may not sign in
    "GET /uitleg",
    "GET /uitleg/zo-komt-een-plek-op-de-lijst",
    "GET /problemen",
    "GET /.well-known/security.txt",
    "GET /security.txt",
    "GET /problemen/{soort}",
    "GET /hulp/aanmelden",
    # drawings, and pages with simulated data
    "GET /hulp/img/{name}",
    # ends the session of whoever it is
    "POST /afmelden",
}


def test_every_route_of_the_service_is_in_the_matrix(
    settings: Settings, routes_of: Callable[[FastAPI], set[str]]
) -> None:
    found = routes_of(create_app(settings))
    assert len(found) > 40
    assert {line.route for line in LINES} | OPEN == found


def named(text: str, ids: dict[str, str]) -> set[str]:
    """The numbers of the hotspots that a text names, by number or by id."""
    by_id = {number for number, hotspot_id in ids.items() if hotspot_id in text}
    return set(re.findall(r"HS-\d{4}-\d{3}", text)) | by_id


ON_POSTGRESQL = (Role.OOV, Role.BEHEERDER, Role.PRIVACY)
"""Who together may do everything, so that every route asks PostgreSQL too."""


def path_of(line: Line, number: str) -> str:
    """The path of a line for a hotspot."""
    path = line.route.split()[1]
    for name in re.findall(r"{(\w+)}", path):
        path = path.replace(f"{{{name}}}", line.fill.get(name, number))
    return path


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, template: Callable[[str, Any], str], filling: Any
) -> Iterator[str]:
    """SQLite, but for the tests that are marked: what a right allows is decided before any query."""
    if request.node.get_closest_marker("postgresql") is None:
        yield request.getfixturevalue("sqlite_url")
        return
    with request.getfixturevalue("new_postgresql")(template("postgresql", filling)) as url:
        yield url


@pytest.fixture
def ids(five_places: Any) -> dict[str, str]:
    """The id of each hotspot by its number."""
    return {f"HS-2023-{key:03}": hotspot_id for key, hotspot_id in five_places.ids.items()}


def test_of_who_asks_postgresql_each_route_is_allowed_to_one() -> None:
    assert all(200 in {line.expected[role] for role in ON_POSTGRESQL} for line in LINES)


@pytest.mark.parametrize(
    "role",
    [pytest.param(role, marks=[pytest.mark.postgresql] * (role in ON_POSTGRESQL), id=role) for role in Role],
)
def test_every_route_gives_each_role_what_was_agreed_in_the_own_areas_and_elsewhere(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    ids: dict[str, str],
    add_colleague: Callable[..., str],
    role: Role,
) -> None:
    add_colleague("A. Agent")
    ask, token = asking(closed), sessions(role)
    visible = {PLACES[place] for place in VISIBLE[role]}
    versions = dict.fromkeys(ids, 1)
    wrong: list[tuple[object, ...]] = []

    def check(line: Line, number: str, name: str, wanted: int) -> None:
        method = line.route.split()[0]
        version = versions.get(number, 1)
        form = line.form and {
            field: str(version) if field == "versie" else value for field, value in line.form.items()
        }
        answer = ask(token, method, path_of(line, name), line.body, {"If-Match": f'"v{version}"'}, form)
        if method != "GET" and answer.status_code < 300 and line.about == "place":
            versions[number] += 1
        shown = named(answer.text, ids) - {number}
        if answer.status_code != (line.success if wanted == 200 else wanted):
            wrong.append((line.route, number, wanted, answer.status_code, answer.text[:100]))
        readable = visible if READ_CASE[role] == 200 else set()
        exactly = {"list": visible, "cases": readable}.get(line.about, shown)
        if not shown <= visible or shown != exactly:
            wrong.append((line.route, number, "names", sorted(shown)))

    for line in LINES:
        if line.about != "place":
            check(line, "", "", line.expected[role])
            continue
        for number in PLACES.values():
            wanted = line.expected[role] if number in visible else 404
            check(line, number, number, wanted)
            # by its id a hidden one is as hidden, and of those that one may know one stands for all
            is_told = wanted != 404 and number != min(visible)
            if line.route.startswith("GET") and "{number}" not in line.route and not is_told:
                check(line, number, ids[number], wanted)
    assert wrong == []


def test_where_signing_in_is_required_nobody_gets_anything(
    closed: TestClient, asking: Callable[[TestClient], Ask], ids: dict[str, str]
) -> None:
    ask, wrong = asking(closed), []
    for line in LINES:
        answer = ask(None, line.route.split()[0], path_of(line, PLACES["own"]), line.body)
        told = (answer.status_code, answer.headers.get("www-authenticate"), answer.json()["title"])
        if told != (401, "Bearer", "Niet aangemeld") or named(answer.text, ids) - {PLACES["own"]}:
            wrong.append((line.route, answer.status_code, answer.text[:100]))
    assert wrong == []


def test_where_it_is_not_only_reading_is_open_to_nobody_in_particular(
    client: TestClient, asking: Callable[[TestClient], Ask], ids: dict[str, str]
) -> None:
    ask = asking(client)
    wrong: list[tuple[object, ...]] = []
    asks_who = (
        "/duidingen",
        "/verrijkingen",
        "/termijnen",
        "/zaken",
        "/volgen",
        "/veranderingen",
        "/sessie",
        "/account",
        "/twee-stappen",
    )
    for line in LINES:
        answer = ask(None, line.route.split()[0], path_of(line, PLACES["own woning"]), line.body)
        is_open = line.route.startswith("GET") and line.expected is READ and not line.route.endswith(asks_who)
        if answer.status_code != (line.success if is_open else 401):
            wrong.append((line.route, answer.status_code, answer.text[:100]))
        if line.about == "list" and named(answer.text, ids) != set(PLACES.values()):
            wrong.append((line.route, answer.status_code, "names", sorted(named(answer.text, ids))))
    assert wrong == []


HIDING = [
    "/v1/hotspots",
    "/v1/hotspots?bbox=5.0,50.0,6.0,51.0",
    "/v1/hotspots?bbox=5.669,50.850,5.670,50.852",
    "/v1/hotspots?gebied=Wijk+02+Buitenwijk+West",
    "/v1/hotspots?buurt=BU09350200",
    "/v1/hotspots?soort=woning",
    "/v1/hotspots?status=kandidaat&sort=-nummer",
    "/v1/hotspots?fields=nummer",
    "/v1/hotspots?paginaGrootte=1&pagina=2",
    "/v1/hotspots?peildatum=2023-11-19",
    "/v1/hotspots?peildatum=2023-11-19&soort=gebied",
    "/v1/hotspots?gewijzigdSinds=2000-01-01T00:00:00Z",
    "/v1/hotspots?gewijzigdSinds=2023-11-26T12:00:00Z",
    "/v1/hotspots/feed",
    "/v1/hotspots/feed?gebied=Wijk+02+Buitenwijk+West",
    "/v1/hotspots/feed?buurt=BU09350200",
    "/ogc/collections/hotspots/items",
    "/ogc/collections/hotspots/items?bbox=5.0,50.0,6.0,51.0",
    "/ogc/collections/hotspots/items?bbox=5.669,50.850,5.670,50.852",
    "/ogc/collections/hotspots/items?peildatum=2023-11-19&soort=gebied",
    "/?peildatum=2023-11-19",
    "/?gebied=Wijk+02+Buitenwijk+West",
    "/kaart?peildatum=2023-11-19",
    "/kaart?bbox=5.669,50.850,5.670,50.852",
    "/kaart?lagen=hotspots,cellen&weergave=status",
    "/?zoek=HS-2023-004",
    "/?zoek=6",
    "/?zoek=straat",
    "/?toon=afgerond&peildatum=2023-11-26",
    "/download?peildatum=2023-11-19",
    "/download?toon=afgerond&peildatum=2023-11-26",
    "/kaart/download?gebied=Wijk+02+Buitenwijk+West&vorm=csv",
    "/kaart/download?lijst=buurten",
    "/kaart/plaatje?periode=2023&vorm=svg",
    "/kaart/plaatje?van=2023-11-19&tot=2023-11-26&gebied=Wijk+02+Buitenwijk+West&vorm=svg",
    "/kaart/plaatje?periode=2023-Q4&buurt=BU09350200&vorm=svg",
]


@pytest.mark.parametrize("accept", ["application/json, text/html", "application/geo+json, text/html"])
@pytest.mark.parametrize("role", [Role.LEZER, Role.GEBIEDSTEAM])
def test_whatever_is_asked_what_is_hidden_is_neither_named_nor_counted(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    ids: dict[str, str],
    role: Role,
    accept: str,
) -> None:
    ask, token = asking(closed), sessions(role)
    visible = {PLACES[place] for place in VISIBLE[role]}
    for query in HIDING:
        if "geo" in accept and not query.startswith(("/v1", "/ogc")):
            continue  # a page is the same page
        answer = ask(token, "GET", query, None, {"Accept": accept})
        assert answer.status_code == 200, (query, answer.text)
        shown = named(_without_the_question(answer.text, query), ids)
        assert shown <= visible, query
        if "json" in answer.headers["content-type"]:
            content = answer.json()
            total = content.get("totaalAantal", content.get("numberMatched"))
            assert total == (len(visible) if "pagina=" in query else len(shown)), query


def _without_the_question(text: str, query: str) -> str:
    """What a page says, but for the words that were searched for, which it shows again."""
    asked = query.partition("zoek=")[2]
    # the same choice as a file
    text = re.sub(r'href="/download[^"]*"', "", text)
    return text.replace(f'value="{asked}"', "").replace(f"bij ‘{asked}’", "") if asked else text


def test_what_is_hidden_now_or_was_hidden_then_is_not_found_in_the_past(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    ids: dict[str, str],
) -> None:
    left, came = PLACES["other woning, once own gebied"], PLACES["own, once other woning"]
    paths = [
        path
        for number in (left, came)
        for path in (f"/v1/hotspots/{number}", f"/v1/hotspots/{ids[number]}/weken", f"/hotspots/{number}")
    ]
    ask, then = asking(closed), "peildatum=2023-11-19"
    for role, status in ((Role.LEZER, 404), (Role.GEBIEDSTEAM, 404), (Role.OOV, 200)):
        token = sessions(role)
        for path in paths:
            assert ask(token, "GET", f"{path}?{then}").status_code == status, (role, path)
        for path in ("/v1/hotspots", "/ogc/collections/hotspots/items", "/", "/kaart"):
            shown = named(ask(token, "GET", f"{path}?{then}").text, ids)
            assert shown & {left, came} == ({left, came} if status == 200 else set()), (role, path)


def test_no_address_nor_name_of_a_dwelling_is_told_to_who_may_not_see_exact_points(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    ids: dict[str, str],
    database: Database,
    settings: Settings,
) -> None:
    """A planted house number, a street with too few addresses, and what people call the house."""
    dwellings = [PLACES["other woning"], PLACES["other woning, once own gebied"]]
    with database.writing() as connection:
        last = select(runs.c.id).order_by(runs.c.as_of.desc()).limit(1).scalar_subquery()
        rows = connection.execute(select(hotspot_states).where(hotspot_states.c.run_id == last)).mappings()
        states = {row["hotspot_id"]: dict(row) for row in rows}
        for number in (*dwellings, "HS-2023-003"):
            at = {name: states[ids[number]][name] for name in ("lon", "lat")}
            connection.execute(insert(addresses).values(street="Plantsteeg", house_number=4711, **at))
        name_hotspots(connection, settings, list(states.values()), is_latest=True, stepped=states)
    ask, oov = asking(closed), sessions(Role.OOV)
    house = PLACES["other woning"]
    name = {"naam": "Huize Plantenbos", "versie": "1"}
    assert ask(oov, "POST", f"/hotspots/{house}/naam", None, {}, name).status_code == 200
    shown: dict[Role, set[str]] = {}
    for role in (Role.LEZER, Role.PRIVACY, Role.OOV):
        token = oov if role is Role.OOV else sessions(role)
        paths = [
            path_of(line, number)
            for line in LINES
            if line.route.startswith("GET")
            for number in (dwellings if line.about == "place" else [""])
        ]
        shown[role] = {
            path
            for path in (*paths, *HIDING, "/?zoek=Plantsteeg", "/rapport?week=2023-W48")
            # not among the digits of a coordinate, nor of a random token of a form
            if re.search(r"(?<![\w.-])4711(?!\w)|Plantenbos", ask(token, "GET", path).text)
        }
    assert shown[Role.LEZER] == shown[Role.PRIVACY] == set()
    # by right, and each reading of it was logged
    pages = {f"/hotspots/{number}" for number in dwellings}
    assert shown[Role.OOV] == pages | {f"/?zoek={house}", "/?zoek=6"}  # which lead to them
    with database.reading() as connection:
        logged = connection.execute(select(access_log.c.hotspot_id)).scalars().all()
    assert {ids[number] for number in dwellings} <= set(logged)


def test_lineage_leaves_out_what_is_hidden(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    ids: dict[str, str],  # writes the hotspots
) -> None:
    ask, path = asking(closed), f"/v1/hotspots/{PLACES['own']}/herkomst"
    assert len(ask(sessions("oov"), "GET", path).json()["herkomst"]) == 1
    assert ask(sessions("gebiedsteam"), "GET", path).json()["herkomst"] == []


def test_a_run_counts_what_its_reader_may_know(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    ids: dict[str, str],  # writes the hotspots
) -> None:
    ask = asking(closed)
    for role, signalled, reports in (("oov", 7, 100), ("lezer", 3, None), ("gebiedsteam", 3, None)):
        token = sessions(role)
        one = ask(token, "GET", "/v1/rondes/2023-12-03").json()
        assert (one["aantalGesignaleerd"], one["aantalMeldingen"]) == (signalled, reports)
        assert ask(token, "GET", "/v1/rondes").json()["rondes"][0] == one


def test_the_choice_of_areas_has_only_the_own_ones(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    own_gebieden: list[str],
    ids: dict[str, str],  # writes the hotspots
) -> None:
    ask, token = asking(closed), sessions("gebiedsteam")
    for path in ("/", "/kaart"):
        offered = re.findall(r"<option[^>]*>\s*(Wijk [^<]*?)\s*</option>", ask(token, "GET", path).text)
        assert sorted(offered) == own_gebieden


@pytest.mark.parametrize(
    ("scopes", "bound", "expected"),
    [
        pytest.param([Right.READ_HOTSPOTS], False, READER, id="hotspots everywhere"),
        pytest.param([Right.READ_HOTSPOTS], True, ("own",), id="hotspots in two areas"),
        pytest.param(
            [Right.READ_DWELLINGS],
            True,
            ("own woning", "own, once other woning"),
            id="dwellings in two areas",
        ),
        pytest.param([Right.READ_CASES], False, tuple(PLACES), id="cases everywhere"),
        pytest.param([Right.READ_LEARNING], False, None, id="no hotspots"),
    ],
)
def test_a_machine_sees_what_its_scopes_and_areas_say_also_where_signing_in_is_not_required(
    client: TestClient,
    database: Database,
    own_gebieden: list[str],
    ids: dict[str, str],
    scopes: list[Right],
    bound: bool,
    expected: tuple[str, ...] | None,
) -> None:
    now = datetime.now(UTC)
    _, token = add_token(
        database,
        name="GIS",
        scopes=scopes,
        expires_at=now + timedelta(days=9),
        created_by="test",
        now=now,
        gebieden=own_gebieden if bound else None,
    )
    answer = client.get("/v1/hotspots", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == (403 if expected is None else 200)
    assert named(answer.text, ids) == {PLACES[place] for place in expected or ()}


CHANGES = [line for line in LINES if not line.route.startswith("GET")]
TRIED_FROM_ELSEWHERE = [Role.OOV, Role.BEHEERDER, Role.PRIVACY]


def test_of_who_is_tried_from_another_site_each_change_is_allowed_to_one() -> None:
    assert all(200 in {line.expected[role] for role in TRIED_FROM_ELSEWHERE} for line in CHANGES)


@pytest.mark.parametrize("role", TRIED_FROM_ELSEWHERE)
def test_no_route_changes_anything_for_a_page_of_another_site(
    closed: TestClient,
    sessions: Callable[[str], str],
    database: Database,
    ids: dict[str, str],  # writes the hotspots
    role: Role,
) -> None:
    closed.cookies.set("hotspots_sessie", sessions(role))
    before = changes_of(database)
    for line in CHANGES:
        if line.expected[role] == 403:
            continue  # refused whatever comes with it
        is_page = not line.route.split()[1].startswith("/v1/")
        sent = {"data": line.form or {"reden": "x"}} if is_page else {"json": line.body}
        for token in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "guess"}):
            answer = closed.request(
                line.route.split()[0],
                path_of(line, PLACES["own"]),
                headers={"If-Match": '"v1"'} | token,
                **sent,
            )
            assert answer.status_code == 403, line.route
    assert changes_of(database) == before


@pytest.mark.parametrize("role", [Role.OOV, Role.BEHEERDER])
def test_no_route_takes_fields_that_are_not_asked(
    closed: TestClient,
    asking: Callable[[TestClient], Ask],
    sessions: Callable[[str], str],
    database: Database,
    ids: dict[str, str],  # writes the hotspots
    role: Role,
) -> None:
    ask, token = asking(closed), sessions(role)
    before = changes_of(database)
    for line in (line for line in CHANGES if line.body):
        for extra in ("besluit", "door", "organisatieId", "version", "id", "rol", "isFinal"):
            body = dict(line.body or {}) | {extra: "oov"}
            answer = ask(token, line.route.split()[0], path_of(line, PLACES["own"]), body)
            assert answer.status_code == 400, (line.route, extra)
            assert [problem["naam"] for problem in answer.json()["invalidParams"]] == [extra], line.route
    assert changes_of(database) == before


def changes_of(database: Database) -> list[Any]:
    """What was changed of hotspots, of the installation and of who may enter, and which tokens there are."""
    with database.reading() as connection:
        return [
            row
            for table in (hotspot_events, admin_changes, access_changes, api_tokens)
            for row in connection.execute(select(table))
        ]
