"""How dates can be written, and which of these ways a column has."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from hotspots.intake.sources.times import parsed_time

DATE_FORMS: Mapping[str, str] = MappingProxyType(
    {
        "iso": "jaar-maand-dag, met of zonder tijd (2023-03-14 21:35)",
        "%d-%m-%Y %H:%M": "dag-maand-jaar uur:minuut (14-03-2023 21:35)",
        "%d-%m-%Y %H:%M:%S": "dag-maand-jaar uur:minuut:seconde (14-03-2023 21:35:10)",
        "%d-%m-%Y": "dag-maand-jaar (14-03-2023)",
        "%d/%m/%Y %H:%M": "dag/maand/jaar uur:minuut (14/03/2023 21:35)",
        "%d/%m/%Y %H:%M:%S": "dag/maand/jaar uur:minuut:seconde (14/03/2023 21:35:10)",
        "%d/%m/%Y": "dag/maand/jaar (14/03/2023)",
        "%d.%m.%Y %H:%M": "dag.maand.jaar uur:minuut (14.03.2023 21:35)",
        "%d.%m.%Y": "dag.maand.jaar (14.03.2023)",
        "%d-%m-%y %H:%M": "dag-maand-jaar in twee cijfers, uur:minuut (14-03-23 21:35)",
        "%d-%m-%y": "dag-maand-jaar in twee cijfers (14-03-23)",
        "%d-%m-%Y, %H:%M": "dag-maand-jaar, uur:minuut (14-03-2023, 21:35)",
        "%d-%m-%Y %H.%M": "dag-maand-jaar uur.minuut (14-03-2023 21.35)",
        "%d-%m-%Y %H:%M uur": "dag-maand-jaar met 'uur' (14-03-2023 21:35 uur)",
        "%Y/%m/%d %H:%M": "jaar/maand/dag uur:minuut (2023/03/14 21:35)",
        "%Y/%m/%d %H:%M:%S": "jaar/maand/dag uur:minuut:seconde (2023/03/14 21:35:10)",
        "%Y/%m/%d": "jaar/maand/dag (2023/03/14)",
        "%Y%m%d %H:%M": "jaarmaanddag uur:minuut (20230314 21:35)",
        "%Y%m%d%H%M%S": "jaarmaanddag en tijd aaneen (20230314213510)",
        "%Y%m%d": "jaarmaanddag (20230314)",
        "%m/%d/%Y %H:%M": "maand/dag/jaar uur:minuut (03/14/2023 21:35)",
        "%m/%d/%Y %I:%M %p": "maand/dag/jaar uur:minuut am of pm (03/14/2023 9:35 PM)",
        "%m/%d/%Y %I:%M:%S %p": "maand/dag/jaar uur:minuut:seconde am of pm (03/14/2023 9:35:10 PM)",
        "%m/%d/%Y": "maand/dag/jaar (03/14/2023)",
        "%m-%d-%Y %H:%M": "maand-dag-jaar uur:minuut (03-14-2023 21:35)",
        "%m-%d-%Y": "maand-dag-jaar (03-14-2023)",
        "excel": "getal van een spreadsheet (44999,9)",
    }
)
"""Ways of writing dates, with what they are in Dutch: of two that read the same the likelier is first."""

ALSO_NUMBERS = frozenset({"excel", "%Y%m%d", "%Y%m%d%H%M%S"})
"""Ways in which also numbers are read that are no dates."""


def read_by(values: Sequence[str], form: str) -> frozenset[str]:
    """Which values one way of writing reads."""
    return frozenset(value for value in values if parsed_time(value, form) is not None)


def chosen_forms(values: Sequence[str], *, is_called_date: bool) -> tuple[str, ...]:
    """The fewest ways of writing that read all values that any reads, that of most values first.

    Parameters
    ----------
    is_called_date
        Whether the column has the name of one with dates: only then numbers are dates.

    Examples
    --------
    >>> chosen_forms(["14-03-2023 21:35", "02-03-2023 08:10", "03-03-2023"], is_called_date=True)
    ('%d-%m-%Y %H:%M', '%d-%m-%Y')
    >>> chosen_forms(["03/14/2023", "02/03/2023"], is_called_date=True)
    ('%m/%d/%Y',)
    >>> chosen_forms(["20230314"], is_called_date=False)
    ()
    """
    left = {value.strip() for value in values}
    forms = [form for form in DATE_FORMS if is_called_date or form not in ALSO_NUMBERS]
    read = {form: set(read_by(sorted(left), form)) for form in forms}
    chosen: list[str] = []
    while left:
        best = max(forms, key=lambda form: len(read[form] & left))  # of equals the first
        if not read[best] & left:
            break
        chosen.append(best)
        left -= read[best]
    return tuple(chosen)
