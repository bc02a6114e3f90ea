"""The picture that goes along with a mail: drawn once for each event and language, while the first such mail waits.

A mail waits a second for it at the most. What could not be drawn by then, or at all, is kept as an empty picture, so that
nobody waits for it again; the mail goes without.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

import structlog
from django.db import OperationalError, connection, transaction

from alerts.mail_chart import Picture, has_place
from alerts.models import EventChart, Message, Notice
from alerts.selectors.charts import picture_of

log = structlog.get_logger(__name__)

SECONDS = 1.0
READ_MILLISECONDS = 300  # for each of the few statements that read the figures
KEPT = timedelta(days=90)
SWEPT = 100


class Charts:
    """The pictures of a batch of mails: those that are kept are read together, the others drawn when their mail's turn comes."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._mails = {
            message.pk: message.language
            for message in messages
            if message.way == "email" and has_place(message.html)
        }
        self._events: dict[int, int] | None = None
        self._kept: dict[tuple[int, str], EventChart | None] = {}

    def give(self, message: Message, *, now: datetime) -> None:
        """Sets the message's chart (unsaved), where its mail has a place for one and one can be had. Never raises.

        Called before it is sent, outside of any transaction.
        """
        if message.pk not in self._mails:
            return
        try:
            message.chart = self._chart_for(message, now)
        except Exception:
            log.exception("chart_broke", message=message.pk)

    def _chart_for(self, message: Message, now: datetime) -> EventChart | None:
        """The kept one, or one drawn now. Only of what the person may have the figures of."""
        if self._events is None:
            self._events = self._read()
        event_id = self._events.get(message.pk)
        if event_id is None:
            return None
        what = (event_id, message.language)
        if what not in self._kept:
            self._kept[what] = _kept_or_drawn(*what, now)
        chart = self._kept[what]
        return chart if chart is not None and chart.png else None

    def _read(self) -> dict[int, int]:
        """The event of each mail, and the pictures that are kept of these. Two queries."""
        told = Notice.objects.filter(message__in=self._mails, figures=True).order_by("-pk")
        events = {
            mail: event for mail, event in told.values_list("message_id", "event_id") if mail
        }  # the first one
        kept = EventChart.objects.filter(
            event__in=set(events.values()), language__in=set(self._mails.values())
        )
        self._kept = {(chart.event_id, chart.language): chart for chart in kept}
        return events


def _kept_or_drawn(event_id: int, language: str, now: datetime) -> EventChart | None:
    """None where another worker has been drawing it for too long."""
    # Loaded with the first picture, before its second begins: only those who send mails need it.
    import alerts.drawing  # noqa: F401

    try:
        chart, drawn = _one_draws(event_id, language, now)
    except OperationalError:
        log.warning("chart_waited_for_in_vain", of=event_id)
        return None
    if drawn:
        _forget_old(now)
    return chart


@transaction.atomic(durable=True)
def _one_draws(event_id: int, language: str, now: datetime) -> tuple[EventChart, bool]:
    """Of several workers with mails about one event the others wait, rather than draw the same: the kept one, or one
    drawn now. Raises OperationalError when the time is up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{SECONDS * 1000:.0f}ms"])
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('alerts.chart'), hashtext(%s))", [f"{event_id} {language}"]
        )
    if kept := EventChart.objects.filter(event=event_id, language=language).first():
        return kept, False
    png = _drawn(event_id, language)
    return EventChart.objects.create(event_id=event_id, language=language, png=png, drawn_at=now), True


def _drawn(event_id: int, language: str) -> bytes:
    """Empty where there is nothing to draw, it took too long, or it broke."""
    started = time.monotonic()
    try:
        picture = _read(event_id, language)
        if picture is None:
            return b""
        return _within(picture, SECONDS - (time.monotonic() - started))
    except TimeoutError:
        log.warning("chart_too_slow", of=event_id)
    except Exception:
        log.exception("chart_broke", of=event_id)
    return b""


@transaction.atomic
def _read(event_id: int, language: str) -> Picture | None:
    """With a time limit that ends with it: by the reset, or with what is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{READ_MILLISECONDS}ms"])
        picture = picture_of(event_id, language=language)
        cursor.execute("RESET statement_timeout")
    return picture


def _within(picture: Picture, seconds: float) -> bytes:
    """Drawn in a thread of its own, which is left alone when it takes longer. Raises TimeoutError."""
    done: SimpleQueue[bytes | Exception] = SimpleQueue()

    def work() -> None:
        try:
            from alerts.drawing import draw

            done.put(draw(picture))
        except Exception as error:
            done.put(error)

    threading.Thread(target=work, name="chart", daemon=True).start()
    try:
        drawn = done.get(timeout=max(seconds, 0))
    except Empty:
        raise TimeoutError from None
    if isinstance(drawn, Exception):
        raise drawn
    return drawn


def _forget_old(now: datetime) -> None:
    """Some at a time, whenever a new one comes; the mails that they went along with stay."""
    old = EventChart.objects.filter(drawn_at__lt=now - KEPT).order_by("drawn_at").values_list("pk", flat=True)
    EventChart.objects.filter(pk__in=list(old[:SWEPT])).delete()
