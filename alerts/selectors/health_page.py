"""How the engine is, as a page says it: each sign with a light, what was seen, and from when on it would be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from alerts.health import (
    FAILED_LEAST,
    FIGURES_LIMIT,
    MESSAGE_LIMIT,
    RULE_LIMIT,
    TRIES_LIMIT,
    Backlog,
    Delay,
    Health,
    Kind,
    Verdict,
    WayHealth,
)
from alerts.health_words import Said, say
from alerts.models import MESSAGE_WAYS
from alerts.selectors.health import health
from common import formats

SUMS: dict[Verdict, str | Promise] = {
    Verdict.OK: gettext_lazy("All is well: what is due is looked at, and messages go out."),
    Verdict.LATE: gettext_lazy("Late: some of what is due still waits."),
    Verdict.BROKEN: gettext_lazy("Something is broken: people may not be told of what they should know."),
}


@dataclass(frozen=True)
class Sign:
    """A line of the page. `since` when it waits or is wrong, `limit` from when on it is wrong."""

    name: str
    verdict: Verdict
    seen: str
    since: datetime | None
    limit: str


@dataclass(frozen=True)
class WayRow:
    way: WayHealth
    name: str
    verdict: Verdict


@dataclass(frozen=True)
class HealthPage:
    """`watched`: whether cron runs the watchdog, as far as can be seen."""

    health: Health
    sum: str
    troubles: tuple[Said, ...]
    signs: tuple[Sign, ...]
    ways: tuple[WayRow, ...]
    ways_limit: str
    delays: tuple[tuple[str, str], ...]
    watched: bool


def health_page(*, now: datetime) -> HealthPage:
    """As many queries as `health`."""
    found = health(now=now)
    wrong = {trouble.kind: trouble.verdict for trouble in found.troubles}
    ways = {trouble.subject for trouble in found.troubles if trouble.kind == Kind.WAY}
    names = dict(MESSAGE_WAYS)
    return HealthPage(
        health=found,
        sum=str(SUMS[found.verdict]),
        troubles=tuple(say(one) for one in found.troubles),
        signs=tuple(_signs(found, wrong)),
        ways=tuple(
            WayRow(one, str(names.get(one.way, one.way)), Verdict.BROKEN if one.way in ways else Verdict.OK)
            for one in found.ways
            if one.sent or one.failed or one.withheld or one.waiting
        ),
        ways_limit=_(
            "A way is broken when nothing got through for %(time)s, or when at least %(count)s messages failed and more"
            " failed than went."
        )
        % {"time": _time(TRIES_LIMIT), "count": FAILED_LEAST},
        delays=((_("Last hour"), _delay(found.hour)), (_("Last 24 hours"), _delay(found.day))),
        watched=found.watchdog is not None and now - found.watchdog < timedelta(hours=1),
    )


def _signs(found: Health, wrong: dict[Kind, Verdict]) -> list[Sign]:
    def light(kind: Kind) -> Verdict:
        return wrong.get(kind, Verdict.OK)

    beat_limit = _limit(timedelta(seconds=settings.HEALTH_BEAT_LIMIT))
    beat = max(filter(None, (found.beat, found.swept)), default=None)  # a sweep proves the beat, too
    return [
        Sign(_("Beat"), light(Kind.BEAT), _ago(beat, found.at), beat if Kind.BEAT in wrong else None, beat_limit),
        Sign(
            # Of workers nothing is known while nobody asks them.
            _("Workers"),
            Verdict.LATE if Kind.BEAT in wrong else light(Kind.WORKERS),
            _ago(found.swept, found.at),
            found.swept if Kind.BEAT in wrong or Kind.WORKERS in wrong else None,
            beat_limit,
        ),
        _waiting(_("Rules that are due"), light(Kind.RULES), found.rules, RULE_LIMIT, found.at),
        _waiting(_("Changed figures to look at"), light(Kind.CHANGES), found.changes, RULE_LIMIT, found.at),
        _waiting(_("Figures behind the data"), light(Kind.FIGURES), found.figures, FIGURES_LIMIT, found.at),
        _waiting(_("Messages that are due"), light(Kind.MESSAGES), found.messages, MESSAGE_LIMIT, found.at),
        _waiting(
            _("What alerts do besides"), light(Kind.CONSEQUENCES), found.consequences, RULE_LIMIT, found.at
        ),
        Sign(
            _("Rules that can be judged"),
            light(Kind.RULE),
            ngettext("%(count)s broken rule", "%(count)s broken rules", len(found.broken))
            % {"count": formats.number(len(found.broken))}
            if found.broken
            else _("all of them"),
            min(filter(None, (one.since for one in found.broken)), default=None),
            _("any broken rule"),
        ),
    ]  # fmt: skip


def _waiting(name: str, verdict: Verdict, backlog: Backlog, limit: timedelta, now: datetime) -> Sign:
    if backlog.since is None:
        return Sign(name, verdict, _("none wait"), None, _limit(limit))
    words = {"count": formats.number(backlog.count), "time": _time(now - backlog.since)}
    seen = ngettext(
        "%(count)s waits, for %(time)s", "%(count)s wait, the oldest for %(time)s", backlog.count
    ) % words  # fmt: skip
    return Sign(name, verdict, seen, backlog.since, _limit(limit))


def _delay(delay: Delay) -> str:
    if delay.median is None or delay.slowest is None:
        return _("none sent")
    return ngettext(
        "%(count)s sent, after %(median)s; 95%% within %(slowest)s",
        "%(count)s sent, half of them within %(median)s, 95%% within %(slowest)s",
        delay.sent,
    ) % {
        "count": formats.number(delay.sent),
        "median": _seconds(delay.median),
        "slowest": _seconds(delay.slowest),
    }


def _ago(seen: datetime | None, now: datetime) -> str:
    return _("never seen") if seen is None else _("seen %(time)s ago") % {"time": _time(now - seen)}


def _limit(limit: timedelta) -> str:
    return _("after %(time)s") % {"time": _time(limit)}


def _time(span: timedelta) -> str:
    return _seconds(span.total_seconds())


def _seconds(seconds: float) -> str:
    return formats.duration(round(seconds), get_language() or settings.LANGUAGE_CODE)
