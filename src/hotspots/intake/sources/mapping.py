"""The mapping file of a source: which column means what, how dates are written, what is screened."""

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pyproj import CRS
from pyproj.exceptions import CRSError

from hotspots.errors import MappingError
from hotspots.model import Category
from hotspots.settings import SourcesSettings, shipped

OneOrMore = str | tuple[str, ...]


class Part(BaseModel):
    """A table of a mapping file: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class FileMapping(Part):
    """What kind of file it is."""

    format: Literal["csv", "json", "zip"] = "csv"
    encodings: tuple[str, ...] = ("utf-8-sig", "cp1252")
    delimiter: str = Field(default=";", min_length=1, max_length=1)
    sheet: str = ""  # of a workbook with more than one filled sheet
    # where the records stand in JSON: "item" is a list at the top, "results.item" a list under results
    records: tuple[str, ...] = ("results.item", "item")
    main: str = ""  # in a zip of CSV files: the file with one row per report


class JoinMapping(Part):
    """In a zip of CSV files: another file, joined by the current id that a report names."""

    file: str
    by: str  # column of the main file
    key: str = "id"  # column of this file
    prefix: str  # before its column names, such as "location."


class ColumnsMapping(Part):
    """Which column holds what; a list of columns is joined, or tried in order."""

    id: OneOrMore
    reported_at: OneOrMore
    occurred_at: OneOrMore = ""
    changed: OneOrMore = ""
    category: OneOrMore = ""
    subcategory: OneOrMore = ""
    status: str = ""
    parent: str = ""
    is_parent: str = ""
    text: OneOrMore = ""
    reporter: OneOrMore = ""
    street: str = ""
    house_number: str = ""
    house_letter: str = ""
    house_suffix: str = ""
    postcode: str = ""
    town: str = ""
    address: str = ""  # free text
    x: str = ""
    y: str = ""

    def named(self) -> dict[str, tuple[str, ...]]:
        """The columns that each field is read from; only fields that are mapped."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            name: (value,) if isinstance(value, str) else tuple(value)
            for name, value in values.items()
            if value
        }


class DatesMapping(Part):
    """How dates are written: strptime formats, "iso" (with or without zone), or "excel" (serial numbers)."""

    formats: tuple[str, ...] = ("iso",)
    timezone: str = ""  # of times without a zone; by default that of the municipality

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value:
            try:
                ZoneInfo(value)
            except (KeyError, ValueError, OSError):
                raise ValueError(f"wanted a time zone such as 'Europe/Amsterdam', found {value!r}") from None
        return value


class CategoriesMapping(Part):
    """What is screened: the value of the category column, or "main/sub", gives personen, drugs or other."""

    default: Category = Category.OTHER
    values: dict[str, Category] = Field(default_factory=dict)


class CoordinatesMapping(Part):
    """In which system coordinates stand, and which ones mean that the place is unknown."""

    crs: str = "EPSG:4326"
    radius_m: float = Field(default=10, gt=0, le=100_000)
    default_points: tuple[tuple[float, float], ...] = ()

    @field_validator("crs")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            CRS.from_user_input(value)
        except CRSError:
            raise ValueError(f"wanted a coordinate system such as 'EPSG:28992', found {value!r}") from None
        return value


class CountingMapping(Part):
    """Which reports are stored but not counted."""

    not_when_status: tuple[str, ...] = ()


class SourceMapping(Part):
    """A whole mapping file."""

    description: str = ""
    file: FileMapping = Field(default_factory=FileMapping)
    joins: tuple[JoinMapping, ...] = ()
    columns: ColumnsMapping
    otherwise: str = ""  # the mapping for files of this source that are of another kind
    number_repeats: bool = False  # rows without an own id: the second row with one id becomes "id#2"
    dates: DatesMapping = Field(default_factory=DatesMapping)
    categories: CategoriesMapping = Field(default_factory=CategoriesMapping)
    coordinates: CoordinatesMapping = Field(default_factory=CoordinatesMapping)
    counting: CountingMapping = Field(default_factory=CountingMapping)

    @model_validator(mode="after")
    def _zip_names_its_main_file(self) -> Self:
        if self.file.format == "zip" and not self.file.main and self.joins:
            raise ValueError(
                "file.main: wanted the name of the file with one row per report, as joins are given"
            )
        return self


def load_mapping(settings: SourcesSettings, name: str) -> SourceMapping:
    """Read the mapping file of a source: `<folder>/<name>.toml`, or else the one that ships.

    Raises
    ------
    MappingError
        If there is no such file, it is no TOML, or it says something that can't be.
    """
    built_in = shipped("config/sources")
    candidates = [folder / f"{name}.toml" for folder in (settings.folder, built_in)]
    path = next((file for file in candidates if file.exists()), None)
    if path is None or Path(name).name != name:
        raise MappingError(
            f"there is no mapping file for source '{name}': wanted one of "
            f"{', '.join(source_names(settings))}, or write "
            f"'{settings.folder}/<name>.toml'"
        )
    return read_mapping(path)


def source_names(settings: SourcesSettings) -> list[str]:
    """The names of the sources that have a mapping file, own or shipped."""
    folders = (settings.folder, shipped("config/sources"))
    return sorted({file.stem for folder in folders for file in folder.glob("*.toml")})


def read_mapping(path: Path) -> SourceMapping:
    """Read one mapping file.

    Raises
    ------
    MappingError
        If it is no TOML, or says something that can't be.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"can't read the mapping file '{path}': {error}") from None
    return mapping_of_text(text, called=str(path))


def mapping_of_text(text: str, *, called: str) -> SourceMapping:
    """Read the text of a mapping file, which is called so in messages.

    Raises
    ------
    MappingError
        If it is no TOML, or says something that can't be.
    """
    try:
        return SourceMapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"can't read the mapping file '{called}': {error}") from None
    except ValidationError as error:
        raise MappingError(f"{called}: {_first_problem(error)}") from None


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    location = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        close = get_close_matches(location, _known_keys(), n=1, cutoff=0.5)
        return f"'{location}' does not exist" + (f"; did you mean '{close[0]}'?" if close else "")
    if problem["type"] == "missing":
        return f"'{location}' is missing"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{location}: {message}" if location else message


def _known_keys() -> list[str]:
    keys = []
    for name, described in SourceMapping.model_fields.items():
        keys.append(name)
        if isinstance(described.annotation, type) and issubclass(described.annotation, Part):
            keys += [f"{name}.{key}" for key in described.annotation.model_fields]
    return keys
