"""Where a webhook may go: public addresses over https; others only in networks the deployment names.

The name is looked up once and the connection made to the address that was checked, so that a name which points elsewhere a moment
later changes nothing. Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, NamedTuple

import httpx


class BadTarget(Exception):
    """`str()` says why."""


class Target(NamedTuple):
    """A request to make instead: to the address itself, in the name that was asked for."""

    url: str
    headers: dict[str, str]
    extensions: dict[str, Any]


async def pinned(url: str, networks: Sequence[str]) -> Target:
    """The target of an address. Raises BadTarget for one that is not allowed or cannot be found."""
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise BadTarget("it is no URL") from None
    if parts.scheme not in ("http", "https") or not parts.host or parts.userinfo:
        raise BadTarget("it must be an https address without a user name")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise BadTarget("its name cannot be found") from None
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    named = all(_named(address, networks) for address in addresses)
    if not addresses or not (named or all(address.is_global and not address.is_multicast for address in addresses)):
        raise BadTarget("it leads into a private network that this server may not call")
    if parts.scheme != "https" and not named:
        raise BadTarget("it must be https")
    host = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
    name = parts.host if parts.port is None else f"{parts.host}:{parts.port}"
    return Target(str(parts.copy_with(host=host.strip("[]"))), {"host": name}, {"sni_hostname": parts.host})


def _named(address: IPv4Address | IPv6Address, networks: Sequence[str]) -> bool:
    return any(address in ip_network(network) for network in networks)
