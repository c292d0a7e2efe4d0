"""One try to send a message, to a real receiver."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.jobs.notifications.sending import Outcome, Sender
from tests.helpers.receiver import LOOPBACK, Receiver

BODY, HEADERS = b'{"a": 1}', {"webhook-id": "msg_1"}


def sent(url: str, *networks: str, seconds: float = 20.0) -> Outcome:
    async def send() -> Outcome:
        async with Sender([ipaddress.ip_network(network) for network in networks], seconds) as sender:
            return await sender.send(url, HEADERS, BODY)

    return anyio.run(send)


def test_a_message_that_is_answered_2xx_has_arrived() -> None:
    with Receiver(202) as receiver:
        outcome = sent(receiver.url, LOOPBACK)
    assert (outcome, outcome.is_final) == (Outcome(202), True)
    (message,) = receiver.messages
    assert (message.path, message.body, message.headers["webhook-id"]) == ("/fits", BODY, "msg_1")
    assert message.headers["host"] == f"localhost:{receiver.port}"
    assert message.headers["user-agent"].startswith("fit-service/")


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_any_other_answer_says_to_try_again(status: int) -> None:
    with Receiver(status, headers=[("Retry-After", "120")]) as receiver:
        outcome = sent(receiver.url, LOOPBACK)
    assert (outcome.status, outcome.is_final, outcome.asked_seconds) == (status, False, 120.0)
    assert outcome.error is not None
    assert outcome.error.startswith(f"it was answered {status}")


def test_a_receiver_that_is_gone_is_not_tried_again() -> None:
    with Receiver(410) as receiver:
        outcome = sent(receiver.url, LOOPBACK)
    assert (outcome.status, outcome.is_final) == (410, True)
    assert outcome.error is not None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with Receiver() as other, Receiver(status, headers=[("Location", other.url)]) as receiver:
        outcome = sent(receiver.url, LOOPBACK)
    assert (outcome.error, outcome.is_final) == (f"it was answered {status}: redirects are not followed", False)
    assert other.messages == []


def test_a_private_address_is_refused_and_not_connected_to() -> None:
    with Receiver() as receiver:
        outcome = sent(receiver.url, "10.0.0.0/8")
    assert receiver.messages == []
    assert outcome.error is not None
    assert "not a public address" in outcome.error


def test_a_connection_that_is_refused_says_to_try_again() -> None:
    outcome = sent(Receiver().url, LOOPBACK)
    assert (outcome.status, outcome.is_final) == (None, False)
    assert outcome.error is not None
    assert outcome.error.startswith("there was no answer: ")


def test_the_address_that_was_judged_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that means another address at the second look gains nothing: there is none."""
    looked_up: list[str] = []

    def look_up(host: str, *arguments: Any, **named: Any) -> Any:
        looked_up.append(host)
        return resolve("127.0.0.1" if looked_up == ["rebinding.example"] else host, *arguments, **named)

    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with Receiver() as receiver:
        outcome = sent(f"http://rebinding.example:{receiver.port}/", LOOPBACK)
    assert outcome == Outcome(204)
    assert receiver.messages[0].headers["host"] == f"rebinding.example:{receiver.port}"
    assert looked_up.count("rebinding.example") == 1


def test_of_several_addresses_the_next_is_taken_where_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda _host, port, **_: [(0, 0, 0, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")],
    )
    with Receiver() as receiver:
        assert sent(receiver.url, LOOPBACK) == Outcome(204)


def test_a_receiver_that_sends_byte_after_byte_is_left_alone_in_time() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with closing(connection), pytest.raises(OSError):  # noqa: PT011, PT012 - whatever says that nobody reads
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
                while True:
                    connection.sendall(b"a")
                    time.sleep(0.05)

        thread = threading.Thread(target=drip)
        thread.start()
        outcome = sent(f"http://127.0.0.1:{listener.getsockname()[1]}/", LOOPBACK, seconds=0.5)
        thread.join()
    assert outcome == Outcome(error="there was no answer within 0.5 s")


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Return what a server of the name `localhost` needs, which this machine trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_certificates_are_those_of_the_name_and_not_of_the_number(tls: ssl.SSLContext) -> None:
    with Receiver(tls=tls) as receiver:
        assert sent(receiver.url, LOOPBACK) == Outcome(204)
        by_number = sent(receiver.url.replace("localhost", "127.0.0.1"), LOOPBACK)
    assert by_number.error is not None
    assert "certificate verify failed" in by_number.error
    assert len(receiver.messages) == 1
