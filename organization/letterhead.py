"""How mails about accounts look: one shape, text and HTML, in the language that is active when they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.template.loader import render_to_string
from django.utils import translation


@dataclass(frozen=True)
class AccountWords:
    """What a mail says. Without a `link` it has no button."""

    subject: str
    headline: str
    paragraphs: Sequence[str]
    link: str = ""
    button: str = ""
    foot: str = ""
    language: str = field(default_factory=lambda: translation.get_language() or "en")


def write(words: AccountWords) -> tuple[str, str, str]:
    """Subject, text and HTML."""
    context = {"words": words}
    text = render_to_string("organization/mail.txt", context)
    html = render_to_string("organization/mail.html", context)
    return " ".join(words.subject.split()), text.strip() + "\n", html
