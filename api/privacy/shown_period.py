"""Shared by the logs of the privacy officer: the period that is shown, by default the last month."""

from datetime import date, timedelta

from pydantic import model_validator

from api.http.dependencies import Page
from api.http.periods import Day
from api.pages.week_and_map import without_empty

SHOWN_DAYS = 31
"""Of how many days a log is shown when no period is asked for."""


class ShownPeriod(Page):
    """Query parameters of a log: from which day to which, and on which page."""

    van: Day | None = None
    tot: Day | None = None
    _drop_empty = model_validator(mode="before")(without_empty)

    def within(self, today: date) -> tuple[date, date]:
        """The first and last day that are shown."""
        last = self.tot or max(today, self.van or today)
        return self.van or last - timedelta(days=SHOWN_DAYS - 1), last
