"""Examples of what the API is asked and answers: one story, of a square in Mariaberg at the end of 2023.

Made up, as are the people and organisations in it. Each stands in the OpenAPI description at its operation; a
test holds them to the description.
"""

from collections.abc import Mapping
from typing import Any

from api.http.errors import TITLES, InvalidParameter, Problem, detail_of
from api.http.limits import TOO_LARGE, too_many
from api.http.negotiation import GEOJSON, JSON, not_available
from api.http.versions import ASK_FOR_TAG
from api.rest.feed import ATOM
from hotspots.errors import (
    ForbiddenError,
    HotspotsError,
    NotFoundError,
    SignInError,
    StaleError,
    StoreError,
    WorkflowError,
)

NUMBER, ID = "HS-2023-014", "6f1c2f0e-4d5b-4a39-9c57-2a1f0d9b8e31"
GEBIED = "Wijk 02 Buitenwijk West"
_REQUEST = "0f8b2c6e41d94a7f9a6d3c5e7b1f2a84"
_PATH = f"/v1/hotspots/{NUMBER}"

_REASONS = [
    "Herhaald: 14 meldingen op 12 verschillende dagen.",
    "Langdurig: over 96 dagen, in 9 verschillende weken; hooguit 2 meldingen kort na elkaar.",
    "Gedeeld: van 6 bekende melders; de grootste deed 29% (hooguit 60% mag).",
    (
        "Geconcentreerd: 5,8 keer zo veel als de 212 adressen hier en de omgeving doen verwachten (2,4); "
        "de kans op toeval is ongeveer 0,03%."
    ),
    "Actueel: de eerste melding in deze periode was op 22 september 2023, de laatste op 27 december 2023.",
    "Soort gebied: de meldingen wijzen naar meer adressen; hooguit 21% naar één adres.",
    "Indicatie veiligheid (een suggestie): in de meldingen gaat het over dealen 6×, bedreiging 2×.",
]
_HOTSPOT: Mapping[str, Any] = {
    "id": ID,
    "nummer": NUMBER,
    "status": "in verificatie",
    "soort": "gebied",
    "indicatie": "veiligheid",
    "trend": "toenemend",
    "eersteMelding": "2023-09-22",
    "laatsteMelding": "2023-12-27",
    "eersteSignalering": "2023-11-26",
    "laatsteSignalering": "2023-12-31",
    "aantalMeldingen": 14,
    "aantalDagen": 12,
    "aantalWeken": 9,
    "aantalMelders": 6,
    "duurDagen": 96,
    "verwacht": 2.4,
    "pWaarde": 0.0003,
    "herhalingsinterval": 3333.0,
    "score": 4.8512,
    "lon": 5.67261,
    "lat": 50.84493,
    "buurtcode": "BU09350201",
    "buurtnaam": "Mariaberg",
    "gebied": GEBIED,
    "redenen": _REASONS,
}
_SHAPE = {
    "type": "Polygon",
    "coordinates": [
        [
            [5.6721, 50.8447],
            [5.6731, 50.8447],
            [5.6731, 50.8452],
            [5.6721, 50.8452],
            [5.6721, 50.8447],
        ]
    ],
}
_FEATURE = {"type": "Feature", "id": ID, "geometry": _SHAPE, "properties": _HOTSPOT}
_FEED = f"""<?xml version='1.0' encoding='utf-8'?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="nl">\
<id>https://hotspots.example.nl/v1/hotspots/feed</id><title>Nieuwe hotspots</title>\
<updated>2023-11-27T05:31:12Z</updated><author><name>Maastricht</name></author>\
<link rel="self" type="application/atom+xml" href="https://hotspots.example.nl/v1/hotspots/feed" />\
<entry><id>urn:uuid:{ID}</id><title>{NUMBER}, Mariaberg: gebied</title>\
<published>2023-11-27T05:31:12Z</published><updated>2023-11-27T05:31:12Z</updated>\
<link rel="alternate" href="https://hotspots.example.nl/hotspots/{NUMBER}" />\
<category scheme="urn:hotspots:gebied" term="{GEBIED}" />\
<summary>{_REASONS[0]}</summary></entry></feed>"""
_BUURT = {
    "buurtcode": "BU09350201",
    "buurtnaam": "Mariaberg",
    "wijkcode": "WK093502",
    "wijknaam": GEBIED,
    "gebied": GEBIED,
    "inwoners": 4940,
    "bijBenadering": False,
}
_RUN = {
    "peildatum": "2023-12-31",
    "vensterVanaf": "2023-07-02T22:00:00Z",
    "vensterTot": "2023-12-31T23:00:00Z",
    "afgerondOp": "2024-01-01T05:31:12Z",
    "versie": "0.1.0",
    "aantalMeldingen": 1034,
    "aantalGelokaliseerd": 958,
    "aantalGesignaleerd": 16,
    "_links": {
        "self": {"href": "/v1/rondes/2023-12-31"},
        "hotspots": {"href": "/v1/hotspots?peildatum=2023-12-31"},
    },
}
_CASE = {
    "id": ID,
    "nummer": NUMBER,
    "versie": 4,
    "status": "in verificatie",
    "besluit": None,
    "persoon": "S. Regisseur",
    "organisatie": "gemeente",
    "uiterlijk": "2024-01-14",
    "soort": "gebied",
    "gebied": GEBIED,
}
_DECIDED = _CASE | {"status": "veiligheid", "besluit": "veiligheid"}
_MEASURE = {
    "id": 7,
    "soort": "toezicht en handhaving",
    "omschrijving": "Elke avond tussen 20 en 24 uur twee handhavers op het plein.",
    "eigenaar": "Handhaving",
    "begin": "2024-01-15",
    "einde": "2024-04-14",
    "ingetrokken": False,
}
_PLAN = {name: value for name, value in _MEASURE.items() if name not in ("id", "ingetrokken")}
_TOKEN_ID = "0b7f6c1e-9a44-4f0e-8f53-5f1a3a0d2c66"  # noqa: S105  # no secret: what a token is called by


def _page(path: str, name: str, members: list[Any], size: int = 50) -> dict[str, Any]:
    """The only page of a short collection."""
    link = {"href": f"{path}?pagina=1"}
    return {
        name: members,
        "pagina": 1,
        "paginaGrootte": size,
        "totaalAantal": len(members),
        "totaalPaginas": 1,
        "_links": {"self": link, "first": link, "last": link},
    }


def _features(path: str, features: list[Any]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": features,
        "numberMatched": len(features),
        "numberReturned": len(features),
        "links": [
            {"rel": rel, "href": f"{path}?pagina=1", "type": GEOJSON} for rel in ("self", "first", "last")
        ],
    }


ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "getHotspots": {
        JSON: {
            "hotspots": [_HOTSPOT],
            "pagina": 2,
            "paginaGrootte": 1,
            "totaalAantal": 16,
            "totaalPaginas": 16,
            "_links": {
                name: {"href": f"/v1/hotspots?paginaGrootte=1&pagina={page}"}
                for name, page in (("self", 2), ("first", 1), ("prev", 1), ("next", 3), ("last", 16))
            },
        },
        GEOJSON: _features("/v1/hotspots", [_FEATURE]),
    },
    "getFeed": {ATOM: _FEED},
    "getHotspot": {
        JSON: {
            **_HOTSPOT,
            "_links": {"self": {"href": _PATH}}
            | {name: {"href": f"{_PATH}/{name}"} for name in ("onderbouwing", "weken", "herkomst")},
        },
        GEOJSON: _FEATURE,
    },
    "getOnderbouwing": {
        JSON: {
            "nummer": NUMBER,
            "redenen": _REASONS,
            "cijfers": {
                "figures": {
                    "reports": 14,
                    "duplicates": 0,
                    "days": 12,
                    "weeks": 9,
                    "durationDays": 96,
                    "reporters": 6,
                    "reportsOfKnownReporters": 14,
                    "largestReporterShare": 0.2857,
                    "largestBurst": 2,
                },
                "failedRules": [],
                "surroundings": {
                    "expectedByAddresses": 2.4,
                    "expectedByLevel": 1.9,
                    "addresses": 212.0,
                    "looks": 812,
                },
                "addressShare": 0.2143,
                "radiusM": 41.5,
                "hits": {"veiligheid: bedreiging": 2, "veiligheid: dealen": 6},
            },
        }
    },
    "getWeken": {
        JSON: {
            "nummer": NUMBER,
            "weken": [
                {"week": "2023-W51", "maandag": "2023-12-18", "aantalMeldingen": 2},
                {"week": "2023-W52", "maandag": "2023-12-25", "aantalMeldingen": 1},
            ],
        }
    },
    "getHerkomst": {
        JSON: {
            "nummer": NUMBER,
            "herkomst": [
                {"soort": "splitsing", "van": "HS-2023-009", "naar": NUMBER, "peildatum": "2023-11-26"}
            ],
        }
    },
    "getBuurten": {
        JSON: _page("/v1/buurten", "buurten", [_BUURT]),
        GEOJSON: _features(
            "/v1/buurten",
            [{"type": "Feature", "id": "BU09350201", "geometry": _SHAPE, "properties": _BUURT}],
        ),
    },
    "getGebieden": {
        JSON: _page(
            "/v1/gebieden",
            "gebieden",
            [{"naam": GEBIED, "buurten": ["BU09350200", "BU09350201", "BU09350202"], "inwoners": 12730}],
        )
    },
    "getRondes": {JSON: _page("/v1/rondes", "rondes", [_RUN])},
    "getRonde": {JSON: _RUN},
    "getTrends": {
        JSON: _page(
            "/v1/trends",
            "trends",
            [
                {
                    "peildatum": "2023-12-31",
                    "aantalGesignaleerd": 16,
                    "aantalPerTrend": {
                        "nieuw": 2,
                        "toenemend": 3,
                        "aanhoudend": 8,
                        "afnemend": 2,
                        "wisselend": 1,
                        "stil": 0,
                        "beeindigd": 0,
                    },
                }
            ],
            26,
        )
    },
    "getTermijnen": {JSON: _page("/v1/termijnen", "dossiers", [_CASE])},
    "getDossier": {JSON: _CASE},
    "putStatus": {JSON: _DECIDED | {"versie": 5, "uiterlijk": "2024-01-28"}},
    "putToewijzing": {JSON: _CASE | {"versie": 5}},
    "getVerificaties": {
        JSON: _page(
            f"{_PATH}/verificaties",
            "verificaties",
            [
                {
                    "organisatie": "Trajekt",
                    "oordeel": "leefbaarheid",
                    "besluit": False,
                    "reden": "Wij kennen de jongeren; een gesprek helpt.",
                    "tijdstip": "2024-01-03T10:12:00Z",
                    "door": "T. Werker",
                    "peildatum": "2023-12-31",
                },
                {
                    "organisatie": "OOV",
                    "oordeel": "veiligheid",
                    "besluit": True,
                    "reden": "Er wordt gedeald en buren worden bedreigd.",
                    "tijdstip": "2024-01-08T09:30:00Z",
                    "door": "O. Adviseur",
                    "peildatum": "2024-01-07",
                },
            ],
        )
    },
    "postVerificatie": {JSON: _CASE | {"versie": 5}},
    "getVerrijkingen": {
        JSON: _page(
            f"{_PATH}/verrijkingen",
            "verrijkingen",
            [
                {
                    "id": 3,
                    "organisatie": "politie",
                    "delen": "gebiedsteam",
                    "tekst": "Wij zijn er in december zeven keer geweest, vooral na tien uur.",
                    "vervangt": None,
                    "tijdstip": "2024-01-03T14:05:00Z",
                    "door": "A. Agent",
                }
            ],
        )
    },
    "postVerrijking": {JSON: _CASE | {"versie": 5}},
    "getOpmerkingen": {
        JSON: _page(
            f"{_PATH}/opmerkingen",
            "opmerkingen",
            [
                {
                    "organisatie": "gemeente",
                    "tekst": "Besproken in het gebiedsteam van 4 januari.",
                    "tijdstip": "2024-01-04T15:00:00Z",
                    "door": "S. Regisseur",
                }
            ],
        )
    },
    "postOpmerking": {JSON: _CASE | {"versie": 5}},
    "getMaatregelen": {JSON: _page(f"{_PATH}/maatregelen", "maatregelen", [_MEASURE])},
    "postMaatregel": {JSON: _DECIDED | {"versie": 6}},
    "getEffect": {
        JSON: {
            "maatregel": 7,
            "voorVanaf": "2023-10-16",
            "naVanaf": "2024-01-15",
            "naTot": "2024-04-15",
            "behandeld": {
                "nummer": NUMBER,
                "plek": {"voor": 14, "na": 5},
                "omgeving": {"voor": 8, "na": 9},
            },
            "vergelekenMet": {
                "nummer": "HS-2023-007",
                "plek": {"voor": 12, "na": 11},
                "omgeving": {"voor": 6, "na": 7},
            },
            "verschil": -8.1,
            "ondergrens": -18.6,
            "bovengrens": 2.4,
            "pWaarde": 0.13,
            "geenUitkomst": None,
        }
    },
    "putMaatregel": {JSON: _DECIDED | {"versie": 7, "status": "in aanpak"}},
    "getHistorie": {
        JSON: _page(
            f"{_PATH}/historie",
            "historie",
            [
                {
                    "versie": 2,
                    "tijdstip": "2023-12-28T08:45:00Z",
                    "door": "S. Regisseur",
                    "organisatie": "gemeente",
                    "wat": "verifiëren",
                    "status": "in verificatie",
                    "was": {"status": "kandidaat", "due_on": None},
                    "werd": {"status": "in verificatie", "due_on": "2024-01-11"},
                    "reden": None,
                }
            ],
        )
    },
    "getOnduidelijkeAdressen": {
        JSON: {
            "adressen": [
                {
                    "sleutel": "pr. bernhardlaan|4||||maastricht",
                    "adres": "Pr. Bernhardlaan 4, Maastricht",
                    "aantalMeldingen": 2,
                    "precisie": "geen",
                    "waaromNietBeter": "Er zijn meer straten die zo kunnen heten.",
                    "kandidaten": [
                        {"naam": "Prins Bernhardlaan 4, 6211AC Maastricht", "lon": 5.6879, "lat": 50.8485},
                        {"naam": "Prinses Bernhardlaan 4, 6211AD Maastricht", "lon": 5.6899, "lat": 50.8485},
                    ],
                }
            ]
        }
    },
    "postAdresherstel": {JSON: {"sleutel": "pr. bernhardlaan|4||||maastricht", "aantalMeldingen": 2}},
    "getPunten": {
        JSON: {
            "punten": [
                {
                    "tijdstip": "2023-12-27T21:40:00Z",
                    "categorie": "drugs",
                    "precisie": "adres",
                    "lon": 5.67258,
                    "lat": 50.84497,
                }
            ]
        }
    },
    "getTeksten": {
        JSON: {
            "teksten": [
                {
                    "tijdstip": "2023-12-27T21:40:00Z",
                    "categorie": "drugs",
                    "tekst": "Er wordt weer gedeald bij de bankjes op het plein.",
                }
            ]
        }
    },
    "getInzage": {
        JSON: _page(
            "/v1/inzage",
            "inzage",
            [
                {
                    "tijdstip": "2024-01-08T09:02:00Z",
                    "door": "O. Adviseur",
                    "organisatie": "OOV",
                    "recht": "punten.lezen",
                    "hotspot": ID,
                    "aantalMeldingen": 14,
                }
            ],
        )
    },
    "getLeren": {
        JSON: _page(
            "/v1/leren",
            "leren",
            [
                {
                    "onderwerp": "soort",
                    "waarde": "gebied",
                    "beoordeeld": 14,
                    "bevestigd": 12,
                    "precisie": 0.857,
                    "laag": 0.572,
                    "hoog": 0.982,
                }
            ],
        )
    },
    "getGebruikers": {
        JSON: _page(
            "/v1/gebruikers",
            "gebruikers",
            [
                {
                    "naam": "a.agent",
                    "volledigeNaam": "A. Agent",
                    "rol": "gebiedsteam",
                    "organisatie": "politie",
                    "gebieden": [GEBIED],
                    "rechtenOpNaam": ["punten.lezen"],
                    "geblokkeerd": False,
                    "laatstAangemeld": "2024-01-03T13:58:00Z",
                }
            ],
        )
    },
    "getTokens": {
        JSON: _page(
            "/v1/tokens",
            "tokens",
            [
                {
                    "id": _TOKEN_ID,
                    "naam": "Dashboard van OOV",
                    "rechten": ["dossiers.lezen", "hotspots.lezen"],
                    "gebieden": None,
                    "organisatie": "OOV",
                    "gemaakt": "2023-11-01T09:00:00Z",
                    "verloopt": "2024-04-29T09:00:00Z",
                    "ingetrokken": "2024-02-01T08:00:00Z",  # the linter stumbles over null under such a name
                    "gebruikt": "2023-12-31T06:00:00Z",
                }
            ],
        )
    },
    "postToken": {
        JSON: {
            "id": _TOKEN_ID,
            "token": "hs_dit-geheim-is-alleen-nu-te-zien",
            "verloopt": "2024-04-29T09:00:00Z",
        }
    },
}
"""By operation and media type, what it answers when all goes well."""

REQUESTS: Mapping[str, Mapping[str, Any]] = {
    "putStatus": {"status": "veiligheid", "reden": "Er wordt gedeald en buren worden bedreigd."},
    "putToewijzing": {"persoon": "S. Regisseur", "organisatie": "gemeente", "uiterlijk": "2024-01-14"},
    "postVerificatie": {
        "oordeel": "leefbaarheid",
        "reden": "Wij kennen de jongeren; een gesprek helpt.",
    },
    "postVerrijking": {
        "tekst": "Wij zijn er in december zeven keer geweest, vooral na tien uur.",
        "delen": "gebiedsteam",
    },
    "postOpmerking": {"tekst": "Besproken in het gebiedsteam van 4 januari."},
    "postMaatregel": _PLAN,
    "putMaatregel": _PLAN | {"einde": "2024-06-30", "ingetrokken": False},
    "postAdresherstel": {"sleutel": "pr. bernhardlaan|4||||maastricht", "kandidaat": 1},
    "putBlokkade": {"geblokkeerd": True},
    "postToken": {
        "naam": "Dashboard van OOV",
        "rechten": ["hotspots.lezen", "dossiers.lezen"],
        "organisatie": "OOV",
        "dagen": 180,
    },
}
"""By operation, what it is asked."""


def _problem(status: int, detail: str, path: str = _PATH, **more: Any) -> dict[str, Any]:
    problem = Problem(
        title=TITLES[status], status=status, detail=detail, instance=path, requestId=_REQUEST, **more
    )
    return problem.model_dump(by_alias=True, exclude_none=True)


_WRONG = [
    InvalidParameter(plaats="query", naam="paginaGrootte", reden="moet 500 of lager zijn, gevonden: '900'"),
    InvalidParameter(
        plaats="query",
        naam="peildatum",
        reden="moet een datum zijn zoals 2023-12-31, gevonden: '31-12-2023'",
    ),
]

PROBLEMS: Mapping[str, Mapping[str, Any]] = {
    "400": _problem(
        400, "Er klopt iets niet in het verzoek (2 fouten).", "/v1/hotspots", invalidParams=_WRONG
    ),
    "401": _problem(401, detail_of(SignInError), f"{_PATH}/dossier"),
    "403": _problem(403, detail_of(ForbiddenError), f"{_PATH}/dossier"),
    "404": _problem(404, detail_of(NotFoundError), "/v1/hotspots/HS-2023-999"),
    "406": _problem(406, not_available([JSON, GEOJSON])),
    "409": _problem(409, detail_of(WorkflowError), f"{_PATH}/status"),
    "412": _problem(412, detail_of(StaleError), f"{_PATH}/status"),
    "413": _problem(413, TOO_LARGE, f"{_PATH}/opmerkingen"),
    "428": _problem(428, ASK_FOR_TAG, f"{_PATH}/status"),
    "429": _problem(429, too_many(42), "/v1/hotspots"),
    "503": _problem(503, detail_of(StoreError), "/v1/hotspots"),
    "default": _problem(500, detail_of(HotspotsError), "/v1/hotspots"),
}
"""By status, what it answers when something is wrong."""
