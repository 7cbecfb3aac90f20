"""Which right each request of the API asks, for who reads about it; the library decides, by the same rights.

A list holds only what its reader may know of: where a right is about places, it is so in the own areas.
"""

from collections.abc import Mapping

from hotspots.access.rights import Right

_BY_RIGHT: Mapping[Right, tuple[str, ...]] = {
    Right.READ_HOTSPOTS: (
        *("getHotspots", "getFeed", "getHotspot", "getOnderbouwing", "getWeken", "getHerkomst"),
        *("getAandachtsplekken", "getBuurten", "getGebieden", "getRondes", "getRonde", "getTrends"),
        *("getSignalering", "getCijfers", "getAndereCijfers", "getStand", "getJaren", "getJaar"),
        *("getVolgen", "postVolgen", "deleteVolgen", "getVeranderingen", "getVerrijkingen"),
    ),
    Right.READ_CASES: (
        *("getTermijnen", "getZaken", "getDossier", "getVerificaties", "getOpmerkingen", "getKoppelingen"),
        *("getMaatregelen", "getEffect", "getHistorie", "getDuidingen", "getDuiding", "getDuidingHistorie"),
    ),
    Right.ASSIGN: ("patchZaken", "getToewijsbaar", "putToewijzing"),
    Right.MOVE: ("putStatus",),
    Right.JUDGE: (
        "putBesluit",
        *("postVerificatie", "getOverleggen", "postOverleg", "getOverleg", "putOvergeslagen"),
        "putAfgerond",
    ),
    Right.ENRICH: ("postVerrijking", "putNaam"),
    Right.COMMENT: ("postOpmerking", "deleteOpmerking"),
    Right.LINK: ("postKoppeling", "deleteKoppeling"),
    Right.PLAN: ("postMaatregel", "putMaatregel"),
    Right.INTERPRET: ("postDuiding", "putDuiding", "deleteDuiding"),
    Right.READ_UNSIGNALLED: ("getNietGesignaleerd",),
    Right.NOMINATE: ("postAangedragen", "putIntrekken"),
    Right.READ_EXACT_POINTS: ("getPunten", "getMeldingen", "postInzagereden"),
    Right.READ_TEXTS: ("getTeksten", "getTerugkoppeling"),
    Right.REVIEW_ADDRESSES: (
        *("getOnduidelijkeAdressen", "getAdressuggesties", "postAdresherstel", "postAdresOngedaan"),
    ),
    Right.READ_LEARNING: ("getLeren",),
    Right.READ_ACCESS_LOG: ("getInzage",),
    Right.MANAGE_USERS: ("getGebruikers", "putBlokkade", "postHerstellink"),
    Right.MANAGE_TOKENS: ("getTokens", "postToken", "deleteToken"),
}

RIGHT_NEEDED: Mapping[str, Right] = {
    operation: right for right, operations in _BY_RIGHT.items() for operation in operations
}
"""The right by the id of the operation."""
