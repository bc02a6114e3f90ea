"""Sums the last 35 days anew, says what differs, repairs it, looks again; ends when all is done."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kpis.models import CheckState, Reconciliation
from kpis.reconciling import check_next, check_now
from kpis.work import catch_up

SHOWN = 20


class Command(BaseCommand):
    help = "Compare roll-ups and figures of the last 35 days with the facts, and repair what differs."

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        catch_up(hands=2)
        last = Reconciliation.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        if not check_now(today=today, person=None):
            raise CommandError("A check that somebody asked for is not over yet.")
        mine = Reconciliation.objects.filter(pk__gt=last, by_hand=True)
        unfinished = mine.exclude(state__in=[CheckState.DONE, CheckState.FAILED])
        while unfinished.exists():
            if check_next(today=today):
                catch_up(hands=2)
            else:  # a worker has it
                time.sleep(1)
        for check in mine.select_related("source").order_by("pk"):
            self._say(check)
        if mine.filter(state=CheckState.FAILED).exists() or mine.filter(remaining__gt=0).exists():
            raise CommandError("Not everything could be checked and repaired.")

    def _say(self, check: Reconciliation) -> None:
        name = check.source.code if check.source else "figures"
        self.stdout.write(
            f"{name}: {check.compared} compared, {check.different} different,"
            f" {check.remaining if check.remaining is not None else '?'} left, {check.seconds or 0} s"
            f"{' - ' + check.error if check.error else ''}"
        )
        for one in check.differences.all()[:SHOWN]:
            self.stdout.write(
                f"  {one.table} {one.place} {one.start} {one.what}: {one.kept} -> {one.expected}"
            )
