"""A folder of settings files: what each municipality has for itself, and what is told of a wrong one."""

from pathlib import Path

import pytest

from hotspots.errors import SettingsError
from hotspots.operations.fleet import Member, chosen, read_fleet

APART = ("jobs.inbox", "privacy.reporter_key_file")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    made = tmp_path / "fleet"
    made.mkdir()
    return made


def put(folder: Path, name: str, *, code: str = "", database: str = "", more: str = "") -> Path:
    """Write a settings file; by default of its own code and database."""
    path = folder / f"{name}.toml"
    url = database or f"sqlite:///{folder}/{name}.sqlite"
    path.write_text(
        f'[municipality]\ncode = "{code or name.upper()}"\n[database]\nurl = "{url}"\n{more}',
        encoding="utf-8",
    )
    return path


def problems(folder: Path, *apart: str) -> dict[str, str | None]:
    """What is wrong with each."""
    return {member.name: member.problem for member in read_fleet(folder, apart=apart)}


def test_each_file_of_the_folder_is_a_municipality_in_order_of_their_names(folder: Path) -> None:
    put(folder, "gm0363", more='[jobs]\nreports = "elsewhere"\n')
    put(folder, "gm0014")
    (folder / "notes.txt").write_text("no settings", encoding="utf-8")
    first, last = read_fleet(folder)
    assert (first.name, first.code, last.name) == ("gm0014", "GM0014", "gm0363")
    assert last.reports == Path("elsewhere")
    assert first.problem is last.problem is None


def test_a_folder_without_settings_or_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"such as gm0935\.toml, found none"):
        read_fleet(folder)
    with pytest.raises(SettingsError, match="No such file or directory"):
        read_fleet(folder / "absent")


def test_a_file_that_is_wrong_is_told_and_stops_no_other(folder: Path) -> None:
    put(folder, "right")
    (folder / "broken.toml").write_text("[municipality\n", encoding="utf-8")
    (folder / "misspelled.toml").write_text('[municipality]\ncod = "GM1"\n', encoding="utf-8")
    (folder / "nameless.toml").write_text("", encoding="utf-8")
    (folder / "gone.toml").symlink_to(folder / "absent")
    put(folder, "fleeting", database="sqlite://")
    found = problems(folder)
    assert found.pop("right") is None
    for name, told in (
        ("broken", "is not valid TOML"),
        ("misspelled", "did you mean 'municipality.code'"),
        ("nameless", "wanted municipality.code"),
        ("gone", "can't read the settings file"),
        ("fleeting", "found one in memory"),
    ):
        assert told in str(found.pop(name))
    assert not found


def test_a_link_to_a_file_outside_the_folder_is_refused_and_one_inside_is_not(folder: Path) -> None:
    outside = put(folder.parent, "gm0001")
    (folder / "linked.toml").symlink_to(outside)
    inside = folder / "..data"
    inside.mkdir()
    (folder / "mounted.toml").symlink_to(put(inside, "gm0002"))
    found = problems(folder)
    assert "found a link to one elsewhere" in str(found["linked"])
    assert found["mounted"] is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sqlite:///{}/a.sqlite", "sqlite:///{}/../fleet/a.sqlite"),
        ("postgresql://host/all", "postgresql+psycopg://user:secret@HOST:5432/all"),
        ("postgresql:///all?host=host", "postgres://host/all?options=-csearch_path%3Dpublic"),
        (
            "postgresql://host/all?options=-csearch_path%3Dgm1",
            "postgresql://host/all?options=-c%20search_path%3Dgm1,public",
        ),
    ],
    ids=["a file", "a database", "the usual schema", "a schema"],
)
def test_two_with_the_same_database_are_both_refused_in_whatever_form_it_is_named(
    folder: Path, one: str, other: str
) -> None:
    put(folder, "a", database=one.format(folder))
    put(folder, "b", database=other.format(folder))
    put(folder, "c")
    found = problems(folder)
    assert "wanted a database.url of its own, found that 'b.toml' has the same" in str(found["a"])
    assert "found that 'a.toml' has the same" in str(found["b"])
    assert "secret" not in str(found)
    assert found["c"] is None


def test_a_linked_database_is_the_same_database(folder: Path) -> None:
    (folder / "a.sqlite").touch()
    (folder / "b.sqlite").symlink_to(folder / "a.sqlite")
    put(folder, "a")
    put(folder, "b")
    assert all("has the same" in str(problem) for problem in problems(folder).values())


def test_schemas_and_servers_keep_databases_apart(folder: Path) -> None:
    put(folder, "a", database="postgresql://host/all?options=-csearch_path%3Dgm1")
    put(folder, "b", database="postgresql://host/all?options=-csearch_path%3Dgm2")
    put(folder, "c", database="postgresql://host:5433/all?options=-csearch_path%3Dgm1")
    assert set(problems(folder).values()) == {None}


def test_two_of_one_code_are_both_refused(folder: Path) -> None:
    put(folder, "a", code="GM0935")
    put(folder, "b", code="gm0935")
    assert all("wanted a municipality.code of its own" in str(told) for told in problems(folder).values())


def test_a_shared_inbox_or_key_is_refused_where_that_matters(folder: Path) -> None:
    own = '[jobs]\ninbox = "{0}-inbox"\n[privacy]\nreporter_key = "{1}"\n'
    key, other_key = "0123456789abcdef" * 4, "fedcba9876543210" * 4
    put(folder, "a", more=own.format("a", key))
    put(folder, "b", more=own.format("b", key))
    put(folder, "c", more=own.format("b", other_key))
    assert set(problems(folder).values()) == {None}
    found = problems(folder, *APART)
    assert "wanted a privacy.reporter_key_file of its own" in str(found["a"])
    assert "wanted a jobs.inbox of its own" in str(found["b"])
    assert "wanted a jobs.inbox of its own" in str(found["c"])
    assert key not in str(found)


def test_a_variable_that_wins_over_every_file_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", "sqlite:///one.sqlite")
    put(folder, "a")
    put(folder, "b")
    assert "HOTSPOTS_DATABASE_URL is set, which wins over every file: unset it" in str(problems(folder)["a"])


def test_some_are_chosen_by_code_or_file_in_order_of_the_folder() -> None:
    members = [Member(name, Path(name), code) for name, code in (("a", "GM1"), ("b", "GM2"), ("c", ""))]
    assert [member.name for member in chosen(members, ["c", "gm1"])] == ["a", "c"]
    assert chosen(members, []) == members


def test_a_code_that_is_not_there_is_refused_with_the_nearest() -> None:
    members = [Member("maastricht", Path(), "GM0935"), Member("groningen", Path(), "GM0014")]
    with pytest.raises(SettingsError, match="2 municipalities, found 'GM0953'; did you mean 'GM0935'"):
        chosen(members, ["GM0953"])
    with pytest.raises(SettingsError, match=r"found 'xyzzy'$"):
        chosen(members, ["xyzzy"])
