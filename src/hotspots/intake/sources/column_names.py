"""What columns of exports are called, by the field that they hold."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from rapidfuzz import fuzz

FIELD_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "id": "meldingnummer meldnummer meldingsnummer meldingnr meldnr melding_id meldingid id_melding "
        "zaaknummer zaaknr zaak_id kenmerk nummer_melding registratienummer registratie_id referentie "
        "referentienummer volgnummer casenummer case_id casus_id incidentnummer incident_id dossiernummer "
        "service_request_id ticketnummer ticket_id nummer nr id mutatienummer",
        "reported_at": "meldtijd melddatum meldingsdatum datum_melding datum_gemeld gemeld_op gemeld "
        "meldmoment datum_tijd_melding datum_en_tijd datumtijd datum_tijd tijdstip_melding "
        "aangemaakt_op aangemaakt aanmaakdatum registratiedatum datum_registratie geregistreerd_op "
        "datum_ontvangst ontvangen_op ontvangstdatum ingediend_op invoerdatum created_at created "
        "requested_datetime reported_at opened timestamp tijdstip datum date",
        "occurred_at": "incident_date_start incidentdatum datum_incident datum_overlast begin_overlast "
        "tijdstip_overlast begintijd gebeurd_op pleegdatum datum_voorval voorvaldatum occurred_at",
        "changed": "gewijzigd_op gewijzigd laatst_gewijzigd wijzigingsdatum datum_wijziging updated_at "
        "updated_datetime bijgewerkt_op laatste_wijziging last_update mutatiedatum",
        "category": "hoofdcategorie categorie hoofdrubriek rubriek onderwerp soort_melding meldingsoort "
        "soort type_melding meldingstype type aard thema hoofdgroep product category main_category "
        "service_name service_code main main_slug klacht",
        "subcategory": "subcategorie subrubriek sub_categorie deelcategorie subonderwerp sub_type subtype "
        "subgroep detail subcategory sub_category sub sub_slug",
        "status": "status stand afhandelstatus statusomschrijving state",
        "text": "omschrijving omschr toelichting beschrijving tekst_melding meldingtekst tekst inhoud "
        "bericht opmerking opmerkingen description text korte_omschrijving memo verhaal melding",
        "reporter": "melder melder_id meldernummer indiener klantnummer klant aangever contactpersoon "
        "relatienummer naam_melder email_melder email e_mail telefoon telefoonnummer reporter",
        "street": "straatnaam straat openbare_ruimte naam_openbare_ruimte weg street street_name "
        "address_street locatie_straat openbareruimtenaam",
        "house_number": "huisnummer huisnr house_number housenumber address_number hnr",
        "house_letter": "huisletter house_letter hltr",
        "house_suffix": "huisnummertoevoeging huisnummer_toevoeging toevoeging huisnr_toevoeging toev "
        "house_suffix htoe",
        "postcode": "postcode pc6 pc postcode6 zipcode zip postal_code address_postalcode post_code",
        "town": "woonplaats plaats plaatsnaam woonplaatsnaam stad town city address_city",
        "address": "adres locatie locatieomschrijving plek adresregel volledig_adres locatie_adres waar "
        "address address_text location meldadres locatie_melding plaats_melding",
        "x": "rd_x x_rd x x_coordinaat xcoordinaat x_coord xcoord lon lng long longitude lengtegraad "
        "geo_lon easting coordinates_0 x_coordinate",
        "y": "rd_y y_rd y y_coordinaat ycoordinaat y_coord ycoord lat latitude breedtegraad geo_lat northing "
        "coordinates_1 y_coordinate",
        "parent": "parent hoofdmelding parent_id",
    }
)
"""Names by field, words joined by a line below; the surest first."""

_ENTRIES = {field: [tuple(name.split("_")) for name in names.split()] for field, names in FIELD_NAMES.items()}
_WHOSE = frozenset({"melding", "meldingen", "zaak", "incident", "overlast", "voorval"})
"""Words that say of what thing something is."""

NEARLY = 90
"""From this likeness on (0 to 100) a name is a slip of the pen of another."""

SHORTEST_NEARLY = 6
"""Letters: two short names are soon alike."""

PERSONAL = re.compile(
    r"bsn|burgerservice|geboorte|naam_?(melder|klant|indiener)|(voor|achter)naam|e_?mail|telefoon|mobiel|iban|"
    r"rekening|melder|klant|aangever|contact|reporter|phone|indiener|persoon|bewoner|verdachte|betrokkene"
)
"""Names of columns with what points at a person."""


def words_of(column: str) -> tuple[str, ...]:
    """The words of a name, in small letters, of a path in JSON also the words above the last.

    Examples
    --------
    >>> words_of("Datum/tijd melding"), words_of("location.address.huisnummer"), words_of("rdX")
    (('datum', 'tijd', 'melding'), ('location', 'address', 'huisnummer'), ('rd', 'x'))
    """
    spaced = re.sub(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])", " ", column)
    return tuple(re.findall(r"[^\W_]+", spaced.casefold()))


@lru_cache(maxsize=4096)
def likeness(column: str, field: str) -> float:
    """How sure a name says that a column holds a field, 0 to 1.

    Examples
    --------
    >>> likeness("Meldingnummer", "id"), likeness("melding nr.", "id"), likeness("afval", "id")
    (1.0, 0.987, 0.0)
    >>> likeness("adres melding", "address"), likeness("adres melder", "address")
    (1.0, 0.0)
    """
    if field != "reporter" and is_personal(column):  # where who reports lives is not where it happened
        return 0.0
    words = words_of(column)
    return max(_likeness(words, field), _likeness(_without_whose(words), field))


def _without_whose(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name without the last ones that only say of what thing it is."""
    while len(words) > 1 and words[-1] in _WHOSE:
        words = words[:-1]
    return words


def _likeness(words: tuple[str, ...], field: str) -> float:
    joined = "".join(words)
    best = 0.0
    for rank, entry in enumerate(_ENTRIES[field]):
        surer = 1 - rank / 1000
        written = "".join(entry)
        if words == entry or joined == written:
            found = 1.0 if rank == 0 else 0.99 * surer
        elif words[-len(entry) :] == entry and not set(entry) <= _WHOSE:
            found = 0.9 * surer
        elif len(written) >= SHORTEST_NEARLY and fuzz.ratio(joined, written) >= NEARLY:
            found = 0.94
        elif set(entry) <= set(words) and not set(entry) <= _WHOSE:
            found = 0.6 * surer * len(entry) / len(words) + 0.2
        else:
            continue
        best = max(best, found)
    return round(best, 3)


def is_personal(column: str) -> bool:
    """Whether the name of a column says that it points at a person."""
    return PERSONAL.search("_".join(words_of(column))) is not None
