"""The picture that goes along with a mail: drawn once for each event and language, while the first such mail waits.

A mail waits a second for it at the most. What could not be drawn by then, or at all, is kept as an empty picture, so that
nobody waits for it again; the mail goes without.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

import structlog
from django.db import connection, transaction

from alerts.mail_chart import Picture, has_place
from alerts.models import EventChart, Message, Notice
from alerts.selectors.charts import picture_of

log = structlog.get_logger(__name__)

SECONDS = 1.0
READ_MILLISECONDS = 300  # for each of the few statements that read the figures
KEPT = timedelta(days=90)
SWEPT = 100


def give_chart(message: Message, *, now: datetime) -> None:
    """Sets the message's chart, where its mail has a place for one and one can be had. Never raises.

    Called before it is sent, outside of any transaction.
    """
    if message.way != "email" or not has_place(message.html):
        return
    try:
        chart = _chart_for(message, now)
        if chart is not None and message.chart_id != chart.pk:
            message.chart = chart
            Message.objects.filter(pk=message.pk).update(chart=chart)
    except Exception:
        log.exception("chart_broke", message=message.pk)


def _chart_for(message: Message, now: datetime) -> EventChart | None:
    """The kept one, or one drawn now. Only of what the person may have the figures of."""
    about = Notice.objects.filter(message=message, figures=True).order_by("pk").values("event")[:1]
    chart = EventChart.objects.filter(event__in=about, language=message.language).first()
    if chart is None:
        event_id = about.values_list("event", flat=True).first()
        if event_id is None:
            return None
        kept = EventChart.objects.filter(event=event_id, language=message.language)
        png = _drawn(event_id, message.language)
        # Another worker may have been faster; then its picture stands.
        EventChart.objects.bulk_create(
            [EventChart(event_id=event_id, language=message.language, png=png, drawn_at=now)],
            ignore_conflicts=True,
        )
        chart = kept.first()
        _forget_old(now)
    return chart if chart is not None and chart.png else None


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


@transaction.atomic(durable=True)
def _read(event_id: int, language: str) -> Picture | None:
    """In a transaction for its time limit alone, which ends with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{READ_MILLISECONDS}ms"])
    return picture_of(event_id, language=language)


def _within(picture: Picture, seconds: float) -> bytes:
    """Drawn in a thread of its own, which is left alone when it takes longer. Raises TimeoutError."""
    done: SimpleQueue[bytes | Exception] = SimpleQueue()

    def work() -> None:
        # Loaded with the first picture: only those who send mails need it.
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
