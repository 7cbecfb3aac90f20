"""The tables that stages hand to each other: which columns each has, and of which type.

A stage checks what it gets with :meth:`TableContract.check` and gives a table that satisfies its own
declaration.
Extra columns are allowed. Coordinates are lon/lat degrees WGS 84, times are aware UTC.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from hotspots.errors import TableError

if TYPE_CHECKING:
    import pandas as pd

ColumnKind = Literal["integer", "float", "text", "time", "boolean", "object"]


class Category(StrEnum):
    """What a report is about; only the first two are screened."""

    PERSONEN = "personen"
    DRUGS = "drugs"
    OTHER = "other"


SCREENED = (str(Category.PERSONEN), str(Category.DRUGS))
"""The categories that are screened for hotspots."""


class Precision(StrEnum):
    """How precisely a report is located, from best to worst; Dutch, as every output names it."""

    ADRES = "adres"
    HUISNUMMER = "huisnummer"
    KRUISING = "kruising"
    POSTCODE = "postcode"
    STRAAT = "straat"
    BUURT = "buurt"
    GEEN = "geen"


HOUSE_PRECISIONS = (Precision.ADRES, Precision.HUISNUMMER)
"""As precise as a house."""

CLUSTERING_PRECISIONS = (*HOUSE_PRECISIONS, Precision.KRUISING)
"""Precise enough to decide which place a report belongs to; the rest counts in area totals only."""


class Soort(StrEnum):
    """A hotspot points at one address or at an area."""

    WONING = "woning"
    GEBIED = "gebied"


class Soortoordeel(StrEnum):
    """How sure it is what a hotspot points at; what may be a dwelling is handled as one."""

    WONING = "woning"
    MOGELIJK_WONING = "mogelijk woning"
    GEBIED = "gebied"


class Indicatie(StrEnum):
    """What the words of the reports suggest; people decide."""

    VEILIGHEID = "veiligheid"
    LEEFBAARHEID = "leefbaarheid"
    ONBEPAALD = "onbepaald"


class Aard(StrEnum):
    """What most reports of a hotspot are about."""

    DRUGS = "drugs"
    PERSONEN = "personen"
    GEMENGD = "gemengd"
    ONBEKEND = "onbekend"


class Trend(StrEnum):
    """How a hotspot moves."""

    NIEUW = "nieuw"
    TOENEMEND = "toenemend"
    AANHOUDEND = "aanhoudend"
    AFNEMEND = "afnemend"
    WISSELEND = "wisselend"
    STIL = "stil"
    BEEINDIGD = "beeindigd"


RETURN = "terugkeren"
"""The step by which the weekly run makes a hotspot a candidate again."""


class Status(StrEnum):
    """Where a hotspot stands in its life (see "Life of a hotspot" in the documentation)."""

    KANDIDAAT = "kandidaat"
    IN_VERIFICATIE = "in verificatie"
    VEILIGHEID = "veiligheid"
    LEEFBAARHEID = "leefbaarheid"
    GEEN_HOTSPOT = "geen hotspot"
    IN_AANPAK = "in aanpak"
    NAZORG = "nazorg"
    GESLOTEN = "gesloten"


class EventType(StrEnum):
    """What other systems are told of; Dutch, as the last part of the type of a CloudEvent."""

    SIGNALLED = "hotspot-gesignaleerd"
    CHANGED = "hotspot-gewijzigd"
    JUDGED = "hotspot-beoordeeld"
    DECIDED = "hotspot-besloten"
    MEASURE = "maatregel-gewijzigd"
    CLOSED = "hotspot-gesloten"
    LIST_READY = "weeklijst-gereed"


EVENTS_OF_CASES = frozenset({EventType.JUDGED, EventType.MEASURE})
"""What only who may read cases is told."""


@dataclass(frozen=True)
class Column:
    """One column of a table contract."""

    kind: ColumnKind
    nullable: bool = False


@dataclass(frozen=True)
class TableContract:
    """A table contract: its name and its columns."""

    name: str
    columns: dict[str, Column]

    def check(self, frame: "pd.DataFrame") -> None:
        """Refuse a table that does not satisfy this contract.

        Raises
        ------
        TableError
            If a column is absent, has another type, or has gaps where none are allowed.
        """
        for name, column in self.columns.items():
            if name not in frame.columns:
                raise TableError(f"{self.name}: wanted a column '{name}', found {', '.join(frame.columns)}")
            values = frame[name]
            if len(frame) and not _is_kind(values.dtype, column.kind):
                raise TableError(
                    f"{self.name}: wanted column '{name}' as {column.kind}, found {values.dtype}"
                )
            if not column.nullable and _may_have_gaps(values.dtype) and values.hasnans:
                raise TableError(f"{self.name}: column '{name}' has {int(values.isna().sum())} gaps")


def _may_have_gaps(dtype: Any) -> bool:
    """Whether a column of this type can have gaps: whole numbers and truths of numpy can't."""
    import numpy as np

    return not (isinstance(dtype, np.dtype) and dtype.kind in "iub")


def _is_kind(dtype: Any, kind: ColumnKind) -> bool:
    import pandas as pd

    is_kind: dict[ColumnKind, Callable[[Any], bool]] = {
        "integer": pd.api.types.is_integer_dtype,
        "float": pd.api.types.is_float_dtype,
        "text": lambda kind: pd.api.types.is_string_dtype(kind) or isinstance(kind, pd.CategoricalDtype),
        "time": lambda kind: isinstance(kind, pd.DatetimeTZDtype) and str(kind.tz) == "UTC",
        "boolean": pd.api.types.is_bool_dtype,
        "object": lambda _: True,
    }
    return is_kind[kind](dtype)


REPORTS = TableContract(
    "reports",
    {
        "report_id": Column("integer"),
        "category": Column("text"),
        "moment": Column("time"),  # time of the nuisance, else of the report
        "has_hour": Column("boolean"),  # False: only the day is known, and the moment is its start
        "reporter_id": Column("float", nullable=True),  # float because it may be unknown (NaN)
        "lon": Column("float"),
        "lat": Column("float"),
        "precision": Column("text"),
        "radius_m": Column("float"),
        "address_key": Column("object", nullable=True),  # 'postcode huisnummer huisletter toevoeging'
        "buurtcode": Column("object", nullable=True),
    },
)
"""Screened reports (personen, drugs) as known at a peildatum; lon and lat are finite."""

DETECTIONS = TableContract(
    "detections",
    {
        "place": Column("integer"),  # number within the run, 0, 1, 2, … by falling score
        "signalled": Column("boolean"),  # False: seen, but "niet gesignaleerd, omdat …"
        "suppressed_because": Column("object", nullable=True),  # a Dutch sentence
        "soort": Column("text"),
        "soort_certainty": Column("float"),  # 0..1: how likely it is what it is called
        "indicatie": Column("text"),
        "indicatie_certainty": Column("float"),  # 0..1
        "lon": Column("float"),
        "lat": Column("float"),
        "geometry": Column("object"),  # shapely polygon, WGS 84
        "report_count": Column("integer"),
        "day_count": Column("integer"),  # different local days
        "week_count": Column("integer"),  # different ISO weeks
        "reporter_count": Column("float", nullable=True),  # known reporters; NaN if none is known
        "duration_days": Column("integer"),  # from first to last report
        "first_report": Column("time"),
        "last_report": Column("time"),
        "expected": Column("float", nullable=True),  # reports expected from the surroundings
        "p_value": Column("float", nullable=True),
        "recurrence_interval_days": Column("float", nullable=True),
        "score": Column("float"),
        "redenen": Column("object"),  # list of Dutch sentences
        "evidence": Column("object"),  # dict, JSON-able: the figures it was decided on
    },
)
"""Places that one run signalled, and those that it nearly did, which say why not."""

MEMBERS = TableContract(
    "members",
    {
        "place": Column("integer"),
        "report_id": Column("integer"),
        "is_duplicate": Column("boolean"),  # True: it tells what another told, and doesn't count
    },
)
"""Which reports belong to which place of a run; a report belongs to one place at most."""
