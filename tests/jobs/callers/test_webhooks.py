"""What a webhook is, and how its messages are signed."""

import base64

import pytest

from app.jobs.callers.webhooks import check_url, new_webhook_secret, signature


def test_a_secret_has_256_random_bits_and_comes_once() -> None:
    secrets = {new_webhook_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) for secret in secrets} == {32}


def test_a_message_is_signed_as_the_libraries_of_the_standard_sign_it() -> None:
    # The vector that its libraries are tested with.
    secret, message = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    signed = signature(secret, message, 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("url", ["https://lab.example/fits?plate=7", "http://10.1.2.3:8080", "http://[::1]/x"])
def test_messages_are_sent_to_addresses_of_the_web(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "lab.example",
        "ftp://lab.example",
        "https://",
        "https://lab.example:port",
        "https://ann:secret@lab.example",
        "https://lab.example/a b",
        "https://lab.example/\u00e4",
        "https://lab.example/\n",
        "https://lab.example/" + "a" * 2000,
    ],
)
def test_what_is_no_address_for_messages_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|URL"):
        check_url(url)
