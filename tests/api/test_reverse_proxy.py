"""The reverse proxy of docs/deployment, run for real in front of the service: nginx on loopback."""

import re
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.admin.imports import UPLOAD_PATH
from api.http.limits import MAX_BODY
from api.http.sent_files import max_upload_bytes
from api.http.sign_in import SESSION_COOKIE
from hotspots.access.passwords import csrf_token
from hotspots.settings import ServiceSettings, Settings

EXAMPLE = Path(__file__).parents[2] / "docs" / "deployment" / "nginx.conf"
NAME = "hotspots.example.org"


@pytest.fixture
def service_settings(service_settings: Settings, tmp_path: Path) -> Settings:
    """Uploads in the test's own folder."""
    own = ServiceSettings(uploads=tmp_path / "uploads")
    return service_settings.model_copy(update={"service": own})


@pytest.fixture
def nginx(find_program: Callable[[str, str], Path]) -> Path:
    """The program."""
    return find_program("nginx", "apt-get install nginx-light")


def write_certificate(folder: Path) -> None:
    """A certificate of the example's name, made here."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def proxied(served: str, nginx: Path, tmp_path: Path) -> Iterator[tuple[httpx2.Client, str, Path]]:
    """A client of the proxy by its name, the address of its plain port, and its log."""
    write_certificate(tmp_path)
    plain, secure = free_port(), free_port()
    text = EXAMPLE.read_text(encoding="utf-8")
    for written, here in {
        "127.0.0.1:8000": served.removeprefix("http://"),
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl": f"listen 127.0.0.1:{secure} ssl",
        "/etc/ssl/hotspots": str(tmp_path),
        "/var/log/nginx/hotspots.log": f"{tmp_path}/access.log",
    }.items():
        assert written in text
        text = text.replace(written, here)
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = tmp_path / "nginx.conf"
    user = "user root;" if tmp_path.owner() == "root" else ""
    configuration.write_text(
        f"{user} daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ {temporary}\n{text} }}\n",
        encoding="utf-8",
    )
    trusted = ssl.create_default_context(cafile=str(tmp_path / "fullchain.pem"))
    with subprocess.Popen([nginx, "-c", configuration, "-p", tmp_path], stderr=subprocess.PIPE) as process:
        give_up = time.monotonic() + 60
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < give_up, "nginx did not start"
            time.sleep(0.02)
        with httpx2.Client(
            base_url=f"https://127.0.0.1:{secure}", verify=trusted, headers={"Host": NAME}, timeout=60
        ) as client:
            client.event_hooks = {"request": [_with_name]}
            yield client, f"http://127.0.0.1:{plain}", tmp_path / "access.log"
        process.terminate()


def _with_name(request: httpx2.Request) -> None:
    request.extensions["sni_hostname"] = NAME


@pytest.mark.usefixtures("three_weeks")
def test_the_service_is_right_behind_the_example_proxy(
    proxied: tuple[httpx2.Client, str, Path], sessions: Callable[[str], str]
) -> None:
    client, plain, log = proxied
    client.get("/kaart?q=geheim")
    answer = client.get("/hotspots/HS-2023-001")
    assert answer.status_code == 200
    assert answer.headers.get_list("strict-transport-security") == ["max-age=31536000; includeSubDomains"]
    assert client.get("/metrics").status_code == 404

    redirected = httpx2.get(f"{plain}/kaart", headers={"Host": NAME})
    assert (redirected.status_code, redirected.headers["location"]) == (301, f"https://{NAME}/kaart")
    in_the_open = {"Host": NAME, "Authorization": "Bearer hs_x"}
    assert httpx2.get(f"{plain}/v1/hotspots", headers=in_the_open).status_code == 403
    assert client.request("TRACE", "/").status_code == 405

    # encrypted outside, so a session's cookie is for encrypted connections only
    sessions("oov")
    form = {"naam": "oov", "wachtwoord": "correct horse battery"}
    entered = client.post("/aanmelden", data=form, headers={"Origin": f"https://{NAME}"})
    assert entered.status_code == 303
    for cookie in entered.headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie

    # what a client claims of its address and request is dropped
    remaining = []
    for number in range(3):
        claimed = {
            "X-Forwarded-For": f"192.0.2.{number}",
            "Forwarded": "for=192.0.2.1",
            "X-Request-Id": "a" * 32,
        }
        asked = client.get("/v1/openapi.json", headers=claimed)
        remaining.append(int(asked.headers["ratelimit-remaining"]))
        assert asked.headers["x-request-id"] != "a" * 32
    assert remaining == [remaining[0], remaining[0] - 1, remaining[0] - 2]

    large = client.post("/aanmelden", content=b"x" * 70_000)
    assert large.status_code == 413
    assert large.headers["strict-transport-security"]
    upgraded = client.get("/", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
    assert upgraded.status_code == 200
    lines = log.read_text(encoding="utf-8")
    assert asked.headers["x-request-id"] in lines
    assert not any(planted in lines for planted in ("HS-2023-001", "geheim", "127.0.0.1"))


def test_a_file_of_reports_comes_through(
    proxied: tuple[httpx2.Client, str, Path], sessions: Callable[[str], str], service_settings: Settings
) -> None:
    client, _, _ = proxied
    token = sessions("beheerder")
    answer = client.post(
        UPLOAD_PATH,
        data={"csrf": csrf_token(token), "bron": "melddesk"},
        files={"bestand": ("week.csv", b"x" * 1_000_000)},
        headers={"Cookie": f"__Host-{SESSION_COOKIE}={token}", "Accept": "text/html"},
    )
    assert answer.status_code == 303, answer.text
    [kept] = service_settings.service.uploads.glob("*/week.csv")
    assert kept.stat().st_size == 1_000_000


def test_the_proxy_takes_what_the_service_takes(service_settings: Settings) -> None:
    general, uploads = re.findall(r"client_max_body_size (\w+);", EXAMPLE.read_text(encoding="utf-8"))
    assert (general, MAX_BODY) == ("64k", 64 * 1024)
    assert uploads == "11m"
    assert 10_000_000 < max_upload_bytes(service_settings) <= 11 * 1024**2
