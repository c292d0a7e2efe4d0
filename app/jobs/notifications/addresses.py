"""The addresses of hosts to which messages may be sent: public ones, and those of networks that a setting names.

Whoever asks checks the addresses to which it then connects, and not the name: what a name means may change in between.
"""

import ipaddress
import socket
from collections.abc import Collection
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressError(Exception):
    """A host has no address to which messages may be sent; the message says why."""


def permitted_addresses(host: str, port: int, networks: Collection[Network]) -> list[str]:
    """Return the addresses of a host to which messages may be sent. Raises AddressError if there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressError(f"the name {host} has no address: {error}") from None
    addresses = dict.fromkeys(str(address[0]) for *_, address in found)
    permitted = [address for address in addresses if is_permitted(address, networks)]
    if not permitted:
        raise AddressError(
            f"{host} is not a public address, and not in FIT_WEBHOOK_NETWORKS, which names others that are permitted"
        )
    return permitted


def is_permitted(address: str, networks: Collection[Network]) -> bool:
    """Tell whether messages may be sent to an address."""
    # Where an address of version 4 is written in one of version 6, that is where the message goes.
    inner = _inner(ipaddress.ip_address(address))
    return _is_public(inner) or any(inner in network for network in networks)


def _is_public(address: Address) -> bool:
    # Of version 6, all other addresses are reserved, some of them for what is private.
    is_unicast = address in _UNICAST if isinstance(address, ipaddress.IPv6Address) else not address.is_multicast
    return is_unicast and address.is_global


def _inner(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    in_nat64 = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None
    return address.ipv4_mapped or address.sixtofour or in_nat64 or address
