"""The examples in the docstrings give what they say."""

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

import hotspots

MODULES = sorted(
    module.name
    for module in walk_packages(hotspots.__path__, "hotspots.")
    if ".migrations" not in module.name  # these run only inside Alembic
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_a_module_give_what_they_say(name: str) -> None:
    failed, _ = doctest.testmod(import_module(name), report=True)
    assert failed == 0


def test_the_statistics_come_with_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    for name in ("space_time_scan", "getis_ord", "trends", "near_repeat"):
        module = import_module(f"hotspots.statistics.{name}")
        assert sum(bool(found.examples) for found in finder.find(module)) >= 2, name
