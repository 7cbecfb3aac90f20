"""What is held of one person as a letter that they can read: a DOCX in plain Dutch, beside the JSON."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hotspots.files.word_files import begin_word_file, end_word_file, readable, table_cells
from hotspots.settings import Settings
from hotspots.wording import day


class Part(NamedTuple):
    """A part of the letter: a heading, sentences and a table, of which the first row is its head."""

    heading: str
    sentences: Sequence[str]
    table: Sequence[Sequence[str]] = ()


def letter_parts(record: Mapping[str, Any], settings: Settings) -> list[Part]:
    """Tell in plain Dutch what a record of :mod:`reporters` or :mod:`residents` holds."""
    zone = settings.municipality.zone
    parts = _of_reporter(record, zone) if record["soort"] == "melder" else _of_resident(record)
    return [*parts, _read_by(record, zone), _rights(settings)]


def make_letter(record: Mapping[str, Any], settings: Settings) -> bytes:
    """The letter as DOCX, dated by the record."""
    zone = settings.municipality.zone
    made_on = datetime.fromisoformat(record["gegevenOp"]).astimezone(zone).date()
    made = begin_word_file("Uw gegevens", on=made_on, heading="Welke gegevens de gemeente van u heeft")
    name = settings.municipality.name
    made.add_paragraph(f"{f'Gemeente {name}' if name else 'De gemeente'}, {day(made_on)}")
    for part in letter_parts(record, settings):
        made.add_heading(part.heading, level=2)
        for sentence in part.sentences:
            made.add_paragraph(readable(sentence))
        if part.table:
            table = made.add_table(rows=len(part.table), cols=len(part.table[0]), style="Light Grid Accent 1")
            texts = [text for row in part.table for text in row]
            for cell, text in zip(table_cells(table), texts, strict=True):
                cell.text = readable(text)
    return end_word_file(made)


def _of_reporter(record: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Part]:
    found, earlier = record["meldingen"], record["eerdereVersies"]
    rows = [
        (
            str(report["source_id"]),
            _moment(report["reported_at"], zone),
            _kind(report),
            _address(report),
            report["text"] or "niet meer bewaard",
        )
        for report in found
    ]
    yield Part(
        "Uw meldingen",
        [
            f"Wij hebben {len(found)} {'melding' if len(found) == 1 else 'meldingen'} van u.",
            "Wij kennen uw naam niet. Aan een code zien wij welke meldingen van dezelfde persoon zijn.",
            "Uit de teksten zijn namen, nummers en adressen gehaald toen wij ze kregen.",
            "Wij gebruiken uw meldingen om te zien waar overlast terugkomt. Zij tellen mee in cijfers.",
        ],
        [("Nummer", "Gemeld op", "Soort", "Plek", "Tekst"), *rows],
    )
    if earlier:
        yield Part(
            "Wat eerder bekend was",
            ["Een melding kan bij het meldpunt veranderen. Dit wisten wij ervoor."],
            [
                ("Bekend vanaf", "Tot", "Soort"),
                *(
                    (
                        _moment(each["known_from"], zone),
                        _moment(each["known_until"], zone),
                        _kind(each),
                    )
                    for each in earlier
                ),
            ],
        )

    before = record["voorEenLevering"]
    if before:
        yield Part(
            "Wat er stond voor een levering",
            ["Dit bewaren wij kort, om een levering die fout was terug te kunnen draaien."],
            [
                ("Gemeld op", "Soort", "Plek", "Tekst"),
                *(
                    (
                        _moment(each["reported_at"], zone),
                        _kind(each),
                        _address(each),
                        each["text"] or "niet meer bewaard",
                    )
                    for each in before
                ),
            ],
        )


def _of_resident(record: Mapping[str, Any]) -> Iterator[Part]:
    listed = record["woningOpLijst"]
    sentences = [
        f"U vroeg dit over {record['adres']}.",
        "Wij houden bij op welke plekken overlast terugkomt. Dat kan één woning zijn."
        if listed
        else "Dit adres staat niet op onze lijst van plekken met overlast, en stond er niet eerder op voor "
        "zover wij dat nog bewaren.",
        f"Meldingen van anderen over dit adres: {record['meldingenOverDitAdres']}.",
        str(record["toelichting"]),
    ]
    seen = record["rondesBekekenNietOpLijst"]
    if seen:
        days = f"{day(date.fromisoformat(seen[0]))} en {day(date.fromisoformat(seen[-1]))}"
        sentences.append(
            f"Tussen {days} keken wij {len(seen)} keer naar meldingen over dit adres, zonder het op de lijst "
            "te zetten."
        )
    yield Part("Uw adres", sentences)
    for one in listed:
        rounds = [day(date.fromisoformat(text)) for text in one["rondesOpDeLijst"]]
        texts, verdict = one["tekstenVanMedewerkers"], one["oordeelVanDeGemeente"] or "nog niets"
        is_listed = "staat nu op de lijst" if one["staatNuOpDeLijst"] else "staat niet meer op de lijst"
        between = f", van {rounds[0]} tot en met {rounds[-1]}" if rounds else ""
        written = f"Medewerkers schreven er {texts} keer iets over. Per tekst kijken wij of u die krijgt."
        yield Part(
            f"Plek {one['nummer']}",
            [
                f"Deze plek {is_listed}. Zij stond erop in {len(rounds)} weken{between}.",
                f"De software stelde voor: {one['voorstelVanDeSoftware']}. De gemeente oordeelde: {verdict}.",
                f"Hoe het ervoor staat: {one['status']}. Aantal meldingen: {one['aantalMeldingen']}.",
                written if texts else "Medewerkers schreven hier niets over.",
                *([_elsewhere(one["zakenInAndereSystemen"])] if one["zakenInAndereSystemen"] else []),
            ],
        )


def _elsewhere(count: int) -> str:
    cases = "één zaak" if count == 1 else f"{count} zaken"
    return f"In een ander systeem van de gemeente staat hierover {cases}: vraag die daar op."


def _read_by(record: Mapping[str, Any], zone: ZoneInfo) -> Part:
    readings = [*record.get("gelezenDoor", ())]
    for one in record.get("woningOpLijst", ()):
        readings += one["gelezenDoor"]
    if not readings:
        return Part("Wie dit las", ["Niemand las de precieze gegevens."])
    rows = [
        (
            _moment(each["tijdstip"], zone),
            each["organisatie"] or "niet bekend",
            each["wat"],
            each["reden"] or "niet gevraagd",
        )
        for each in readings
    ]
    return Part(
        "Wie dit las",
        ["Wij vertellen welke organisatie iets las. De namen van medewerkers vertellen wij niet."],
        [("Wanneer", "Organisatie", "Wat", "Waarom"), *rows],
    )


def _rights(settings: Settings) -> Part:
    keep = settings.retention
    return Part(
        "Uw rechten",
        [
            f"De tekst van een melding gaat na {keep.text_days} dagen weg.",
            f"De precieze plek gaat na {keep.location_days} dagen weg.",
            f"De melding zelf gaat na {keep.report_days} dagen weg.",
            "U kunt vragen om uw gegevens te verbeteren of te wissen. U kunt ook bezwaar maken.",
            "Bent u het niet eens met ons antwoord?",
            "Dan kunt u een klacht sturen naar de Autoriteit Persoonsgegevens.",
        ],
    )


def _kind(report: Mapping[str, Any]) -> str:
    return ", ".join(filter(None, (report["category"], report["subcategory"])))


def _address(report: Mapping[str, Any]) -> str:
    house = "".join(str(report.get(name) or "") for name in ("house_number", "house_letter"))
    suffix = report.get("house_suffix")
    street = " ".join(filter(None, (report.get("street"), f"{house}-{suffix}" if suffix else house)))
    return ", ".join(filter(None, (street, report.get("postcode"), report.get("town")))) or "niet bewaard"


def _moment(text: str, zone: ZoneInfo) -> str:
    local = datetime.fromisoformat(text).astimezone(zone)
    return f"{day(local.date())}, {local:%H:%M}"
