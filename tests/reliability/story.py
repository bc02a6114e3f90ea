"""What people do all day: files come in and are corrected and undone, targets move, rules are rewritten.

Every amount is written once in a story, so that what holds in the end depends on the order of the files alone.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from alerts.conditions import Attainment
from alerts.models import Message, MessageState, Rule
from alerts.services import RecipientDraft, RuleDraft, TierDraft, save_rule
from common.periods import Grain, Period
from ingest.models import Import, State
from ingest.services import ask_undo, import_path, receive
from kpis.models import ChangedDay, ChangedScope, Metric, Reading, ReadingChange, Target
from kpis.services import TargetEntry, ensure_source, set_targets
from kpis.work import catch_up
from organization.models import Scope
from organization.selectors import parse_scope
from organization.services import ensure_scope
from tests.clean_slate import start_over
from tests.ingest.files import HEADINGS, text_of
from tests.people import alice, bob, scope

PLACES = [(f"Channel {n % 4}", f"Campaign {n}", f"Region {n % 3}", f"Line {n % 2}") for n in range(12)]
AREAS = ("company", "channel:channel-1", "region:region-2+channel:channel-1", "region:region-0+channel:channel-0/campaign-0")  # fmt: skip
AD_REPORT = ("date_day", "platform", "campaign_name", "ad_id", "impressions", "clicks", "spend", "conversions", "conversions_value")  # fmt: skip
THRESHOLDS = (("1", "0.85", "0.7"), ("0.95", "0.8", "0.6"), ("1.1", "0.9", "0.5"))


def open_the_house() -> None:
    ensure_source(code="files", name="Files", facts="channels", rank=1)
    ensure_source(code="ad-report", name="Ad report", facts="channels", rank=2)
    # Figures of a crossing are kept from its first target on (what was before is computed when asked for): from the start.
    month = Period.containing(timezone.localdate() - timedelta(days=1), Grain.MONTH)
    revenue = Metric.objects.get(code="revenue")
    set_targets(entries=[TargetEntry(revenue, scope(area), month, Decimal(1)) for area in AREAS], person=None)


@dataclass
class Author:
    """Does one thing after another, by dice."""

    dice: random.Random
    written: int = 0
    rule: Rule | None = None
    draft: RuleDraft | None = None
    done: int = 0

    def act(self) -> None:
        self.done += 1
        turn = self.dice.random()
        if turn < 0.45:
            self.send_file()
        elif turn < 0.52:
            self.undo_some()
        elif turn < 0.9:
            self.move_target()
        else:
            self.rewrite_rule()

    def _amount(self) -> int:
        self.written += 1
        return 100_000 * self.dice.randrange(1, 1000) + self.written

    def _amounts(self) -> list[int]:
        """Impressions, clicks, orders, revenue, cost; fewer clicks than impressions, as files must say."""
        return sorted((self._amount() for _ in range(5)), reverse=True)

    def _ad_amounts(self) -> list[int]:
        impressions, clicks, orders, revenue, cost = self._amounts()
        return [impressions, clicks, cost, orders, revenue]

    def send_file(self) -> None:
        today = timezone.localdate()
        days = [today - timedelta(days=back) for back in self.dice.sample(range(1, 70), 6)]
        rows: list[list[object]] = []
        for day in days:
            for channel, campaign, region, product in self.dice.sample(PLACES, 8):
                amounts = self._amounts()
                if self.dice.random() < 0.8:
                    rows.append([day, channel, campaign, region, product, *amounts])
                else:
                    rows.append([day, channel, campaign, region, product, *amounts[:3], "", amounts[4]])
        rows.append(["no day", "Channel 1", "", "", "", 1, 1, 1, 1, 1])
        text = text_of(rows, HEADINGS)
        if self.dice.random() < 0.3:
            rows = [
                [day, channel, campaign, number, *self._ad_amounts()]
                for number, (day, (channel, campaign, _region, _product)) in enumerate(
                    (day, self.dice.choice(PLACES)) for day in days
                )
            ]
            text = text_of(rows, AD_REPORT)
        receive(name=f"{self.done}.csv", chunks=[text.encode()], person=None)

    def undo_some(self) -> None:
        standing = list(Import.objects.filter(state=State.DONE))
        if standing:
            ask_undo(batch=self.dice.choice(standing), person=None)

    def move_target(self) -> None:
        """A little above or below where the figure stands, so that lights and alerts change."""
        metric = Metric.objects.get(code=self.dice.choice(["revenue", "revenue", "cost", "roas"]))
        area = scope(self.dice.choice(AREAS[:1] * 3 + AREAS[1:]))
        period = Period.containing(timezone.localdate() - timedelta(days=1), Grain.MONTH)
        if self.dice.random() < 0.2:
            period = period.next(-1)
        stands = Reading.objects.filter(scope=area, metric=metric, grain="month", start=period.start).first()
        value = stands.value if stands and stands.value else Decimal(self.dice.randrange(1, 10**6))
        amount = (value * self.dice.randrange(60, 300) / 100).quantize(Decimal("0.0001"))
        set_targets(entries=[TargetEntry(metric, area, period, amount)], person=None)

    def rewrite_rule(self) -> None:
        tiers = [
            TierDraft(level, Attainment(Decimal(below)))
            for level, below in enumerate(self.dice.choice(THRESHOLDS), start=1)
        ]
        if self.draft is None:
            self.draft = RuleDraft(
                name="Revenue",
                metric=Metric.objects.get(code="revenue"),
                scope=scope("company"),
                tiers=tiers,
                recipients=[RecipientDraft(alice("company")), RecipientDraft(bob())],
            )
        self.draft = replace(self.draft, tiers=tiers)
        self.rule = save_rule(draft=self.draft, rule=self.rule, person=bob(), now=timezone.now())


def waits() -> dict[str, int]:
    """How much of each kind of work is not done."""
    found = {
        "imports": Import.objects.filter(state__in=[State.QUEUED, State.RUNNING, State.UNDOING]).count(),
        "roll-ups": ChangedDay.objects.count(),
        "figures": ChangedScope.objects.count(),
        "changes": ReadingChange.objects.count(),
        "rules": Rule.objects.filter(anew_due=True).count(),
        "messages": Message.objects.filter(state=MessageState.QUEUED).count(),
    }
    return {kind: count for kind, count in found.items() if count}


def wait_until_quiet(seconds: float, crew: Any = None) -> float:
    """Seconds that it took; fails where work is left."""
    started = time.monotonic()
    while left := waits():
        assert time.monotonic() - started < seconds, left
        if crew is not None:
            crew.revive()
        time.sleep(0.25)
    return time.monotonic() - started


# -- What holds, and what one worker in one pass makes of it --------------------------------------------


def facts() -> set[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT day, source.code, channel.path, region.path, product.path, detail, fact.estimated, amounts
            FROM channels_fact AS fact JOIN kpis_source AS source ON source.id = source_id
            LEFT JOIN organization_node AS channel ON channel.id = channel_id
            LEFT JOIN organization_node AS region ON region.id = region_id
            LEFT JOIN organization_node AS product ON product.id = product_id
            """
        )
        return {(*rest, _trimmed(amounts)) for *rest, amounts in cursor.fetchall()}


def _trimmed(amounts: list[Decimal | None]) -> tuple[Decimal | None, ...]:
    while amounts and amounts[-1] is None:
        amounts = amounts[:-1]
    return tuple(amounts)


def readings() -> dict[tuple[object, ...], tuple[object, ...]]:
    rows = Reading.objects.values_list(
        "scope__key", "grain", "start", "metric__code", "value", "target", "expected", "attainment", "status", "through", "estimated",
    )  # fmt: skip
    return {row[:4]: row[4:] for row in rows}


def one_worker_in_one_pass() -> tuple[set[tuple[object, ...]], dict[tuple[object, ...], tuple[object, ...]]]:
    """Starts from an empty house with the files and targets that stand, and does all work here, once."""
    files = [
        (Path(settings.UPLOAD_DIR) / stored_as, source)
        for stored_as, source in Import.objects.filter(state=State.DONE)
        .order_by("pk")
        .values_list("stored_as", "source__code")
    ]
    targets: list[tuple[str, str, str, date, Decimal | None]] = list(
        Target.objects.filter(superseded_at__isnull=True).values_list(
            "metric__code", "scope__key", "grain", "start", "value"
        )
    )
    watched = Rule.objects.exists()
    start_over()
    open_the_house()
    if watched:
        Author(random.Random(0)).rewrite_rule()
    for path, _source in files:
        batch = import_path(path=path)
        assert batch.state == State.DONE, batch.error
    set_targets(
        entries=[
            TargetEntry(
                Metric.objects.get(code=metric),
                _scope(key),
                Period(Grain(grain), start),
                value,
            )
            for metric, key, grain, start, value in targets
        ],
        person=None,
    )
    catch_up()
    return facts(), readings()


def _scope(key: str) -> Scope:
    return ensure_scope(nodes=parse_scope(key).values())
