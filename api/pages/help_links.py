"""Which section of the help explains which page of the service: each page leads to it, and it leads back.

A new page gets one line here, and a section in `docs/gebruik`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from api.pages.help_document import address_of
from hotspots.access.rights import Actor, Right, reachable_gebieden


@dataclass(frozen=True)
class Explained:
    """A page of the service and where it is explained.

    Parameters
    ----------
    path
        Of its route.
    section
        The page of the help and the anchor in it, as ``gebiedsteam#weekkaart``.
    right
        The page opens for those who hold this right in any area; None for every reader.
    """

    path: str
    section: str
    right: Right | None = None

    @property
    def is_one_page(self) -> bool:
        """Whether its address is whole: other pages are of one hotspot, one import and the like."""
        return "{" not in self.path


EXPLAINED: tuple[Explained, ...] = (
    # what stands first in a section is where the section leads to
    Explained("/", "gebiedsteam#deze-week"),
    Explained("/kaart", "gebiedsteam#weekkaart"),
    Explained("/hotspots/{number}", "gebiedsteam#de-pagina-van-een-plek"),
    Explained("/hotspots/{number}/meldingen", "gebiedsteam#meldingen-lezen"),
    Explained("/hotspots/{number}/reden", "gebiedsteam#zeggen-waarom-u-leest"),
    Explained("/overleg", "gebiedsteam#overleg", Right.JUDGE),
    Explained("/overleg/{meeting}", "gebiedsteam#een-plek-in-het-overleg"),
    Explained("/overleg/{meeting}/{number}", "gebiedsteam#een-plek-in-het-overleg"),
    Explained("/overleg/{meeting}/samenvatting", "gebiedsteam#samenvatting-van-het-overleg"),
    Explained("/niet-gesignaleerd", "gebiedsteam#net-niet-op-de-lijst", Right.READ_UNSIGNALLED),
    Explained("/duidingen", "gebiedsteam#duiding"),
    Explained("/duidingen/{duiding_id}", "gebiedsteam#duiding"),
    Explained("/volgen", "gebiedsteam#volgen", Right.READ_HOTSPOTS),
    Explained("/triage", "oov#triage", Right.DECIDE),
    Explained("/triage/{number}", "oov#besluiten-over-een-plek"),
    Explained("/hotspots/{number}/terugkoppeling", "oov#terugkoppeling-aan-melders"),
    Explained("/leren", "oov#leren", Right.READ_LEARNING),
    Explained("/rapport", "rapporten#weekrapport", Right.READ_HOTSPOTS),
    Explained("/stand", "rapporten#stand"),
    Explained("/cijfers", "rapporten#cijfers"),
    Explained("/jaar", "rapporten#jaar"),
    Explained("/jaar/{jaar}", "rapporten#jaar"),
    Explained("/inbedden", "rapporten#kaart-delen", Right.SHARE_MAPS),
    Explained("/inbedden/voorbeeld", "rapporten#kaart-delen", Right.SHARE_MAPS),
    Explained("/inbedden/{token}", "rapporten#kaart-delen"),
    Explained("/aanmelden", "aanmelden#aanmelden-met-een-wachtwoord"),
    Explained("/aanmelden/code", "aanmelden#een-code-van-uw-telefoon"),
    Explained("/aanmelden/instellen", "aanmelden#een-code-van-uw-telefoon"),
    Explained("/nieuw-wachtwoord/{token}", "aanmelden#een-nieuw-wachtwoord"),
    Explained("/mail-stoppen/{token}", "aanmelden#stoppen-met-mail"),
    Explained("/account", "aanmelden#uw-account"),
    Explained("/account/twee-stappen", "aanmelden#aanmelden-in-twee-stappen"),
    Explained("/uitleg", "aanmelden#wat-iedereen-mag-lezen"),
    Explained("/uitleg/zo-komt-een-plek-op-de-lijst", "aanmelden#wat-iedereen-mag-lezen"),
    Explained("/v1", "aanmelden#wat-iedereen-mag-lezen"),
    Explained("/problemen", "aanmelden#als-een-programma-een-fout-krijgt"),
    Explained("/problemen/{soort}", "aanmelden#als-een-programma-een-fout-krijgt"),
    Explained("/hulp", "index#zo-werkt-de-hulp"),
    Explained("/hulp/aanmelden", "index#zo-werkt-de-hulp"),
    Explained("/hulp/{pagina}", "index#zo-werkt-de-hulp"),
    Explained("/beheer", "functioneel-beheerder#overzicht", Right.READ_OPERATIONS),
    Explained("/beheer/imports", "functioneel-beheerder#imports", Right.READ_OPERATIONS),
    Explained("/beheer/imports/{import}", "functioneel-beheerder#een-import-bekijken"),
    Explained("/beheer/imports/levering/{token}", "functioneel-beheerder#een-levering-bekijken"),
    Explained("/beheer/bronnen", "functioneel-beheerder#bronnen", Right.IMPORT_REPORTS),
    Explained("/beheer/bronnen/{name}", "functioneel-beheerder#bronnen"),
    Explained("/beheer/bronnen/nieuw/{token}", "functioneel-beheerder#een-nieuwe-bron"),
    Explained("/beheer/taken", "functioneel-beheerder#taken", Right.READ_OPERATIONS),
    Explained("/beheer/taken/{job}", "functioneel-beheerder#taken"),
    Explained("/beheer/taken/{job}/{run}", "functioneel-beheerder#taken"),
    Explained("/beheer/adressen", "functioneel-beheerder#onduidelijke-adressen", Right.REVIEW_ADDRESSES),
    Explained("/beheer/regels", "functioneel-beheerder#regels", Right.TRY_RULES),
    Explained("/beheer/regels/{proef}", "functioneel-beheerder#een-proef-met-andere-regels"),
    Explained("/beheer/regels/voorstellen/{voorstel}", "functioneel-beheerder#een-voorstel-bevestigen"),
    Explained("/beheer/instellingen", "functioneel-beheerder#instellingen", Right.CHANGE_SETTINGS),
    Explained("/beheer/instellingen/{onderdeel}", "functioneel-beheerder#instellingen"),
    Explained("/beheer/gebieden", "functioneel-beheerder#gebieden", Right.READ_OPERATIONS),
    Explained("/beheer/gebieden/samenstellen", "functioneel-beheerder#gebieden", Right.MANAGE_AREAS),
    Explained("/beheer/gebieden/bestand/{token}", "functioneel-beheerder#gebieden"),
    Explained("/beheer/adresbestand", "functioneel-beheerder#adressenbestand", Right.MANAGE_AREAS),
    Explained("/beheer/adresbestand/bestand/{token}", "functioneel-beheerder#adressenbestand"),
    Explained("/beheer/bewaren", "functioneel-beheerder#bewaartermijnen", Right.READ_OPERATIONS),
    Explained("/beheer/ondergrond", "functioneel-beheerder#ondergrond", Right.CHOOSE_BACKGROUND),
    Explained("/beheer/gebruikers", "functioneel-beheerder#gebruikers", Right.MANAGE_USERS),
    Explained(
        "/beheer/gebruikers/aanmelddienst",
        "functioneel-beheerder#aanmelden-via-uw-organisatie",
        Right.MANAGE_USERS,
    ),
    Explained("/beheer/gebruikers/{user}", "functioneel-beheerder#een-gebruiker"),
    Explained("/beheer/tokens", "functioneel-beheerder#tokens", Right.MANAGE_TOKENS),
    Explained("/beheer/gebeurtenissen", "functioneel-beheerder#gebeurtenissen", Right.MANAGE_EVENTS),
    Explained("/beheer/gebeurtenissen/{systeem}", "functioneel-beheerder#een-systeem-dat-bericht-krijgt"),
    Explained("/beheer/veiligheid", "functioneel-beheerder#veiligheid", Right.READ_OPERATIONS),
    Explained("/beheer/geschiedenis", "functioneel-beheerder#geschiedenis", Right.READ_OPERATIONS),
    Explained("/privacy", "privacy-officer#overzicht", Right.READ_ACCESS_LOG),
    Explained("/privacy/inzage", "privacy-officer#wie-las-wat", Right.READ_ACCESS_LOG),
    Explained("/privacy/verzoeken", "privacy-officer#verzoeken", Right.HANDLE_REQUESTS),
    Explained("/privacy/verzoeken/{verzoek}", "privacy-officer#een-verzoek-afhandelen"),
    Explained("/privacy/bewaren", "privacy-officer#wat-er-is-en-weggaat", Right.READ_OPERATIONS),
    Explained("/privacy/bewaren/verwerkingen", "privacy-officer#wat-er-is-verwerkt", Right.READ_OPERATIONS),
    Explained("/privacy/stukken", "privacy-officer#stukken", Right.READ_LEARNING),
    Explained("/privacy/stukken/{stuk}", "privacy-officer#stukken"),
    Explained("/privacy/toets", "privacy-officer#jaarlijkse-toets", Right.READ_LEARNING),
    Explained("/privacy/stoppen", "privacy-officer#zoeken-stoppen", Right.STOP_SIGNALLING),
)


def help_of(path: str) -> str:
    """The address of the section that explains a page, or the page that its path lies below; or the start.

    Parameters
    ----------
    path
        Of the route.

    Examples
    --------
    >>> help_of("/kaart"), help_of("/hotspots/{number}/oordeel")
    ('/hulp/gebiedsteam#weekkaart', '/hulp/gebiedsteam#de-pagina-van-een-plek')
    """
    while path not in _sections():
        path = path.rpartition("/")[0]
        if not path:
            return address_of("index")
    return _sections()[path]


@cache
def _sections() -> dict[str, str]:
    return {each.path: address_of(*each.section.split("#")) for each in EXPLAINED}


def pages_of(section: str, actor: Actor | None) -> Iterator[Explained]:
    """The pages that a section explains and a reader may open, of those that have one address."""
    for each in EXPLAINED:
        if each.section == section and each.is_one_page and _opens(each, actor):
            yield each


def _opens(page: Explained, actor: Actor | None) -> bool:
    return page.right is None or reachable_gebieden(actor, page.right) != frozenset()
