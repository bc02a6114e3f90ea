"""A mail as the bytes that go to the server. Pure.

Written here since the library's own way, general as it is, takes longer than all the rest of sending a mail. The layout
is RFC 2045 and 2046, headers are folded and encoded by the library (RFC 2047), and a body that has a line too long for
RFC 5322 is quoted-printable.
"""

from __future__ import annotations

import quopri
import re
import secrets
from base64 import encodebytes
from collections.abc import Mapping
from email.header import Header
from email.utils import formataddr, parseaddr
from functools import lru_cache

_ENDS = re.compile(rb"\r\n|\r|\n")
_LONGEST = 998  # bytes of a line without its end
_WIDTH = 76


def written(headers: Mapping[str, str], *, text: str, html: str, png: bytes = b"", name: str = "") -> bytes:
    """With CRLF throughout. `name` is the Content-ID by which the HTML shows the picture.

    Raises ValueError for a header of several lines, and what cannot be written in UTF-8.
    """
    mark = secrets.token_hex(12)  # nobody can guess it, so no text can hold it
    bodies = (_text("plain", text), _text("html", html))
    kind, content = _parts("alternative", f"{mark}.a", bodies)
    if png:
        kind, content = _parts("related", f"{mark}.r", (_part(kind, content), _picture(png, name)))
    lines = [header(key, value) for key, value in headers.items()]
    head = "\r\n".join(["MIME-Version: 1.0", *lines, f"Content-Type: {kind}", "", ""])
    return head.encode("ascii") + content


@lru_cache(512)
def header(name: str, value: str) -> str:
    """One header without its last CRLF. Raises ValueError where it would be more than one."""
    if "\n" in value or "\r" in value:
        raise ValueError(f"{name} has several lines.")
    if value.isascii() and len(name) + 2 + len(value) <= _WIDTH:
        return f"{name}: {value}"
    charset = "ascii" if value.isascii() else "utf-8"
    return f"{name}: " + Header(value, charset, _WIDTH, name).encode(linesep="\r\n")


@lru_cache(512)
def mailbox(address: str) -> tuple[str, str]:
    """An address as a header has it, its name encoded, and the bare one for the envelope; the domain in ASCII.

    Raises ValueError where it cannot be written.
    """
    name, bare = parseaddr(address)
    local, at, domain = bare.rpartition("@")
    local.encode("ascii")
    bare = local + at + (domain if domain.isascii() else domain.encode("idna").decode("ascii"))
    return formataddr((name, bare), "utf-8"), bare


def _parts(kind: str, mark: str, parts: tuple[bytes, ...]) -> tuple[str, bytes]:
    """The content type, and what follows after the empty line."""
    line = f"--{mark}".encode()
    content = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"
    return f'multipart/{kind}; boundary="{mark}"', content


def _part(kind: str, content: bytes, *more: str) -> bytes:
    return "\r\n".join([f"Content-Type: {kind}", *more, "", ""]).encode("ascii") + content


def _text(kind: str, text: str) -> bytes:
    content = _ENDS.sub(b"\n", text.encode("utf-8"))
    how = "8bit"
    if max(map(len, content.split(b"\n"))) > _LONGEST:
        content, how = quopri.encodestring(content), "quoted-printable"
    content = content.replace(b"\n", b"\r\n")
    return _part(f"text/{kind}; charset=utf-8", content, f"Content-Transfer-Encoding: {how}")


def _picture(png: bytes, name: str) -> bytes:
    return _part(
        "image/png",
        _encoded(png),
        "Content-Transfer-Encoding: base64",
        f"Content-ID: <{name}>",
        'Content-Disposition: inline; filename="chart.png"',
    )


@lru_cache(8)
def _encoded(png: bytes) -> bytes:
    """Many mails carry the same picture."""
    return encodebytes(png).replace(b"\n", b"\r\n")
