"""Addresses to which messages may be sent."""

import ipaddress

import pytest

from app.jobs.notifications.addresses import AddressError, is_permitted, permitted_addresses


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_permitted(address: str) -> None:
    assert is_permitted(address, ())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104 - it is refused
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "::7f00:1",
        "fec0::1",
        "64:ff9b:1::7f00:1",
    ],
)
def test_private_loopback_and_link_local_addresses_are_not_however_they_are_written(address: str) -> None:
    assert not is_permitted(address, ())


def test_of_other_addresses_those_in_a_network_of_the_setting_are_permitted() -> None:
    networks = [ipaddress.ip_network("10.2.0.0/16"), ipaddress.ip_network("fd00::/8")]
    assert all(is_permitted(address, networks) for address in ("10.2.255.1", "::ffff:10.2.0.1", "fd12::1"))
    assert not any(is_permitted(address, networks) for address in ("10.3.0.1", "fc00::1", "127.0.0.1"))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "2130706433", "0x7f.1"])
def test_a_host_that_means_a_private_address_is_refused_with_the_setting_that_permits_it(host: str) -> None:
    with pytest.raises(AddressError, match="not a public address, and not in FIT_WEBHOOK_NETWORKS"):
        permitted_addresses(host, 80, ())


def test_a_name_that_nobody_knows_has_no_address() -> None:
    with pytest.raises(AddressError, match=r"the name nowhere\.invalid has no address"):
        permitted_addresses("nowhere.invalid", 80, ())
    with pytest.raises(AddressError, match="has no address"):
        permitted_addresses("a" * 64 + ".example", 80, ())
