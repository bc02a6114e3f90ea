"""What is wrong with the engine, in words: the same on the page, in mails and in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from alerts.health import Kind, Trouble
from alerts.models import MESSAGE_WAYS
from alerts.wording import Wording, one_line
from common import formats

SHOWN = 20  # troubles in one mail; the page has all
_WAY_NAMES = dict(MESSAGE_WAYS)


@dataclass(frozen=True)
class Said:
    """`what` is wrong, and what to `do`; in the language that is active."""

    trouble: Trouble
    what: str
    do: str


def say(trouble: Trouble) -> Said:
    words = {
        "name": trouble.subject,
        "count": formats.number(trouble.count),
        "way": str(_WAY_NAMES.get(trouble.subject, trouble.subject)),
    }
    match trouble.kind:
        case Kind.BEAT:
            what = _("The beat has stopped: nothing that is due is looked for.")
            do = _("Start the beat again; its log says why it ended.")
        case Kind.WORKERS:
            what = _("No worker answers the beat: nothing is computed, judged or sent.")
            do = _("Start the workers again, and see whether Redis answers them.")
        case Kind.WAY:
            what = _("Messages by %(way)s do not get through.") % words
            do = _("See in the outbox what the other side answers, and correct the settings of this way.")
        case Kind.RULE:
            what = (
                ngettext(
                    "The rule “%(name)s” is broken: it cannot be judged on %(count)s area.",
                    "The rule “%(name)s” is broken: it cannot be judged on %(count)s areas.",
                    trouble.count,
                )
                % words
            )
            do = _("Open the rule and correct what it watches and asks for, or switch it off.")
        case Kind.RULES:
            what = (
                ngettext(
                    "%(count)s rule is due and has not been looked at: “%(name)s”.",
                    "%(count)s rules are due and have not been looked at; “%(name)s” waits longest.",
                    trouble.count,
                )
                % words
            )
            do = _("See in the workers' log how “alerts.tasks.evaluate” ends, or start more workers.")
        case Kind.CHANGES:
            what = (
                ngettext(
                    "%(count)s figure has changed and no rule has looked at it.",
                    "%(count)s figures have changed and no rule has looked at them.",
                    trouble.count,
                )
                % words
            )
            do = _("See in the workers' log how “alerts.tasks.evaluate” ends, or start more workers.")
        case Kind.FIGURES:
            what = _("Figures are behind the data, and so are alerts.")
            do = _("See in the workers' log how “kpis.tasks.work” ends, or start more workers.")
        case Kind.MESSAGES:
            what = (
                ngettext(
                    "%(count)s message is due and has not been sent.",
                    "%(count)s messages are due and have not been sent.",
                    trouble.count,
                )
                % words
            )
            do = _("See in the workers' log how “alerts.tasks.deliver” ends, or start more workers.")
        case Kind.CONSEQUENCES:
            what = (
                ngettext(
                    "%(count)s thing that an alert does besides is due and has not been done.",
                    "%(count)s things that alerts do besides are due and have not been done.",
                    trouble.count,
                )
                % words
            )
            do = _("See in the workers' log how “alerts.tasks.carry_out” ends, or start more workers.")
    if trouble.error:
        do += " " + _("The last answer was: %(error)s") % {"error": one_line(trouble.error)}
    return Said(trouble, what, do)


def since_words(since: datetime | None, *, zone: ZoneInfo) -> str:
    if since is None:
        return _("It was never seen at work.")
    local = timezone.localtime(since, zone)
    return _("Since %(time)s.") % {"time": formats.moment(local, get_language() or settings.LANGUAGE_CODE)}


def compose_troubles(troubles: Sequence[Trouble], *, language: str, zone: ZoneInfo) -> Wording:
    """What is wrong, since when, and what to do; the worst first."""
    with translation.override(language):
        said = [say(one) for one in troubles]
        count = len(said)
        subject = said[0].what if count == 1 else ngettext(
            "%(count)s thing is wrong with Plumbline", "%(count)s things are wrong with Plumbline", count
        ) % {"count": formats.number(count)}  # fmt: skip
        lines = [
            " ".join((one.what, since_words(one.trouble.since, zone=zone), one.do)) for one in said[:SHOWN]
        ]
        if count > SHOWN:
            more = count - SHOWN
            lines.append(
                ngettext("%(count)s more is on the page.", "%(count)s more are on the page.", more)
                % {"count": formats.number(more)}
            )
        lines.append(
            _("This was sent by the watchdog itself, beside the queue in which other messages wait.")
        )
        return _letter(language, subject, lines, linked=True)


def compose_well(*, language: str) -> Wording:
    with translation.override(language):
        lines = [_("What was wrong is over: rules are looked at, and messages go out.")]
        return _letter(language, _("Plumbline is well again"), lines, linked=True)


def compose_outage(why: str, *, language: str) -> Wording:
    """The database does not answer; so there is no page to see, either."""
    with translation.override(language):
        lines = [
            _("Nothing is computed, judged or sent, and no page can be opened."),
            _("See whether PostgreSQL runs and can be reached at DATABASE_URL."),
            _("It said: %(error)s") % {"error": one_line(why)},
        ]
        return _letter(language, _("Plumbline's database does not answer"), lines, linked=False)


def _letter(language: str, subject: str, lines: list[str], *, linked: bool) -> Wording:
    subject = one_line(subject)
    context = {
        "language": language,
        "headline": subject,
        "lines": lines,
        "button": _("See how Plumbline is") if linked else "",
        "link": settings.SITE_URL + reverse("alerts:health") if linked else "",
    }
    return Wording(
        subject=subject,
        text=render_to_string("alerts/letter.txt", context).strip() + "\n",
        html=render_to_string("alerts/mail_letter.html", context),
    )
