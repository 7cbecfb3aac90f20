"""`hotspots stop` and `hotspots resume`: the switch on the server, where names tell persons apart."""

import json

from tests.conftest import RunCommand

WHY = ("--reason", "Klacht.")


def test_a_run_is_refused_until_two_persons_started_signalling_again(run_command: RunCommand) -> None:
    run_command("db", "upgrade")
    told = json.loads(run_command("stop", "--by", "A. Beheer", *WHY, "--json").stdout)
    assert (told["stopped"], told["stoppedBy"], told["resumeAskedBy"]) == (True, "A. Beheer", None)
    assert "found it stopped already" in run_command("stop", "--by", "B. Beheer", *WHY, code=1).stderr
    refused = run_command("detect", code=1).stderr
    assert "found signalling stopped since" in refused
    assert "start it again with 'hotspots resume'" in refused
    asked = json.loads(run_command("resume", "--by", "A. Beheer", *WHY, "--json").stdout)
    assert (asked["stopped"], asked["resumeAskedBy"]) == (True, "A. Beheer")
    assert "wanted a second person" in run_command("resume", "--by", "a. beheer", *WHY, code=1).stderr
    kept = json.loads(run_command("resume", "--refuse", "--by", "B. Beheer", *WHY, "--json").stdout)
    assert kept["resumeAskedBy"] is None
    run_command("resume", "--by", "A. Beheer", *WHY)
    assert json.loads(run_command("resume", "--by", "B. Beheer", *WHY, "--json").stdout)["stopped"] is False
    assert "wanted a name" in run_command("stop", "--by", " ", *WHY, code=2).stderr
