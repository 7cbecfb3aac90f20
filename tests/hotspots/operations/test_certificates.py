"""Certificates of a real server on loopback: one that is trusted, one that ended, one of nobody."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hotspots.operations.certificates import read_certificate

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[datetime], tuple[str, Path]]]:
    """Serve a certificate that ends at a moment, once; gives the address and the certificate."""
    listeners = []

    def start(ends_at: datetime) -> tuple[str, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hotspots")])
        names = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=90))
            .not_valid_after(ends_at)
            .add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, SHA256())
        )
        path, key_path = tmp_path / "server.crt", tmp_path / "server.key"
        path.write_bytes(certificate.public_bytes(Encoding.PEM))
        key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path, key_path)
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def answer() -> None:
            plain, _ = listener.accept()
            try:
                context.wrap_socket(plain, server_side=True).close()
            except OSError:
                plain.close()

        threading.Thread(target=answer, daemon=True).start()
        return f"https://127.0.0.1:{listener.getsockname()[1]}", path

    yield start
    for listener in listeners:
        listener.close()


def test_one_that_is_trusted_tells_its_end(
    serve: Callable[[datetime], tuple[str, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, path = serve(NOW + timedelta(days=30))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    found = read_certificate(address, timeout_s=5)
    assert (found.ends_at, found.problem) == (NOW + timedelta(days=30), "")


def test_one_that_ended_is_told_from_one_of_nobody(
    serve: Callable[[datetime], tuple[str, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = serve(NOW + timedelta(days=30))
    unknown = read_certificate(address, timeout_s=5)
    assert unknown.problem
    assert not unknown.has_ended
    address, path = serve(NOW - timedelta(days=1))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    assert read_certificate(address, timeout_s=5).has_ended


def test_where_nobody_answers_the_problem_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert "refused" in read_certificate(f"https://127.0.0.1:{port}", timeout_s=5).problem
