"""The one way out: HTTP to an address that a person typed, without a door into the company's own network.

The host is resolved here, every address is checked, and the connection goes to exactly the address that was checked
(a name that answers differently a moment later gains nothing); the Host header and the certificate stay the name's.
Redirects are checked again at each hop. `OUTBOUND_ALLOW` (host:port) opens what a company runs inside.
"""

from __future__ import annotations

import ipaddress
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from io import BytesIO
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from urllib3 import HTTPHeaderDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError, SSLError
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

MEGABYTE = 1024 * 1024
MOST_BYTES = 5 * MEGABYTE
MOST_HOPS = 3
CHUNK = 64 * 1024
MOST_OF_AN_ERROR = 64 * 1024
PORTS_BELOW_1024 = {80, 443}
REDIRECTS = {301, 302, 303, 307, 308}

# What goes on to another host after a redirect; anything else may be a key.
HARMLESS_HEADERS = {"accept", "accept-language", "accept-encoding", "user-agent"}
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2
# What the connection itself says.
OUR_HEADERS = {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "expect"}

# Public by their number and still no place for us: the instance services of clouds.
CLOUD_SERVICES = {ipaddress.ip_address("168.63.129.16")}
# Shared by providers, their own protocols, relays from IPv4 to IPv6: Python's lists differ from version to version.
NEVER_V4 = tuple(
    map(ipaddress.IPv4Network, ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4"))
)
PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
CARRIES_V4 = (  # IPv6 that hides an IPv4 address, and how far its bits stand from the right
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("::/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)
TUNNELS = tuple(map(ipaddress.IPv6Network, ("2001::/32", "64:ff9b:1::/48")))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutboundRefused(Exception):
    """This will not work however often it is tried. The message is for people."""


class OutboundFailed(Exception):
    """It may work later. The message is for people."""


@dataclass(frozen=True)
class Answer:
    """What came back, whatever the status. Header names are found in any case; `url` is where redirects led."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True)
class _Place:
    scheme: str
    host: str
    port: int
    target: str  # path and query, as they go over the wire

    @property
    def url(self) -> str:
        usual = self.port == (443 if self.scheme == "https" else 80)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}{'' if usual else f':{self.port}'}{self.target}"


def send(
    *,
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: float = 10.0,
    most_bytes: int = MOST_BYTES,
) -> Answer:
    """Sends one request; `timeout` is seconds for all of it, redirects included.

    Redirects are followed for GET and HEAD alone. Raises OutboundRefused or OutboundFailed, never for a status.
    """
    into = BytesIO()
    answer = _send(method, url, headers or {}, body, timeout, most_bytes, into)
    return Answer(answer.status, answer.headers, answer.body or into.getvalue(), answer.url)


def download(
    *,
    url: str,
    to: BinaryIO,
    headers: Mapping[str, str] | None = None,
    timeout: float = 60.0,
    most_bytes: int = MOST_BYTES,
) -> Answer:
    """GET into an open file. The answer's body is empty, except where the status is an error: then its beginning.

    Raises as `send` does; what is in the file then is to be thrown away.
    """
    return _send("GET", url, headers or {}, None, timeout, most_bytes, to)


def check_url(url: str) -> str:
    """The address as it will be called, without asking the network; raises OutboundRefused. For forms."""
    place = _parse(url)
    with suppress(ValueError):
        _check(ipaddress.ip_address(place.host), place)
    return place.url


def check_place(url: str, *, timeout: float = 3.0) -> str:
    """As `check_url`, and looks up where the name leads now; a name that nobody knows yet passes. For forms.

    `timeout` in seconds. What is called later is checked again then.
    """
    place = _parse(url)
    with suppress(OutboundFailed):
        _addresses(place, time.monotonic() + timeout)
    return place.url


def is_opened(url: str) -> bool:
    """Whether an administrator of the server has opened this very place by OUTBOUND_ALLOW."""
    place = _parse(url)
    return _allowed(place.host, place.port)


# -- One request -------------------------------------------------------------------------------------


def _send(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    timeout: float,
    most_bytes: int,
    into: BinaryIO,
) -> Answer:
    method = method.upper()
    deadline = time.monotonic() + timeout
    place, carried = _parse(url), _clean(headers)
    for _hop in range(MOST_HOPS + 1):
        answer = _once(method, place, carried, body, deadline, most_bytes, into)
        onward = answer.headers.get("Location")
        if answer.status not in REDIRECTS or method not in {"GET", "HEAD"} or not onward:
            return answer
        following = _parse(urljoin(place.url, onward))
        if place.scheme == "https" and following.scheme == "http":
            raise OutboundRefused(
                _("%(host)s sends us on from a secure address to one that is not.") % {"host": place.host}
            )
        safer = (place.scheme, place.port, following.scheme, following.port) == ("http", 80, "https", 443)
        same = (place.scheme, place.port) == (following.scheme, following.port) or safer
        if following.host != place.host or not same:
            carried = {name: value for name, value in carried.items() if name.lower() in HARMLESS_HEADERS}
        place = following
    raise OutboundRefused(_("%(host)s sends us on and on.") % {"host": place.host})


def _once(
    method: str,
    place: _Place,
    headers: Mapping[str, str],
    body: bytes | None,
    deadline: float,
    most_bytes: int,
    into: BinaryIO,
) -> Answer:
    hung = _("%(host)s did not answer in time.") % {"host": place.host}
    connection = _connection(place, _addresses(place, deadline), deadline)
    watch = threading.Timer(max(0.0, deadline - time.monotonic()), connection.hang_up)
    watch.daemon = True
    watch.start()
    try:
        connection.request(method, place.target, body=body, headers=headers, preload_content=False)
        response = connection.getresponse()
        found = HTTPHeaderDict(response.headers)
        if method == "HEAD" or response.status in REDIRECTS:
            return Answer(response.status, found, b"", place.url)
        if 200 <= response.status < 300:
            _read(response, into, most_bytes, deadline)
            return Answer(response.status, found, b"", place.url)
        start = BytesIO()
        with suppress(OutboundRefused):  # an error may be as long as it likes: its beginning is enough
            _read(response, start, MOST_OF_AN_ERROR, deadline)
        return Answer(response.status, found, start.getvalue(), place.url)
    except (HTTPError, HTTPException, OSError) as error:
        if connection.hung_up or isinstance(error, TimeoutError):
            raise OutboundFailed(hung) from error
        raise OutboundFailed(_why(place, error)) from error
    except (ValueError, UnicodeError) as error:  # a header with a line break, and the like
        raise OutboundRefused(_("A header or the address holds letters that cannot be sent.")) from error
    finally:
        watch.cancel()
        connection.close()
        connection.forget()


def _read(response: BaseHTTPResponse, into: BinaryIO, most_bytes: int, deadline: float) -> None:
    size = 0
    for chunk in response.stream(CHUNK, decode_content=True):
        size += len(chunk)
        if size > most_bytes:
            raise OutboundRefused(
                _("The answer is larger than %(limit)s MB.") % {"limit": max(1, most_bytes // MEGABYTE)}
            )
        if time.monotonic() > deadline:
            raise TimeoutError
        into.write(chunk)


def _why(place: _Place, error: Exception) -> str:
    if isinstance(error, SSLError | ssl.SSLError):
        return _("%(host)s has no certificate that we can trust: %(why)s.") % {
            "host": place.host,
            "why": str(error.args[0] if error.args else error)[:200],
        }
    if isinstance(error, ConnectionRefusedError):
        return _("Nobody answers at %(host)s, port %(port)s.") % {"host": place.host, "port": place.port}
    return _("The connection to %(host)s broke off, or what came is no HTTP.") % {"host": place.host}


# -- Where to ----------------------------------------------------------------------------------------


def _parse(url: str) -> _Place:
    unclear = OutboundRefused(_("This is no address of the kind https://example.com/path."))
    url = url.strip()
    if any(letter <= " " or letter in '\x7f\\"<>' for letter in url):
        raise unclear
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise unclear from None
    if parts.scheme not in {"http", "https"}:
        raise OutboundRefused(_("Only addresses that begin with https:// or http:// can be called."))
    if "@" in parts.netloc:
        raise OutboundRefused(
            _("Take the name and password out of the address; put them into a header (Authorization).")
        )
    try:
        host = host.rstrip(".") if host.isascii() else host.encode("idna").decode()
        # Built anew from its parts, so that nobody downstream can read another host out of it.
        path = parse_url(f"http://host{parts.path or '/'}{'?' + parts.query if parts.query else ''}")
    except (UnicodeError, LocationParseError):
        raise unclear from None
    if not host or "%" in host:
        raise unclear
    port = port or (443 if parts.scheme == "https" else 80)
    if port < 1024 and port not in PORTS_BELOW_1024 and not _allowed(host, port):
        raise OutboundRefused(_("Port %(port)s is not one for HTTP.") % {"port": port})
    return _Place(parts.scheme, host, port, path.request_uri)


def _allowed(host: str, port: int) -> bool:
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" in {entry.lower() for entry in settings.OUTBOUND_ALLOW}


def _addresses(place: _Place, deadline: float) -> list[str]:
    """Every address of the host, each of them checked. Asking for names cannot be hurried, so a thread waits for it."""
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=max(0.01, deadline - time.monotonic()))
    except queue.Empty:
        found = TimeoutError()
    if isinstance(found, Exception) or not found:
        raise OutboundFailed(_("The name %(host)s is not known, or nobody says.") % {"host": place.host})
    for address in found:
        _check(ipaddress.ip_address(address.partition("%")[0]), place)
    return found


def _check(address: Address, place: _Place) -> None:
    if _is_public(address):
        return
    # What an administrator opens is inside; the services of the cloud's machine and groups of machines stay shut.
    inside = not (address.is_link_local or address.is_multicast or address.is_unspecified)
    if inside and address not in CLOUD_SERVICES and _allowed(place.host, place.port):
        return
    raise OutboundRefused(
        _(
            "%(host)s leads into an internal network, where Plumbline does not go."
            " An administrator of the server can open it with OUTBOUND_ALLOW=%(host)s:%(port)s."
        )
        % {"host": place.host, "port": place.port}
    )


def _is_public(address: Address) -> bool:
    if address in CLOUD_SERVICES:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return (
            address.is_global
            and not address.is_multicast
            and not any(address in network for network in NEVER_V4)
        )
    for network, shift in CARRIES_V4:
        if address in network:
            return _is_public(ipaddress.IPv4Address((int(address) >> shift) & 0xFFFFFFFF))
    return (
        address in PUBLIC_V6
        and address.is_global
        and not address.is_multicast
        and not any(address in network for network in TUNNELS)
    )


# -- The connection ----------------------------------------------------------------------------------


@dataclass
class _Checked:
    """Connects to addresses that were checked, whatever the name says by now, and can be hung up from outside."""

    addresses: list[str] = field(default_factory=list)
    deadline: float = 0.0
    line: socket.socket | None = None
    hung_up: bool = False


class _Dialled:
    """Laid over urllib3's connections: the name is theirs for Host and certificate, the way there is ours."""

    checked: _Checked
    port: int | None

    def _new_conn(self) -> socket.socket:
        return _dial(self.checked, self.port or 443)

    @property
    def hung_up(self) -> bool:
        return self.checked.hung_up

    def hang_up(self) -> None:
        self.checked.hung_up = True
        if self.checked.line is not None:
            with suppress(OSError):
                self.checked.line.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        if self.checked.line is not None:
            self.checked.line.close()


class _Plain(_Dialled, HTTPConnection):  # type: ignore[misc]  # `port` is the same attribute
    pass


class _Secure(_Dialled, HTTPSConnection):  # type: ignore[misc]
    pass


def _connection(place: _Place, addresses: list[str], deadline: float) -> _Plain | _Secure:
    left = max(0.01, deadline - time.monotonic())
    connection: _Plain | _Secure
    if place.scheme == "https":
        connection = _Secure(place.host, place.port, timeout=left, cert_reqs="CERT_REQUIRED")
    else:
        connection = _Plain(place.host, place.port, timeout=left)
    connection.checked = _Checked(addresses, deadline)
    return connection


def _dial(checked: _Checked, port: int) -> socket.socket:
    problem: OSError = OSError("no address")
    for address in checked.addresses:
        left = checked.deadline - time.monotonic()
        if left <= 0 or checked.hung_up:
            raise TimeoutError
        try:
            line = socket.create_connection((address, port), timeout=left)
        except OSError as error:
            problem = error
            continue
        # TLS takes the socket over and reads in steps, each with a time of its own; a second handle can end them all.
        checked.line = line.dup()
        return line
    raise problem


def _clean(headers: Mapping[str, str]) -> dict[str, str]:
    for name in headers:
        if not TOKEN.fullmatch(name):
            raise OutboundRefused(_("“%(name)s” cannot be the name of a header.") % {"name": name[:80]})
        if name.lower() in OUR_HEADERS:
            raise OutboundRefused(_("The header %(name)s is set by the connection itself.") % {"name": name})
    given = {name.lower() for name in headers}
    usual = {"User-Agent": "Plumbline", "Accept-Encoding": "gzip, deflate"}
    return {name: value for name, value in usual.items() if name.lower() not in given} | dict(headers)
