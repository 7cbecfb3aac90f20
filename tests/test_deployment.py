"""The files of docs/deployment: units as systemd reads them, and what containers may and are given."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from hotspots import __version__
from hotspots.settings import Settings, environment_name, known_keys, load_settings
from hotspots.settings.file import GIVEN_AS_FILE
from tests.deployment import engines
from tests.deployment.containerfile import read_instructions

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "deployment"
UNITS = ("hotspots-serve", "hotspots-schedule")

Find = Callable[[str, str], Path]


@pytest.fixture
def analyze(find_program: Find) -> Path:
    """The program."""
    return find_program("systemd-analyze", "apt-get install systemd")


@pytest.fixture
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A unit, with a program that exists on this machine."""
    text = (FOLDER / f"{request.param}.service").read_text(encoding="utf-8")
    program = "/opt/hotspots/current/bin/hotspots"
    assert f"ExecStart={program} {request.param.removeprefix('hotspots-')}\n" in text
    path = tmp_path / f"{request.param}.service"
    path.write_text(text.replace(program, "/bin/true"), encoding="utf-8")
    return path


@pytest.mark.parametrize("unit", UNITS, indirect=True)
def test_systemd_understands_every_line_of_a_unit(analyze: Path, unit: Path) -> None:
    ended = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, check=False)
    assert [line for line in ended.stderr.splitlines() if unit.name in line] == []


@pytest.mark.parametrize("unit", UNITS, indirect=True)
def test_systemd_finds_little_that_a_unit_may_do(analyze: Path, unit: Path) -> None:
    ended = subprocess.run(
        [analyze, "security", "--offline=true", unit], capture_output=True, text=True, check=False
    )
    level = re.search(r"exposure level for .*: ([\d.]+)", ended.stdout)
    assert level is not None, ended.stderr
    assert float(level[1]) <= 1.5


def test_the_units_differ_only_in_what_they_run_and_may_take() -> None:
    sandboxes = {
        (FOLDER / f"{name}.service").read_text(encoding="utf-8").split("# What it may do")[1]
        for name in UNITS
    }
    assert len(sandboxes) == 1


def test_the_environment_file_names_settings_that_exist() -> None:
    text = (FOLDER / "hotspots.env").read_text(encoding="utf-8")
    names = set(re.findall(r"^#?(HOTSPOTS_\w+)=", text, re.MULTILINE))
    assert names - {"HOTSPOTS_CONFIG"} <= {environment_name(key) for key in known_keys()}
    assert "HOTSPOTS_DATABASE_URL" in names


CONTAINER = FOLDER / "container"
KUBERNETES = FOLDER / "kubernetes"
SERVICES: dict[str, Any] = yaml.safe_load((CONTAINER / "compose.yaml").read_text(encoding="utf-8"))
MANIFESTS: list[dict[str, Any]] = list(
    yaml.safe_load_all((KUBERNETES / "hotspots.yaml").read_text(encoding="utf-8"))
)
OWN = ("upgrade", "serve", "schedule", "admin")
OF_ENVIRONMENT = {environment_name(key) for key in known_keys()} | {
    f"{environment_name(key)}_FILE" for key in GIVEN_AS_FILE
}


def manifests(kind: str) -> list[dict[str, Any]]:
    return [manifest for manifest in MANIFESTS if manifest["kind"] == kind]


def test_the_image_begins_with_nothing_is_not_root_and_starts_without_a_shell() -> None:
    steps = read_instructions(CONTAINER / "Containerfile")
    last = [step.name for step in steps].index("FROM", 3)
    assert steps[last].text == "scratch"
    of_last = {step.name: step.text for step in steps[last:]}
    assert "RUN" not in of_last
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", of_last["USER"])
    assert of_last["ENTRYPOINT"] == '["/opt/hotspots/bin/hotspots"]'
    assert of_last["CMD"] == '["serve"]'
    assert re.search(r'CMD \["/opt/.*/gezond', of_last["HEALTHCHECK"])
    installed = [step.text for step in steps if step.name == "RUN" and "--requirement" in step.text]
    assert installed
    assert all("--require-hashes" in text for text in installed)
    named = set(re.findall(r"(HOTSPOTS_\w+)=", of_last["ENV"]))
    assert named - {"HOTSPOTS_CONFIG"} <= OF_ENVIRONMENT


@pytest.mark.parametrize("name", [*OWN, "database"])
def test_a_container_may_do_nothing_but_write_its_volumes(name: str) -> None:
    service = SERVICES["services"][name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].split(":")[0]) > 0
    assert not service.get("privileged")
    assert {secret.split("/")[0] for secret in service["secrets"]} <= set(SERVICES["secrets"])
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


@pytest.mark.parametrize("name", OWN)
def test_a_container_is_given_settings_that_exist_and_no_secret_but_as_a_file(name: str) -> None:
    service = SERVICES["services"][name]
    assert set(service["environment"]) <= OF_ENVIRONMENT
    files = {value for value in service["environment"].values() if value.startswith("/run/secrets/")}
    assert files == {f"/run/secrets/{secret}" for secret in service["secrets"]}
    assert not {environment_name(key) for key in GIVEN_AS_FILE} & set(service["environment"])


def test_the_database_has_no_network_and_all_wait_for_it() -> None:
    services = SERVICES["services"]
    assert services["database"]["network_mode"] == "none"
    # by its socket also answers the server that only makes the database, and then ends
    assert "--host" in services["database"]["healthcheck"]["test"]
    for name in ("serve", "schedule"):
        assert services[name]["depends_on"]["upgrade"] == {"condition": "service_completed_successfully"}
        assert services[name]["depends_on"]["database"] == {"condition": "service_healthy"}
        assert services[name]["healthcheck"]["test"][0] == "CMD"


def test_no_secret_of_a_checkout_goes_into_what_an_image_is_built_from() -> None:
    steps = read_instructions(CONTAINER / "Containerfile")
    copied = [
        ROOT / word
        for step in steps
        if step.name == "COPY" and "--from" not in step.text
        for word in step.text.split()[:-1]
    ]
    allowed = (CONTAINER / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    copied += [ROOT / line.removeprefix("!") for line in allowed if line.startswith("!")]
    assert all(path.exists() for path in copied)
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    own = [ROOT / line.strip("/") for line in ignored if "/deployment/" in line]
    assert {path.name for path in own} >= {"secrets", "hotspots.toml", "secrets.yaml"}
    assert [(secret, path) for secret in own for path in copied if secret.is_relative_to(path)] == []


@pytest.fixture
def told_to_compose(tmp_path: Path) -> Callable[..., list[str]]:
    """Run deploy.sh beside a compose that only writes down what it is told; gives that."""
    folder = tmp_path / "docs" / "deployment" / "container"
    shutil.copytree(CONTAINER, folder, ignore=shutil.ignore_patterns("secrets", "hotspots.toml"))
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    compose = tmp_path / "compose"
    compose.write_text(f'#!/bin/sh\necho "$HOTSPOTS_VERSION $*" >>{tmp_path}/told\n', encoding="utf-8")
    compose.chmod(0o755)

    def deploy(**environment: str) -> list[str]:
        tmp_path.joinpath("told").write_text("", encoding="utf-8")
        given = {"PATH": "/usr/bin:/bin", "COMPOSE": str(compose)} | environment
        ended = subprocess.run(["sh", folder / "deploy.sh"], env=given, check=False, capture_output=True)
        told = (tmp_path / "told").read_text(encoding="utf-8").replace("--file compose.yaml ", "")
        return [*told.splitlines(), str(ended.returncode)]

    return deploy


def test_one_command_deploys_and_nothing_works_with_the_database_while_it_is_upgraded(
    told_to_compose: Callable[..., list[str]], tmp_path: Path
) -> None:
    folder = tmp_path / "docs" / "deployment" / "container"
    assert told_to_compose() == ["1"]  # the settings to be filled in
    assert (folder / "hotspots.toml").stat().st_mode & 0o777 == 0o644
    assert (folder / "secrets").stat().st_mode & 0o777 == 0o700
    (folder / "secrets" / "client_secret").write_text("of the provider\n", encoding="utf-8")
    then = ["stop serve schedule", "up --no-build --detach --wait", "run --rm admin check"]
    built = [f"{__version__} {words}" for words in ("build serve", *then)]
    assert told_to_compose() == [*built, "0"]
    given = [f" {words}" for words in then]
    assert told_to_compose(HOTSPOTS_IMAGE="hotspots:of-a-release") == [*given, "0"]
    (folder / ".env").write_text("HOTSPOTS_IMAGE=hotspots:of-a-release\n", encoding="utf-8")
    assert told_to_compose() == [*given, "0"]


@pytest.mark.parametrize("name", ["deploy.sh", "make-secrets.sh"])
def test_a_script_is_one_for_any_shell(name: str) -> None:
    subprocess.run(["sh", "-n", CONTAINER / name], check=True)


def test_secrets_are_made_once_and_stay(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    command: list[str | Path] = ["sh", CONTAINER / "make-secrets.sh", folder]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "wanted the client secret of your OpenID Connect provider" in ended.stderr
    made = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    (folder / "client_secret").write_text("of the provider\n", encoding="utf-8")
    subprocess.run(command, check=True)
    kept = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert kept == made | {"client_secret": "of the provider\n"}
    assert set(kept) == set(SERVICES["secrets"])
    assert made["database_password"] in made["database_url"]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o400}


def test_the_example_of_settings_and_that_of_the_manifests_are_closed(tmp_path: Path) -> None:
    (manifest,) = manifests("ConfigMap")
    for text in (
        (CONTAINER / "hotspots.example.toml").read_text(encoding="utf-8"),
        manifest["data"]["hotspots.toml"],
    ):
        path = tmp_path / "hotspots.toml"
        path.write_text(text, encoding="utf-8")
        settings: Settings = load_settings(path, {})
        assert settings.sign_in.required
        assert settings.sign_in.issuer.startswith("https://")
        assert settings.service.address.startswith("https://")


def test_one_scheduler_runs_and_no_cron_job() -> None:
    assert {manifest["kind"] for manifest in MANIFESTS}.isdisjoint({"CronJob", "Job"})
    of = {manifest["metadata"]["name"]: manifest["spec"] for manifest in manifests("Deployment")}
    assert set(of) == {"hotspots-serve", "hotspots-schedule"}
    assert of["hotspots-serve"]["replicas"] == 2
    assert of["hotspots-schedule"]["replicas"] == 1
    assert of["hotspots-schedule"]["strategy"] == {"type": "Recreate"}
    (budget,) = manifests("PodDisruptionBudget")
    assert budget["spec"]["selector"] == of["hotspots-serve"]["selector"]


@pytest.mark.parametrize("name", ["hotspots-serve", "hotspots-schedule"])
def test_a_pod_has_no_rights_limits_and_probes(name: str) -> None:
    (found,) = (one for one in manifests("Deployment") if one["metadata"]["name"] == name)
    pod = found["spec"]["template"]["spec"]
    assert not pod["automountServiceAccountToken"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (upgrade,), (container,) = pod["initContainers"], pod["containers"]
    assert upgrade["args"] == ["db", "upgrade"]
    for one in (upgrade, container):
        rights = one["securityContext"]
        assert rights["readOnlyRootFilesystem"]
        assert not rights["allowPrivilegeEscalation"]
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert set(one["resources"]) == {"requests", "limits"}
        assert "@sha256:" in one["image"]
        assert {variable["name"] for variable in one["env"]} <= OF_ENVIRONMENT
        assert {mount["name"] for mount in one["volumeMounts"]} == {
            volume["name"] for volume in pod["volumes"]
        }
    assert "livenessProbe" in container
    if name == "hotspots-serve":
        assert container["readinessProbe"]["httpGet"]["path"] == "/gezond"


def test_all_traffic_is_refused_but_what_is_named() -> None:
    of = {manifest["metadata"]["name"]: manifest["spec"] for manifest in manifests("NetworkPolicy")}
    assert of["hotspots-nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert all(rule["to"] and rule["ports"] for rule in of["hotspots-out"]["egress"])
    assert all(rule["from"] and rule["ports"] for rule in of["hotspots-in"]["ingress"])


def test_the_secret_of_the_manifests_has_the_files_that_are_named() -> None:
    secret = yaml.safe_load((KUBERNETES / "secrets.example.yaml").read_text(encoding="utf-8"))
    (serve, _) = manifests("Deployment")
    (container,) = serve["spec"]["template"]["spec"]["containers"]
    named = {Path(variable["value"]).name for variable in container["env"]}
    assert named == set(secret["stringData"])


@pytest.mark.parametrize(
    ("script", "told"),
    [
        pytest.param(
            "echo no daemon >&2; exit 1", "docker not tried: no daemon", id="a client without an engine"
        ),
        pytest.param(
            "[ $1 != run ] || exit 125", "docker not tried: it ended with 125", id="one that runs nothing"
        ),
        pytest.param(
            "[ $1 != run ] || echo other",
            "docker not tried: wanted 'seen' of a file, found 'other'",
            id="on another machine",
        ),
        pytest.param("[ $1 != run ] || echo seen", "docker can", id="one that works"),
    ],
)
@pytest.mark.skipif(os.geteuid() != 0, reason="files of other accounts are made by root only")
def test_the_trial_takes_an_engine_that_can_build_and_run_and_says_why_it_takes_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, told: str
) -> None:
    (tmp_path / "docker").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    said = list[str]()
    found = engines.working("docker", tmp_path, said)
    assert said == [told]
    assert (found is not None) == (told == "docker can")


def test_an_engine_may_see_all_that_the_containerfile_copies_and_no_more(tmp_path: Path) -> None:
    context = engines.make_context(tmp_path)
    steps = read_instructions(CONTAINER / "Containerfile")
    copied = [step.text.split()[:-1] for step in steps if step.name == "COPY" and "--from" not in step.text]
    assert all((context / name).exists() for names in copied for name in names)
    assert {path.name for path in context.rglob("*")}.isdisjoint({".git", ".venv", "secrets", "__pycache__"})
