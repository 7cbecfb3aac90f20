"""The account of a year as files: a PDF, and its figures as one table for CSV and XLSX, beside the DOCX.

Text is data in the PDF, never markup.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

from hotspots.errors import StoreError
from hotspots.files.private_files import make_private_folder, write_privately
from hotspots.files.written_tables import Written, write_csv, write_xlsx
from hotspots.model import Indicatie
from hotspots.publishing.typesetting import set_pdf
from hotspots.publishing.year.account import YearAccount
from hotspots.publishing.year.areas import AreaLine
from hotspots.publishing.year.document import YearDocument
from hotspots.publishing.year.period import Period
from hotspots.publishing.year.places import Decision
from hotspots.publishing.year.word_file import year_docx
from hotspots.statistics.monthly_figures import RateRatio


def year_pdf(document: YearDocument) -> bytes:
    """Give the document as an accessible PDF (PDF/UA-1); the same document gives the same bytes."""
    told = {
        "title": document.title,
        "simulated": document.simulated,
        "caution": document.caution,
        "sections": [asdict(section) for section in document.sections],
    }
    return set_pdf(_template(), inputs={"told": json.dumps(told)}, day=document.until)


def year_table(account: YearAccount) -> Written:
    """Give the figures as one table: a row for the whole, each gebied and each buurt.

    What is only known of the whole is empty elsewhere; so is what the reader is not told.
    """
    columns = list(_whole(account))
    rows = [_whole(account)]
    for level, lines in (("gebied", account.gebieden), ("buurt", account.buurten)):
        rows += [_of_area(level, line) for line in lines]
    return Written("jaarcijfers", columns, [[row.get(name) for name in columns] for row in rows])


def year_notes(account: YearAccount, document: YearDocument) -> list[tuple[str, str]]:
    """What is said of the table on the second sheet of a workbook."""
    return [
        ("Periode", account.period.words),
        ("In een paar zinnen", account.sentence),
        *(("Let op", note) for note in (document.simulated, document.caution, *account.notes) if note),
        *((section.heading, sentence) for section in document.sections[1:] for sentence in section.sentences),
    ]


def year_stem(period: Period, name: str) -> str:
    """The common start of the file names of one period and area."""
    days = f"{period.first}-{period.last}"
    return f"jaarcijfers-{period.year}-{name}" if period.year else f"cijfers-{days}-{name}"


def write_year(
    account: YearAccount, document: YearDocument, folder: Path, stem: str, *, decimal_sign: str = "."
) -> list[Path]:
    """Write the year to a folder as PDF, DOCX, CSV and XLSX.

    Raises
    ------
    StoreError
        If a file can't be written.
    """
    table = year_table(account)
    csv, xlsx = io.BytesIO(), io.BytesIO()
    write_csv(csv, table, decimal_sign=decimal_sign)
    write_xlsx(xlsx, table, notes=year_notes(account, document), made=document.until)
    contents = {
        "pdf": year_pdf(document),
        "docx": year_docx(document),
        "csv": csv.getvalue(),
        "xlsx": xlsx.getvalue(),
    }
    paths = [folder / f"{stem}.{suffix}" for suffix in contents]
    try:
        make_private_folder(folder)  # it may tell of dwellings
        for path, content in zip(paths, contents.values(), strict=True):
            write_privately(path, content)
    except OSError as error:
        raise StoreError(f"can't write in '{folder}' ({error.strerror}): name another folder") from None
    return paths


def _whole(account: YearAccount) -> dict[str, Any]:
    reports, places, times, measures = account.reports, account.places, account.times, account.measures
    dwellings = places.dwellings
    return {
        "niveau": "geheel",
        "code": None,
        "naam": account.area_name or "alles",
        "gebied": None,
        "van": account.period.first,
        "tot": account.until,
        "meldingen": reports.counted,
        "meldingenJaarEerder": account.reports_before.before,
        **_compared(account.reports_before.ratio),
        "nieuwePlekken": places.found,
        "nieuwePlekkenJaarEerder": account.places_before.before,
        **_decided(places.by_decision, places.suggested),
        "woningen": dwellings.sure + dwellings.possible if dwellings else None,
        "maatregelen": measures.taken if measures else None,
        "personen": reports.personen,
        "drugs": reports.drugs,
        "binnengekomen": reports.received,
        "vervallen": reports.cancelled,
        "opAdresOfKruising": reports.placed,
        "alleenStraatOfBuurt": reports.coarse,
        "plaatsNietBekend": reports.unplaced,
        "verwijderdNaTermijn": reports.removed,
        "geweigerdeRijen": reports.refused,
        "ooitOpDeLijst": places.on_list,
        "dagenTotOpDeLijst": times.to_list.days if times else None,
        "dagenTotBesluit": times.to_verdict.days if times else None,
        "dagenTotMaatregel": times.to_measure.days if times else None,
    }


def _of_area(level: str, line: AreaLine) -> dict[str, Any]:
    return {
        "niveau": level,
        "code": line.code if level == "buurt" else None,
        "naam": line.name,
        "gebied": line.gebied,
        "meldingen": line.reports,
        "meldingenJaarEerder": line.reports_before,
        **_compared(line.ratio),
        "nieuwePlekken": line.found,
        "nieuwePlekkenJaarEerder": line.found_before,
        **_decided(line.by_decision, line.suggested),
        "woningen": line.dwellings,
        "maatregelen": line.measures,
    }


def _compared(ratio: RateRatio | None) -> dict[str, float | None]:
    """The ratio to a year before with its limits; empty where it is unknown or has none."""
    limits = (ratio.ratio, ratio.lower, ratio.upper) if ratio else (None, None, None)
    names = ("verhouding", "verhoudingOndergrens", "verhoudingBovengrens")
    return {
        name: round(limit, 4) if limit is not None and isfinite(limit) else None
        for name, limit in zip(names, limits, strict=True)
    }


def _decided(by_decision: Mapping[Decision, int], suggested: Mapping[Indicatie, int]) -> dict[str, int]:
    return {
        "besluitVeiligheid": by_decision[Decision.VEILIGHEID],
        "besluitLeefbaarheid": by_decision[Decision.LEEFBAARHEID],
        "besluitGeenHotspot": by_decision[Decision.GEEN_HOTSPOT],
        "nogNietBesloten": by_decision[Decision.UNDECIDED],
        **{f"voorstel{said.value.capitalize()}": suggested[said] for said in Indicatie},
    }


@cache
def _template() -> bytes:
    return (Path(__file__).parent / "year.typ").read_bytes()
