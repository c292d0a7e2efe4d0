"""Settings that can't work are refused at the start, in words."""

import pytest
from pydantic import ValidationError

from app.settings import Settings, SettingsError, read_settings, without_meaning


@pytest.mark.parametrize(
    "wrong",
    [
        {"chunk_seconds": 0.5, "cancel_seconds": 0.6},
        {"database_url": "sqlite://"},
        {"database_url": "sqlite:///:memory:"},
        {"log_level": "loud"},
        {"port": 70000},
        {"workers": 0},
        {"webhook_networks": "10.1.0.0/8"},
        {"webhook_networks": "lab.example"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)


def test_the_environment_is_read_with_a_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIT_PORT", "8080")
    assert Settings().port == 8080


def test_what_looks_like_a_setting_and_is_none_is_told() -> None:
    words = list(without_meaning(["FIT_PORT", "FIT_WORKER", "FIT_COMPILE", "PATH"]))
    assert words == ["FIT_WORKER is no setting: did you mean FIT_WORKERS?"]


def test_a_setting_that_is_gone_is_refused() -> None:
    with pytest.raises(SettingsError, match="FIT_COMPILE has no meaning any more: programs are always made"):
        read_settings(["FIT_COMPILE"])


def test_networks_to_which_webhooks_may_be_sent_are_listed_with_commas() -> None:
    networks = Settings(webhook_networks="10.2.0.0/16, fd00::/8,192.168.1.7").permitted_networks
    assert [str(network) for network in networks] == ["10.2.0.0/16", "fd00::/8", "192.168.1.7/32"]
