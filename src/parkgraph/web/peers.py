"""Who asks: the address at the other end, or the one that a trusted proxy names."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from parkgraph.recent import characters, of_short

#: How many hops are followed.
_MOST: Final = 64
#: How proxies write an address that has a port.
_WITH_PORT: Final = re.compile(r"\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+")


class Peers:
    """Finds the address of a client; limits go by it.

    Args:
        trusted: addresses or networks (CIDR) of proxies whose X-Forwarded-For is believed.

    Raises:
        ValueError: one of ``trusted`` is neither.
    """

    def __init__(self, trusted: Sequence[str] = ()) -> None:
        self.trusted: Final = [ip_network(one, strict=False) for one in trusted]
        self._speaks = lru_cache(maxsize=1024)(self.trusts)
        self._believed = of_short(characters)(self._walk)

    def client(self, peer: str, forwarded: str) -> str:
        """The client that a request from ``peer`` comes from, if it says ``forwarded``.

        Each proxy adds to the right of X-Forwarded-For whom it got the request from, so the list
        is read from the right for as long as those who speak are trusted: what a client writes
        itself is never believed.
        """
        if not self.trusted or not forwarded or not self._speaks(peer):
            return peer
        return self._believed(peer, forwarded)

    def _walk(self, peer: str, forwarded: str) -> str:
        client = peer
        for said in reversed(forwarded.rsplit(",", _MOST)):
            if not self.trusts(client):
                break
            if (address := _address(said.strip())) is None:
                break
            client = str(address)
        return client

    def trusts(self, client: str) -> bool:
        """Whether it is one of the proxies that are believed."""
        address = _address(client)
        return address is not None and any(address in network for network in self.trusted)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    if match := _WITH_PORT.fullmatch(text):
        text = match[1] or match[2]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket for both families shows an IPv4 client in IPv6's clothes.
    return getattr(address, "ipv4_mapped", None) or address


def host(socket_address: str) -> str:
    """The address of an end of a connection, without its port.

    >>> host("127.0.0.1:8000"), host("[::1]:8000")
    ('127.0.0.1', '::1')
    """
    return socket_address.rpartition(":")[0].strip("[]")
