"""Which pages may frame one of ours: `https://host` or `https://host:port`, one a line.

They go into a header, so nothing but what an origin is made of gets through; no stars, since whoever may put a page
under any name of a domain could frame it then.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

MOST = 10
LENGTH = 200  # characters
# Web pages of theirs that show pages of others.
SUGGESTED = (
    ("WeCom · 企业微信", "https://work.weixin.qq.com"),
    ("DingTalk · 钉钉", "https://im.dingtalk.com"),
)
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")


class BadOrigin(ValueError):
    """What is wrong with a line, in words for people."""


def origins_of(text: str) -> list[str]:
    """Each once, in their order. Raises BadOrigin."""
    lines = [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]
    found = list(dict.fromkeys(_origin(line) for line in lines))
    if not found:
        raise BadOrigin(
            _("Name at least one site that may show the page, such as https://portal.example.com.")
        )
    if len(found) > MOST:
        raise BadOrigin(_("At most %(most)s sites may show a page.") % {"most": MOST})
    return found


def _origin(line: str) -> str:
    shown = {"line": line[:80]}
    if "*" in line:
        raise BadOrigin(_("“%(line)s” stands for many sites. Name each one that may show the page.") % shown)
    try:
        parts = urlsplit(line)
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        raise BadOrigin(_not_a_site(line)) from None
    if parts.scheme == "http":
        raise BadOrigin(
            _("“%(line)s” is not encrypted: others on the way could put their page around it. Use https.")
            % shown
        )
    if parts.scheme != "https" or parts.username is not None or parts.password is not None:
        raise BadOrigin(_not_a_site(line))
    if parts.path not in ("", "/") or parts.query or parts.fragment or "?" in line or "#" in line:
        raise BadOrigin(
            _("“%(line)s” is a page. Write its site alone: https:// and the name, without what comes after.")
            % shown
        )
    host = _plain(host, line)
    origin = f"https://{host}" if port in (None, 443) else f"https://{host}:{port}"
    if len(origin) > LENGTH:
        raise BadOrigin(_not_a_site(line))
    return origin


def _plain(host: str, line: str) -> str:
    """Chinese names of sites as the network writes them."""
    if ":" in host:
        try:
            return f"[{IPv6Address(host).compressed}]"
        except AddressValueError:
            raise BadOrigin(_not_a_site(line)) from None
    try:
        ascii_host = host.encode("idna").decode("ascii").lower() if not host.isascii() else host.lower()
    except UnicodeError:
        raise BadOrigin(_not_a_site(line)) from None
    if not _HOST.fullmatch(ascii_host):
        raise BadOrigin(_not_a_site(line))
    return ascii_host


def _not_a_site(line: str) -> str:
    return _("“%(line)s” is not the address of a site. Write it like https://portal.example.com.") % {
        "line": line[:80]
    }
