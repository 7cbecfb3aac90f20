"""What commands share: who decides something on the server is a name."""

import pytest
import typer

from hotspots.access.access_changes import OPERATOR
from jobs.terminal import operator


def test_who_decides_on_the_server_gives_a_name() -> None:
    assert (operator(" A. Beheer ").id, operator(" A. Beheer ").name) == (OPERATOR.id, "A. Beheer")
    for name in (" ", "n" * 201):
        with pytest.raises(typer.BadParameter, match="1 to 200 characters"):
            operator(name)
