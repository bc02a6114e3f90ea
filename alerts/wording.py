"""What a message says: subject, plain text and HTML, in the reader's language.

Nothing of a rule's name is ever read as a template, and a subject is always one line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.condition_words import condition_words, standing_words
from alerts.mail_chart import limit_of, window
from alerts.models import EpisodeEvent, Rule
from common import formats
from common.periods import Grain, Period
from kpis.models import Metric
from organization.models import Person, Scope
from organization.speaking import speaking_to

SUBJECT_LIMIT = 200
SMS_KINDS = ("first", "raised", "lowered", "recovered")
LIGHTS = {
    "green": ("●", "#18794E"),
    "yellow": ("▲", "#946800"),
    "red": ("■", "#C62A2F"),
    "grey": ("○", "#687076"),
}


@dataclass(frozen=True)
class Wording:
    """`template` and `fields` name what an SMS is, for gateways that take no text."""

    subject: str
    text: str
    html: str = ""
    template: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A figure and its name. `key`: one of the few that a mail shows first."""

    name: str
    value: str
    key: bool = False


@dataclass(frozen=True)
class Letter:
    """What the templates of a message need.

    `also`: areas that have the same alert and of which this message speaks; `told_as`: why this person is told, in a
    sentence, instead of that the rule names her.
    """

    language: str
    headline: str
    light: str
    light_shape: str
    light_word: str
    light_colour: str
    rule: str
    ask: str
    figures: bool
    reason: str = ""
    lines: tuple[Line, ...] = ()
    chart_says: str = ""
    chart_caption: str = ""
    link: str = ""
    alert_link: str = ""
    ack_link: str = ""
    also: tuple[str, ...] = ()
    told_as: str = ""

    @property
    def key_lines(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.key)

    @property
    def details(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if not line.key)

    @property
    def preview(self) -> str:
        """What a list of mails shows after the subject."""
        return " · ".join([self.reason, *(f"{line.name}: {line.value}" for line in self.key_lines)])


@dataclass(frozen=True)
class Subject:
    """What the message is about. `fiscal_start` is the month in which the fiscal year starts; `below` are areas that
    have the same alert, for which this one speaks.
    """

    rule: Rule
    metric: Metric
    scope: Scope
    event: EpisodeEvent
    fiscal_start: int = 1
    below: tuple[Scope, ...] = ()

    def naming(self, below: Iterable[Scope]) -> Subject:
        return replace(self, below=tuple(below))


def compose(
    *,
    about: Subject,
    person: Person,
    figures: bool,
    may_open: bool,
    ack_link: str = "",
    told_as: str = "",
) -> Wording:
    """The message for one person about one event; without `figures` it carries none, nor an area's name.

    `may_open`: her grants cover the area, so a link to it leads somewhere. For the rest see `Letter`.
    """
    with speaking_to(person):
        letter = replace(
            _letter(about, person, figures, may_open),
            also=tuple(scope.label for scope in about.below) if figures else (),
            ack_link=ack_link,
            told_as=told_as,
        )
        context = {"letter": letter}
        return Wording(
            subject=one_line(letter.headline),
            text=render_to_string("alerts/mail.txt", context).strip() + "\n",
            html=render_to_string("alerts/mail.html", context).strip(),
        )


def compose_sms(*, about: Subject, person: Person, figures: bool, may_open: bool) -> Wording:
    """The same in one line; `alert-plain` where the person may not read the figures."""
    with speaking_to(person):
        letter = _letter(about, person, figures, may_open)
        headline = one_line(letter.headline)
        text = f"Plumbline: {headline}"
        if letter.alert_link:
            text += f" {letter.alert_link}"
        if not figures:
            return Wording(headline, text, template="alert-plain", fields={"rule": about.rule.name})
        kind = about.event.kind if about.event.kind in SMS_KINDS else "first"
        fields = {
            "level": str(about.event.get_tier_display()),
            "figure": str(about.metric.label),
            "area": str(about.scope.label),
        }
        if _of_plan(about.event):
            fields["share"] = formats.share(about.event.attainment)
            return Wording(headline, text, template=f"alert-{kind}", fields=fields)
        fields["state"] = standing_words(about.event, about.metric, person.language)
        return Wording(headline, text, template=f"alert-state-{kind}", fields=fields)


def compose_more(*, count: int, language: str) -> Wording:
    """What stands for several that were held back."""
    with translation.override(language):
        headline = ngettext(
            "%(count)s more alert: open Plumbline", "%(count)s more alerts: open Plumbline", count
        ) % {"count": count}
        link = settings.SITE_URL + reverse("alerts:episodes")
        return Wording(
            headline, f"Plumbline: {headline} {link}", template="alert-more", fields={"count": str(count)}
        )


def compose_letter(*, template: str, fields: dict[str, str], person: Person, way: str) -> Wording:
    """What is no alert: a code to confirm an address (`code`), that one was switched off (`address-off`), that a
    connection was (`connection-off`), or that a rule does not work (`rule-broken`), lacks data (`rule-without-data`)
    or could not bring something about (`rule-undone`).
    """
    with speaking_to(person):
        if template == "code":
            subject = _("Your code for Plumbline")
            lines = [
                _("Your code is %(code)s. It holds for ten minutes.") % fields,
                _("If you did not expect this, do nothing: no messages will be sent here."),
            ]
            button = _("Confirm this address") if "link" in fields else ""
        elif template == "connection-off":
            subject = _("The connection “%(name)s” is switched off") % fields
            lines = [
                _("Messages to it were refused for good: %(why)s") % fields,
                _(
                    "Correct it in Plumbline, then send a test and confirm it again. Until then no alert goes there."
                ),
            ]
            button = _("See the connection")
        elif template == "rule-broken":
            subject = _("The rule “%(name)s” does not work") % fields
            lines = [
                fields["why"],
                _("Since %(since)s it watches nothing here: %(areas)s.") % fields,
                _("Alerts that are open stay open until it works again."),
            ]
            button = _("See the rule")
        elif template == "rule-without-data":
            subject = _("The rule “%(name)s” has no data") % fields
            lines = [
                _("Since %(since)s there is nothing to judge here: %(areas)s.") % fields,
                _("Alerts that are open stay open until data come."),
            ]
            button = _("See the rule")
        elif template == "rule-undone":
            subject = _("Not done for an alert of the rule “%(name)s”") % fields
            lines = [
                fields["why"],
                _("It was given up on %(since)s, for this area: %(areas)s.") % fields,
                _("The alert itself goes on, and those whom the rule names are told as ever."),
            ]
            button = _("See the rule")
        else:
            subject = _("Messages to %(address)s are switched off") % fields
            lines = [
                _("They were refused for good: %(why)s") % fields,
                _("Correct the address in Plumbline, or confirm it again in your settings."),
            ]
            button = ""
        subject = one_line(subject)
        if way == "sms":
            return Wording(
                subject, f"Plumbline: {lines[0] if template == 'code' else subject}", template=template
            )
        context = {
            "language": person.language,
            "headline": subject,
            "lines": lines,
            "button": button,
            **fields,
        }
        return Wording(
            subject=subject,
            text=render_to_string("alerts/letter.txt", context).strip() + "\n",
            html=render_to_string("alerts/mail_letter.html", context).strip(),
            template=template,
        )


def one_line(text: str) -> str:
    """Whatever people put into a name, a header stays one line, of a bearable length."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= SUBJECT_LIMIT else line[: SUBJECT_LIMIT - 1] + "…"


def _letter(about: Subject, person: Person, figures: bool, may_open: bool) -> Letter:
    rule = about.rule
    owner = rule.owner.label if rule.owner else _("an administrator")
    if not figures:
        shape, colour = LIGHTS["grey"]
        return Letter(
            language=person.language,
            headline=_("Something needs attention: %(rule)s") % {"rule": rule.name},
            light="grey",
            light_shape=shape,
            light_word=_("figures not shown"),
            light_colour=colour,
            rule=rule.name,
            ask=owner,
            figures=False,
        )
    shape, colour = LIGHTS.get(about.event.status, LIGHTS["grey"])
    says, caption = _chart_words(about, person.language)
    # Who cannot log in gets no link that would ask for it.
    link = may_open and person.is_active and person.has_usable_password()
    return Letter(
        language=person.language,
        headline=headline_of(about, person.language),
        light=about.event.status if about.event.status in LIGHTS else "grey",
        light_shape=shape,
        light_word=_light_word(about.event.status),
        light_colour=colour,
        rule=rule.name,
        ask=owner,
        figures=True,
        reason=reason_of(about, person.language),
        lines=tuple(lines_of(about, person.language)),
        chart_says=says,
        chart_caption=caption,
        link=_overview(about.scope) if link else "",
        alert_link=settings.SITE_URL + reverse("alerts:episode", args=[about.event.episode_id])
        if link
        else "",
    )


def reason_of(about: Subject, language: str) -> str:
    """Why there is an alert, in a sentence or two."""
    event = about.event
    asked = condition_words(event.condition, about.metric, language)
    reason = str(event.get_reason_display())
    if not asked:
        return reason
    return _("%(reason)s %(level)s when: %(asked)s.") % {
        "reason": reason, "level": event.get_tier_display(), "asked": asked,
    }  # fmt: skip


def _chart_words(about: Subject, language: str) -> tuple[str, str]:
    """What the mail's chart shows, in words for who does not see it, and how to read it; none where there is none."""
    event, metric = about.event, about.metric
    if event.start is None:
        return "", ""
    first, *_between, last = (
        formats.period(str(period), language)
        for period in window(event.grain, event.start, about.fiscal_start)
    )
    words = {"metric": metric.label, "area": about.scope.label, "first": first, "last": last}
    says = _("Chart: %(metric)s of %(area)s, %(first)s to %(last)s.") % words
    caption = _("Line: %(metric)s. Dashes: expected by then.") % words
    limit = limit_of(event.condition)
    if limit is not None:
        caption += _space(language) + _("Dots: the limit of %(limit)s.") % {
            "limit": formats.tile(limit, metric, language)
        }
    return says, caption


def _space(language: str) -> str:
    """Between two sentences."""
    return "" if formats.is_chinese(language) else " "


def _of_plan(event: EpisodeEvent) -> bool:
    """Whether it is about a share of what is expected, as most are."""
    return event.condition is None or event.condition.get("kind") == "attainment"


def headline_of(about: Subject, language: str) -> str:
    event = about.event
    if not _of_plan(event):
        return _headline_of_state(about, language)
    words = {
        "metric": about.metric.label,
        "area": about.scope.label,
        "share": formats.share(event.attainment),
        "level": event.get_tier_display(),
    }
    match event.kind:
        case "recovered":
            return _("Recovered: %(metric)s, %(area)s is at %(share)s of plan") % words
        case "raised":
            return _("%(level)s, worse: %(metric)s, %(area)s is at %(share)s of plan") % words
        case "lowered":
            return _("%(level)s, better: %(metric)s, %(area)s is at %(share)s of plan") % words
        case _:
            return _("%(level)s: %(metric)s, %(area)s is at %(share)s of plan") % words


def _headline_of_state(about: Subject, language: str) -> str:
    event = about.event
    words = {
        "metric": about.metric.label,
        "area": about.scope.label,
        "state": standing_words(event, about.metric, language),
        "level": event.get_tier_display(),
    }
    match event.kind:
        case "recovered":
            return _("Recovered: %(metric)s, %(area)s: %(state)s") % words
        case "raised":
            return _("%(level)s, worse: %(metric)s, %(area)s: %(state)s") % words
        case "lowered":
            return _("%(level)s, better: %(metric)s, %(area)s: %(state)s") % words
        case _:
            return _("%(level)s: %(metric)s, %(area)s: %(state)s") % words


def _light_word(status: str) -> str:
    return {"green": _("on plan"), "yellow": _("behind"), "red": _("off plan")}.get(status, _("no data"))


def lines_of(about: Subject, language: str) -> list[Line]:
    event, metric = about.event, about.metric
    lines = [
        Line(_("Area"), about.scope.label),
        Line(_("Figure"), metric.label),
        Line(_("Period"), period_words(event, language, fiscal_start=about.fiscal_start), key=True),
        Line(_("Value"), formats.exact(event.value, metric, language), key=True),
        Line(_("Expected by now"), formats.exact(event.expected, metric, language), key=True),
        Line(_("Target"), formats.exact(event.target, metric, language)),
        Line(_("Attainment"), formats.share(event.attainment), key=True),
        Line(_("Level"), str(event.get_tier_display())),
    ]
    if event.condition is not None:
        lines.append(Line(_("Alert when"), condition_words(event.condition, metric, language)))
    if event.through is not None:
        lines.append(Line(_("Data up to"), formats.day(event.through, language)))
    return lines


def period_words(event: EpisodeEvent, language: str, *, fiscal_start: int) -> str:
    if event.start is None:
        return formats.NO_VALUE
    grain = Grain(event.grain)
    return formats.period(str(Period(grain, event.start, fiscal_start)), language)


def _overview(scope: Scope) -> str:
    return f"{settings.SITE_URL}/?{urlencode({'area': scope.key})}"
