"""Every error this package raises on purpose, as one tree."""

import inspect
import re

from hotspots import errors


def drawn_tree() -> dict[str, str]:
    """The tree as the docstring draws it: each class with the one it hangs under."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"    ((?:[│ ]   |[├└]── )*)(\w+Error|HotspotsError)\b", line):
            depth = len(match[1]) // 4
            path = [*path[:depth], match[2]]
            parents[match[2]] = path[-2] if depth else "Exception"
    return parents


def classes() -> dict[str, type[Exception]]:
    """Every error there is, by name."""
    return {
        name: kind
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, Exception)
    }


def test_the_drawn_tree_is_the_real_one() -> None:
    assert drawn_tree() == {name: kind.__mro__[1].__name__ for name, kind in classes().items()}


def test_every_error_says_when_it_is_raised() -> None:
    for kind in classes().values():
        assert kind.__doc__, kind
