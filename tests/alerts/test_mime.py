"""A mail as bytes: whatever it says, a mail program reads the same."""

from __future__ import annotations

import email
import re
from email.policy import default as modern

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery.mime import header, mailbox, written

ID = "<1b9d6bcd@example.com>"
SAID = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=2500)
LINE = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), max_size=200)


def read(raw: bytes) -> email.message.EmailMessage:
    mail = email.message_from_bytes(raw, policy=modern)
    assert isinstance(mail, email.message.EmailMessage)
    assert not mail.defects
    return mail


def lines(text: str) -> str:
    return re.sub("\r\n|\r", "\n", text)


@given(text=SAID, html=SAID, png=st.binary(max_size=400))
def test_bodies_and_picture_come_back_as_they_were(text: str, html: str, png: bytes) -> None:
    raw = written({"Message-ID": ID}, text=text, html=html, png=png, name="chart@example.com")
    bodies = [part for part in read(raw).walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in bodies] == [
        "text/plain",
        "text/html",
        *["image/png"] * bool(png),
    ]
    for part, said in zip(bodies, (text, html), strict=False):
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert lines(payload.decode()) == lines(said)
    if png:
        assert bodies[2].get_content() == png
        assert bodies[2]["Content-ID"] == "<chart@example.com>"
        assert bodies[2]["Content-Disposition"].startswith("inline")


@given(text=SAID)
def test_every_line_ends_as_servers_want_and_is_short_enough(text: str) -> None:
    raw = written({"Message-ID": ID}, text=text, html="x" * 1200)
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@given(subject=LINE)
def test_a_subject_comes_back_and_stays_one_header(subject: str) -> None:
    raw = written({"Subject": subject, "Message-ID": ID}, text="", html="")
    mail = read(raw)
    assert mail["Message-ID"] == ID
    # Spaces at its ends and where it is folded are nobody's.
    assert "".join(str(mail["Subject"]).split()) == "".join(subject.split())
    assert max(map(len, raw.split(b"\r\n\r\n")[0].split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "subject", ["Alert\r\nBcc: eve@example.com", "Alert\nBcc: eve@example.com", "Alert\r"]
)
def test_a_header_never_becomes_two(subject: str) -> None:
    with pytest.raises(ValueError, match="several lines"):
        header("Subject", subject)


def test_names_of_senders_and_domains_are_written_in_ascii() -> None:
    assert mailbox("Plumbline <plumbline@example.com>")[1] == "plumbline@example.com"
    assert mailbox("root") == ("root", "root")
    shown, bare = mailbox("营销中心 <team@例子.中国>")
    assert bare == "team@xn--fsqu00a.xn--fiqs8s"
    assert shown.isascii()
    assert str(read(f"From: {shown}\r\n\r\n".encode())["From"].addresses[0].display_name) == "营销中心"
    with pytest.raises(ValueError, match="ascii"):
        mailbox("张三@example.com")


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        written({}, text="\ud800", html="")
