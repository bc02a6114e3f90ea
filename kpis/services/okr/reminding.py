"""Reminding those whose check-ins are missing: one mail a person and week, however many beats and workers there are,
and a task for each among what waits for her.

The day's row is written when the work is done, so that a lost message costs half a minute; who was reminded this week
is a row in the transaction of her mail, so that a doubled one costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import stopping
from kpis import okr
from kpis.models.okr import CheckInReminder, KeyResult, ReminderDay
from kpis.selectors.okr.missing import keepers_of, missing_check_ins
from kpis.services.okr.todo import ask_for_check_ins
from organization.letterhead import AccountWords, write
from organization.models import Person
from organization.selectors import exceptions_between, is_working_day
from organization.services.mails import queue_mail
from organization.speaking import speaking_to

NOT_BEFORE = time(9)  # in the company's day
MOST_NAMED = 10


def reminders_wait(*, now: datetime) -> bool:
    """Whether today's reminders are still to be sent: on working days, from nine o'clock on. At most two queries."""
    local = timezone.localtime(now)
    today = local.date()
    if local.time() < NOT_BEFORE or ReminderDay.objects.filter(day=today).exists():
        return False
    return is_working_day(today, exceptions_between(today, today))


def remind(*, now: datetime) -> int:
    """Asks everybody who has missing check-ins and was not reminded this week. Returns how many mails."""
    today = timezone.localdate(now)
    sent = 0
    for whom in keepers_of(missing_check_ins(today=today)):
        if stopping.asked():
            return sent
        sent += _remind_one(whom=whom, today=today, now=now)
    ReminderDay.objects.get_or_create(day=today)
    return sent


@transaction.atomic
def _remind_one(*, whom: Person, today: date, now: datetime) -> bool:
    missing = missing_check_ins(today=today, whom=whom)
    if not missing or not whom.is_active:
        return False
    week = okr.week_of(today)
    _row, mine = CheckInReminder.objects.get_or_create(person=whom, week=week, defaults={"sent_at": now})
    if not mine:
        return False
    ask_for_check_ins(missing=missing, whom=whom, today=today, now=now)
    if not whom.email or whom.email_verified_at is None:
        return False
    with speaking_to(whom):
        subject, text, html = write(_words(whom, missing))
    queue_mail(
        kind="check-in-reminder",
        whom=whom,
        address=whom.email,
        subject=subject,
        text=text,
        html=html,
        now=now,
    )
    return True


def _words(whom: Person, missing: Sequence[KeyResult]) -> AccountWords:
    """In the language that is active."""
    named = [
        _("%(key_result)s (for “%(objective)s”)")
        % {"key_result": one.title, "objective": one.objective.title}
        for one in missing[:MOST_NAMED]
    ]
    more = len(missing) - len(named)
    if more:
        named.append(ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more})
    return AccountWords(
        subject=ngettext(
            "%(n)s check-in is missing", "%(n)s check-ins are missing", len(missing)
        ) % {"n": len(missing)},
        headline=_("Hello %(name)s") % {"name": whom.label},
        paragraphs=[
            _("Last week went without a word on these key results. A value and a line are enough:"),
            *(f"• {name}" for name in named),
        ],
        link=settings.SITE_URL + reverse("kpis:okr_mine"),
        button=_("Check in"),
        foot=_("You get this once a week at most, while something is missing."),
    )  # fmt: skip
