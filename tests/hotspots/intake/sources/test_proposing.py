"""What is proposed for files of unknown layouts: which column is what, how dates and places are written."""

import json
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from hotspots.errors import UnreadableFileError
from hotspots.intake.sources.mapping import SourceMapping
from hotspots.intake.sources.mapping_text import toml_of
from hotspots.intake.sources.proposing import Proposal, examples, fits, fitting, propose
from hotspots.intake.sources.sampling import Sample, take_sample
from hotspots.settings import ReadingSettings, SourcesSettings, shipped

pytestmark = pytest.mark.usefixtures("files_read_here")

RD = "EPSG:28992"


def sample_of(path: Path, content: str | bytes) -> Sample:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return take_sample(path, limits=ReadingSettings())


def proposed(sample: Sample) -> Proposal:
    return propose(sample, crs=RD)


def fields(sample: Sample) -> Mapping[str, Sequence[str]]:
    return proposed(sample).mapping.columns.named()


def rows(header: str, *lines: str) -> str:
    return "\n".join([header, *lines, ""])


def test_semicolons_latin_letters_dutch_dates_and_one_column_of_address(tmp_path: Path) -> None:
    header = "Kenmerk;Aangemaakt op;Rubriek;Adres;x_coordinaat;y_coordinaat;omschr;Café"
    lines = [
        f"{n};{n + 1:02}-03-2023 21:35;Overlast personen;Markt {n}, 6211CK Maastricht;"
        f"176{n}00,5;317{n}00,25;geluid bij het café;ja"
        for n in range(9)
    ]
    sample = sample_of(tmp_path / "x.csv", rows(header, *lines).encode("latin-1"))
    assert sample.file.delimiter == ";"
    assert sample.columns[-1] == "Café"
    mapping = proposed(sample).mapping
    assert mapping.columns.named() == {
        "id": ("Kenmerk",),
        "reported_at": ("Aangemaakt op",),
        "category": ("Rubriek",),
        "text": ("omschr",),
        "address": ("Adres",),
        "x": ("x_coordinaat",),
        "y": ("y_coordinaat",),
    }
    assert mapping.dates.formats == ("%d-%m-%Y %H:%M",)
    assert mapping.coordinates.crs == RD
    assert mapping.categories.values == {"Overlast personen": "personen"}


def test_the_melddesk_is_proposed_as_it_is_mapped_by_hand(tmp_path: Path) -> None:
    header = (
        "meldingnummer;meldtijd;hoofdcategorie;subcategorie;omschrijving;straatnaam;huisnummer;huisletter;"
        "huisnummertoevoeging;postcode;woonplaats;rd_x;rd_y;melder"
    )
    lines = [
        f"M{n};2023-11-{n + 1:02} 21:35;{kind};;Er wordt gedeald;Markt;{n};;;6211CK;Maastricht;176500;317500;"
        for n, kind in enumerate(("Overlast drugs", "Overlast personen", "Overlast drugs", "Afval"))
    ]
    sample = sample_of(tmp_path / "x.csv", rows(header, *lines))
    assert fitting(SourcesSettings(folder=tmp_path / "none"), sample) == ["melddesk"]
    by_hand = tomllib.loads((shipped("config/sources") / "melddesk.toml").read_text(encoding="utf-8"))
    found = tomllib.loads(toml_of(proposed(sample).mapping))
    assert found["columns"] == by_hand["columns"]
    assert found["categories"] == by_hand["categories"]
    assert found["file"] == by_hand["file"]
    assert found["coordinates"]["crs"] == by_hand["coordinates"]["crs"]


def test_a_sheet_is_chosen_and_a_day_and_its_hour_are_read_together(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["toelichting"])
    sheet = book.create_sheet("Meldingen")
    for row in (["Zaaknr.", "Datum melding", "Tijd"], *([f"Z{n}", "14/3/2023", "21:35"] for n in range(3))):
        sheet.append(row)
    path = tmp_path / "x.xlsx"
    book.save(path)
    first = take_sample(path, limits=ReadingSettings())
    assert first.sheets == ("Sheet", "Meldingen")
    sample = take_sample(path, limits=ReadingSettings(), sheet="Meldingen")
    mapping = proposed(sample).mapping
    assert mapping.file.sheet == "Meldingen"
    assert mapping.columns.reported_at == ("Datum melding", "Tijd")
    assert mapping.dates.formats == ("%d/%m/%Y %H:%M",)


def test_records_are_found_wherever_they_stand_in_json(tmp_path: Path) -> None:
    records = [
        {"meldingId": n, "gemeldOp": f"2023-03-1{n}T21:35:00+01:00"}
        | {"categorie": {"hoofd": "Overlast", "sub": sub}}
        | {"locatie": {"straatnaam": "Markt", "huisnummer": n, "geo": {"lat": 50.84, "lon": 5.69}}}
        for n, sub in enumerate(("Drugs", "Katten", "Drugs"))
    ]
    content = {"meta": [{"pagina": 1}], "data": {"meldingen": records}}
    sample = sample_of(tmp_path / "x.json", json.dumps(content))
    mapping = proposed(sample).mapping
    assert mapping.file.records == ("data.meldingen.item",)
    assert mapping.columns.id == "meldingId"
    assert mapping.columns.subcategory == "categorie.sub"
    assert (mapping.columns.x, mapping.columns.y) == ("locatie.geo.lon", "locatie.geo.lat")
    assert mapping.coordinates.crs == "EPSG:4326"
    assert mapping.categories.values == {"Overlast/Drugs": "drugs"}


def test_files_of_a_zip_are_joined_and_coordinates_that_are_named_otherwise_are_exchanged(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.zip"
    files = {
        "meldingen.csv": rows(
            "id,created_at,tekst,location_id,category_assignment_id",
            *(f"{n},2023-03-1{n} 10:00,Er wordt hier weer gedeald,{n + 10},{n + 20}" for n in range(4)),
        ),
        "locations.csv": rows(
            "id,lat,lng,address_street,address_number",
            *(f"{n + 10},5.69,50.84,Markt,{n}" for n in range(4)),
        ),
        "categories.csv": rows("id,main,sub", *(f"{n + 20},Overlast drugs,Dealen" for n in range(4))),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    sample = take_sample(path, limits=ReadingSettings())
    mapping = proposed(sample).mapping
    assert (mapping.file.main, mapping.file.delimiter) == ("meldingen.csv", ",")
    joined = [(join.file, join.by, join.prefix) for join in mapping.joins]
    assert joined == [
        ("locations.csv", "location_id", "location."),
        ("categories.csv", "category_assignment_id", "category."),
    ]
    assert (mapping.columns.x, mapping.columns.y) == ("location.lat", "location.lng")
    assert mapping.columns.category == "category.main"
    assert "location_id" not in {column for one in mapping.columns.named().values() for column in one}


def test_what_no_name_tells_is_found_by_what_is_in_it(tmp_path: Path) -> None:
    lines = [
        f"A-{n};{'Overlast drugs' if n % 2 else 'Drugs'};6211 C{'KLMNPQRST'[n]};5,69{n};50,84{n};"
        f"1{n}.03.2023 08:00"
        for n in range(9)
    ]
    found = fields(sample_of(tmp_path / "x.csv", rows("a;b;c;d;e;f", *lines)))
    assert found == {
        "id": ("a",),
        "category": ("b",),
        "postcode": ("c",),
        "x": ("d",),
        "y": ("e",),
        "reported_at": ("f",),
    }


def test_of_persons_no_example_is_shown(tmp_path: Path) -> None:
    names = ("Jan Jansen", "Piet Pieters", "Truus de Vries", "Karin Bakker", "Henk Smit")
    lines = [
        f"{n};1{n}-03-2023;{name};06-1234567{n};Buurman {name} gooit elke avond met flessen;Markt {n};{name}"
        for n, name in enumerate(names)
    ]
    sample = sample_of(tmp_path / "x.csv", rows("nr;datum;wie;tel;verhaal;adres;aangever", *lines))
    reading = {column: name for name, columns in fields(sample).items() for column in columns}
    shown = {column: examples(sample, column, reading.get(column, "")) for column in sample.columns}
    for name in names:
        assert name not in str(shown)
    assert "1234567" not in str(shown)
    assert shown["datum"] == [f"1{n}-03-2023" for n in range(5)]
    assert shown["adres"][0] == "Markt 0"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("1;14-03-2023;Jansen\n2;15-03-2023;Pieters\n", id="a report in the first line"),
        pytest.param("17;6211;Jansen\n2;3;Pieters\n", id="numbers in the first line"),
        pytest.param("jan@voorbeeld.nl;nr\nx;2\n", id="an address in the first line"),
    ],
)
def test_a_first_line_that_is_a_report_is_refused_and_not_repeated(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        sample_of(tmp_path / "x.csv", content)
    assert "Jansen" not in str(refused.value)
    assert "voorbeeld" not in str(refused.value)


def test_where_who_reports_lives_is_not_taken_for_where_it_happened(tmp_path: Path) -> None:
    header = "nr;datum;adres melder;postcode melder;adres melding;soort melding"
    sample = sample_of(tmp_path / "x.csv", rows(header, "1;2023-03-14;Brug 1;6211AA;Markt 2;Overlast drugs"))
    found = fields(sample)
    assert found["address"] == ("adres melding",)
    assert found["category"] == ("soort melding",)
    assert "postcode" not in found


def test_a_column_that_stands_there_twice_is_not_proposed(tmp_path: Path) -> None:
    sample = sample_of(tmp_path / "x.csv", rows("nr;datum;straat;straat", "1;2023-03-14;Markt;Brug"))
    assert sample.repeated == {"straat", "straat (2)"}
    assert "street" not in fields(sample)


def test_a_mapping_fits_what_has_its_columns_whatever_their_capitals(tmp_path: Path) -> None:
    columns = {"id": "NR", "reported_at": "Dag", "category": ["a", "soort"]}
    mapping = SourceMapping.model_validate({"columns": columns})
    assert fits(mapping, sample_of(tmp_path / "x.csv", rows("nr;dag;soort", "1;2023-03-14;x")))
    assert not fits(mapping, sample_of(tmp_path / "y.csv", rows("nr;dag", "1;2023-03-14")))
    assert not fits(mapping, sample_of(tmp_path / "z.csv", rows("nr,dag,soort", "1,2023-03-14,x")))


_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)


@tuned(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(["id", "reported_at", "category", "text", "x"]),
        _TEXTS | st.lists(_TEXTS, min_size=2, max_size=3, unique=True),
    ),
    st.dictionaries(_TEXTS, st.sampled_from(["personen", "drugs", "other"]), max_size=4),
    st.lists(st.sampled_from(["iso", "%d-%m-%Y", "excel"]), min_size=1, unique=True),
    _TEXTS,
)
def test_every_mapping_is_written_as_toml_that_is_read_as_the_same(
    columns: dict[str, str | list[str]], values: dict[str, str], formats: list[str], description: str
) -> None:
    wanted = {"id": "nr", "reported_at": "dag"} | columns
    wanted["x"] = next(iter(wanted.get("x", "")), "")
    mapping = SourceMapping.model_validate(
        {
            "description": description,
            "columns": wanted,
            "categories": {"values": values},
            "dates": {"formats": formats},
        }
    )
    assert SourceMapping.model_validate(tomllib.loads(toml_of(mapping))) == mapping
