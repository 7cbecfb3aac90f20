"""The generated reference: what the code says, and an error where nobody described something."""

from collections.abc import Callable
from typing import Annotated

import pytest
import typer
import typer.main
from apscheduler.triggers.cron import CronTrigger
from mkdocs.exceptions import PluginError

from api.http.problem_types import ProblemType
from docs.site import reference
from hotspots.settings import Settings, known_keys


def command_with(option_help: str | None, words: str | None) -> object:
    """A command `hotspots show` with an option `--week`."""
    app = typer.Typer(add_completion=False, help="Find places.")
    app.callback()(lambda: None)

    def show(week: Annotated[str, typer.Option(help=option_help)] = "2023-W48") -> None:
        del week

    app.command("show", help=words)(show)
    return typer.main.get_command(app)


def api_with(**parameter: str) -> dict[str, object]:
    """An API with one request, of which one thing may be asked."""
    asked = {"name": "week", "in": "query", "schema": {"type": "string"}, **parameter}
    request = {"tags": ["rondes"], "summary": "De rondes", "parameters": [asked], "responses": {}}
    return {
        "tags": [{"name": "rondes", "description": "De wekelijkse rondes"}],
        "paths": {"/rondes": {"get": request}},
        "components": {"schemas": {}},
    }


def every_reason_but(key: str) -> dict[str, str]:
    """A reason for each setting, but for one."""
    return {name: "Why." for name in known_keys() if name != key}


def test_a_command_stands_with_its_help_its_options_and_their_defaults() -> None:
    text = reference.commands_page(command_with("Which *week*.", "Show a week."))
    assert "## hotspots show\n\nShow a week." in text
    assert "| `--week <str>` | Which \\*week\\*. \\[default: 2023-W48\\] |" in text


def test_a_setting_stands_with_its_type_its_default_and_its_reason() -> None:
    text = reference.settings_page(every_reason_but(""))
    assert f"| `min_reports` | integer, ≥ 2 | `{Settings().detection.min_reports}` | Why." in text
    assert "| `token` | password |  | Why. |" in text


def test_every_setting_of_the_shipped_file_has_a_reason() -> None:
    assert "## detection" in reference.settings_page()


def test_every_right_stands_in_both_languages_with_who_has_it() -> None:
    text = reference.rights_page()
    assert (
        "| `gebruikers.beheren` | accounts maken, wijzigen en blokkeren | make, change and block accounts | "
        "beheerder (overal) |"
    ) in text


def test_every_job_stands_with_its_moment() -> None:
    text = reference.jobs_page()
    assert "| `signalen` | every 60 minutes |" in text
    assert "| `weekly` | every mon at 06:30 |" in text
    assert reference.when(CronTrigger(hour="7", minute="5", timezone="UTC")) == "every day at 07:05"


def test_every_event_stands_in_both_languages_and_one_as_it_is_sent() -> None:
    text = reference.events_page()
    assert (
        "| `nl.overlasthotspots.hotspot-gesloten` | The case was closed. | De plek is gesloten. | all |"
        in text
    )
    assert '"specversion": "1.0"' in text
    assert "webhook-signature: v1," in text


def test_every_kind_of_problem_stands_with_what_it_means_and_what_to_do() -> None:
    kind = ProblemType("weg", 410, "Niet meer beschikbaar", "Weg.", "Het is weg.", "Doe niets.")
    assert "## Niet meer beschikbaar\n\n`/problemen/weg`, HTTP 410\n\nHet is weg.\n\nDoe niets." in (
        reference.problems_page({"weg": kind})
    )
    assert "`/problemen/niet-gevonden`, HTTP 404" in reference.problems_page()


@pytest.mark.parametrize(
    ("make", "missing"),
    [
        pytest.param(
            lambda: reference.commands_page(command_with("Which.", None)), "hotspots show", id="command"
        ),
        pytest.param(lambda: reference.commands_page(command_with(None, "Show.")), "--week", id="option"),
        pytest.param(
            lambda: reference.settings_page(every_reason_but("cells.resolution")),
            "cells.resolution",
            id="setting",
        ),
        pytest.param(lambda: reference.api_page(api_with()), "week", id="parameter of the API"),
        pytest.param(
            lambda: reference.problems_page(
                {"weg": ProblemType("weg", 410, "Weg", "Weg.", "Het is weg.", "")}
            ),
            "weg",
            id="problem",
        ),
    ],
)
def test_what_nobody_described_ends_the_build(make: Callable[[], str], missing: str) -> None:
    with pytest.raises(PluginError, match=f"wanted .*{missing}.*, found none"):
        make()


def test_an_event_without_words_ends_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "MEANINGS", {})
    with pytest.raises(PluginError, match="the event 'hotspot-gesignaleerd' in English"):
        reference.events_page()


def test_a_right_without_english_words_ends_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "right_in_english", lambda _: "")
    with pytest.raises(PluginError, match=r"the right 'hotspots\.lezen' in English"):
        reference.rights_page()
