"""`hotspots check` and `hotspots db rehearse`, on a real installation that is kept well or badly."""

import json
import re
from pathlib import Path

from tests.conftest import CONFIGURATION, REPORTER_KEY, RunCommand

KEPT = """
[service]
address = "https://hotspots.example.nl"
contact_email = "beheer@gemeente.example.nl"
security_contact = "cert@gemeente.example.nl"
signing_key_file = "keys/signing.key"
[privacy]
reporter_key_file = "keys/reporter.key"
[jobs]
backup_key_file = "keys/backup.key"
alert_command = ["/usr/bin/true"]
"""


def test_an_installation_as_by_default_is_told_what_is_unsafe_and_a_well_kept_one_nothing(
    run_command: RunCommand, tmp_path: Path
) -> None:
    bare = run_command("check", code=1)
    assert re.match(r"\d+ UNSAFE\n\n", bare.stdout)
    assert "no_https_address: The address of the service does not begin with https://" in bare.stdout

    kept = CONFIGURATION + KEPT
    run_command("db", "upgrade", configuration=kept)
    run_command("privacy", "confirm-retention", "--by", "A. Beheer")
    for path in (tmp_path / "var", tmp_path / "config" / "hotspots.toml"):
        path.chmod(path.stat().st_mode & ~0o022)
    backup = tmp_path / "var" / "backups" / "hotspots-20260302T043000Z.sqlite"
    run_command("db", "backup", backup)

    def found() -> list[str]:
        told = run_command("check", "--json", code=1)
        return [finding["code"] for finding in json.loads(told.stdout)["unsafe"]]

    assert found() == ["backup_not_restored"]
    before = (tmp_path / "var" / "hotspots.sqlite").stat().st_size
    rehearsed = json.loads(run_command("db", "rehearse", "--json").stdout)
    assert (rehearsed["file"], rehearsed["verified"]) == (str(backup.relative_to(tmp_path)), True)
    assert (tmp_path / "var" / "hotspots.sqlite").stat().st_size == before
    assert run_command("check").stdout == "nothing unsafe was found\n"
    assert json.loads(run_command("check", "--json").stdout) == {"isSafe": True, "unsafe": [], "accepted": []}

    (tmp_path / "var" / "hotspots.sqlite").chmod(0o644)
    assert found() == ["database_readable"]
    accepted = '[checks]\naccepted = { database_readable = "a machine of one account" }\n'
    told = run_command("check", configuration=kept + accepted).stdout
    assert told.startswith("nothing unsafe was found\n\ndatabase_readable: ")
    assert "    accepted: a machine of one account\n" in told


def test_a_backup_that_somebody_changed_is_no_rehearsal(run_command: RunCommand, tmp_path: Path) -> None:
    told = run_command("db", "rehearse", code=1).stderr
    assert "there is no backup in" in told
    run_command("db", "upgrade")
    backup = tmp_path / "var" / "backups" / "hotspots-20260302T043000Z.sqlite"
    run_command("db", "backup", backup)
    content = bytearray(backup.read_bytes())
    content[5000] ^= 1
    backup.write_bytes(content)
    assert "the file was changed after it was made" in run_command("db", "rehearse", code=1).stderr
    assert "backup_not_restored" in run_command("check", "--json", code=1).stdout


def test_no_answer_of_the_address_is_told_only_when_it_is_asked(run_command: RunCommand) -> None:
    kept = CONFIGURATION + '[service]\naddress = "https://127.0.0.1:1"\n[checks]\ntimeout_s = 1\n'
    assert "certificate_not_right" not in run_command("check", configuration=kept, code=1).stdout
    told = run_command("check", "--connect", code=1).stdout
    assert "certificate_not_right: The certificate of https://127.0.0.1:1 can't be relied on" in told


def test_no_secret_is_told(run_command: RunCommand) -> None:
    url = "postgresql://hotspots:hotspots-geheim@127.0.0.1:1/hotspots"
    told = run_command("check", "--json", settings={"DATABASE_URL": url}, code=1)
    assert "database_not_read" in told.stdout
    for secret in (REPORTER_KEY, "hotspots-geheim"):
        assert secret not in told.stdout + told.stderr
