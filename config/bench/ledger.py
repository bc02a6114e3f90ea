"""The ledger with 100,000 entries on 1,000 lines: what the spine is told, one more entry until light and alert, fifty
people at one line in the same instant, and all sums added up anew.

Run on the database that `config.bench.budgets` fills: `python -m config.bench.ledger` prints its figures as JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from decimal import Decimal

import django

from config.bench.budgets import ENTRIES, LINES
from config.bench.running import PROJECT, head, row

TURNS = 9
PEOPLE, MONEY_FOR = 50, 10
ALERT_AT_MOST, AT_ONCE_AT_MOST = 2.0, 3.0


def measure(url: str) -> None:
    """On a database that is filled already; no worker may run on it."""
    said = subprocess.run(
        [sys.executable, "-m", "config.bench.ledger"],
        cwd=PROJECT, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE, text=True, check=True,
    ).stdout  # fmt: skip
    found = json.loads(said.strip().splitlines()[-1])
    head(f"The ledger: {ENTRIES:,} entries on {LINES:,} lines")
    row("all of it told to the spine", found["all"])
    row("of it what budgets publish", found["published"])
    row("one more entry until light and alert", found["one"], "", None, f"{ALERT_AT_MOST:.0f} s")
    row("of it what budgets publish", found["one_published"])
    row("the next day: every line expects more", found["turn"])
    row(
        f"{PEOPLE} commit at once, money for {MONEY_FOR}",
        found["at_once"],
        "",
        None,
        f"{AT_ONCE_AT_MOST:.0f} s",
    )
    row("verify_ledger", found["verified"])


def main() -> None:
    from django.utils import timezone

    from alerts import services as alerts
    from alerts.conditions import Amount
    from alerts.models import Episode, Spread
    from budgets.models import Line
    from budgets.selectors.verifying import verify_ledger
    from budgets.services.ledger import New, write
    from budgets.services.publishing import publish_next, turn_day
    from kpis.models import Metric, Reading
    from kpis.work import catch_up
    from organization.models import Dimension, Scope

    today, now = timezone.localdate(), timezone.now()

    def publish() -> float:
        began = time.monotonic()
        while publish_next(today=today):
            pass
        return time.monotonic() - began

    def look() -> None:
        catch_up(today=today)
        while alerts.judge_next_rule(now=now, today=today):
            pass
        while alerts.evaluate(now=timezone.now(), today=today).claimed:
            pass

    found: dict[str, float] = {}
    began = time.monotonic()
    found["published"] = publish()
    catch_up(today=today)
    found["all"] = time.monotonic() - began
    alerts.save_rule(
        draft=alerts.RuleDraft(
            name="Most is used",
            metric=Metric.objects.get(code="budget_use"),
            scope=Scope.objects.get(node__budget__isnull=False),
            tiers=[alerts.TierDraft(2, Amount(above=Decimal("0.8"), inclusive=True))],
            spread=Spread.SUBTREE,
            along=Dimension.BUDGET,
            grain="month",
        ),
        person=None,
        now=now,
    )
    alerts.cover_new_areas(now=now, today=today)
    look()
    taken, published = [], []
    calm = Line.objects.exclude(node__scope__in=Episode.objects.values("instance__scope")).select_related(
        "budget__node", "node__scope", "balance"
    )
    for line in list(calm.order_by("pk")[:TURNS]):
        episodes = Episode.objects.count()
        amount = (line.balance.total * Decimal("0.9")).quantize(Decimal(1))
        began = time.monotonic()
        write(entries=[New(line, "spend", amount, today, "form")], person=None, now=now)
        published.append(publish())
        look()
        taken.append(time.monotonic() - began)
        figure = Reading.objects.filter(
            scope=line.node.scope, metric__code="budget_use", grain="month", start=today.replace(day=1)
        ).get()
        assert figure.value is not None
        assert figure.value > Decimal("0.8"), figure.value
        assert Episode.objects.count() > episodes
    found["one"], found["one_published"] = statistics.median(taken), statistics.median(published)
    began = time.monotonic()
    turn_day(today=today)
    publish()
    catch_up(today=today)
    found["turn"] = time.monotonic() - began
    found["at_once"] = _at_once()
    began = time.monotonic()
    assert verify_ledger().agrees
    found["verified"] = time.monotonic() - began
    print(json.dumps(found))


def _at_once() -> float:
    """Seconds from the moment at which each has a connection of her own; exactly ten get money."""
    from django.db import connection
    from django.utils import timezone

    from budgets.models import Line
    from budgets.services.ledger import New, NotFree, write
    from budgets.services.spending import commit

    now = timezone.now()
    line = Line.objects.select_related("budget__node", "node", "balance").order_by("-pk")[0]
    wanted = Decimal(100 * MONEY_FOR)
    first = line.budget.first_day
    write(entries=[New(line, "plan", wanted - line.balance.free, first, "plan")], person=None, now=now)
    ready, got = threading.Barrier(PEOPLE + 1), []

    def ask() -> None:
        try:
            connection.ensure_connection()
            ready.wait(60)
            commit(line=line, amount=Decimal(100), day=timezone.localdate(now), person=None, now=now)
            got.append(1)
        except NotFree:
            pass
        finally:
            connection.close()

    hands = [threading.Thread(target=ask) for _ in range(PEOPLE)]
    for hand in hands:
        hand.start()
    ready.wait(60)
    began = time.monotonic()
    for hand in hands:
        hand.join()
    assert len(got) == MONEY_FOR, len(got)
    return time.monotonic() - began


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    main()
