"""Two sources that report the same sale: one counts, the other stands beside."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.periods import Period
from ingest.models import Import
from ingest.services import ask_undo, import_path, work_next
from kpis.models import AmountDay, BesideDay, CrossDay, CrossMonth, Measure, Source, Uncounted
from kpis.selectors import said_by_source
from kpis.services import forget_order, order_sources
from kpis.work import catch_up
from organization.models import Node, Scope
from tests.clean_slate import start_over
from tests.ingest.files import send, text_of, value, write
from tests.people import ada, bob

pytestmark = pytest.mark.django_db(transaction=True)

SEPTEMBER = "2025-09"
OWN = ("date", "channel", "revenue", "orders")
PLATFORM = ("date_day", "platform", "campaign_name", "ad_id", "impressions", "clicks", "spend", "conversions", "conversions_value")  # fmt: skip


def own(folder: Path, *rows: tuple[object, ...], name: str = "own.csv") -> Import:
    return send(write(folder, text_of(rows, OWN), name=name))


def platform(folder: Path, *rows: tuple[object, ...], name: str = "platform.csv") -> Import:
    return send(write(folder, text_of(rows, PLATFORM), name=name))


def both(folder: Path) -> tuple[Import, Import]:
    mine = own(folder, ("2025-09-01", "抖音", 900, 9), ("2025-09-20", "抖音", 100, 1))
    theirs = platform(
        folder,
        ("2025-09-02", "抖音", "夏季", 1, 1000, 50, 200, 30, 3000),
        ("2025-09-02", "小红书", "种草", 2, 500, 20, 80, 4, 400),
    )
    return mine, theirs


def undo(batch: Import) -> None:
    assert ask_undo(batch=batch, person=None)
    assert work_next()
    catch_up()


def test_a_sale_that_shop_and_platform_report_is_counted_once(tmp_path: Path) -> None:
    both(tmp_path)
    # What the shop says of Douyin counts; what only the platform says (its cost, another channel) counts too.
    assert value("revenue", "channel:抖音", SEPTEMBER) == 1000
    assert value("cost", "channel:抖音", SEPTEMBER) == 200
    assert value("roas", "channel:抖音", SEPTEMBER) == 5
    assert value("revenue", "channel:小红书", SEPTEMBER) == 400
    assert value("revenue", "company", SEPTEMBER) == 1400
    assert value("orders", "company", SEPTEMBER) == 14


def test_the_platforms_own_figure_stands_beside_it(tmp_path: Path) -> None:
    both(tmp_path)
    period = Period.parse(SEPTEMBER)
    said = {
        one.source.code: one
        for one in said_by_source(
            scope=Scope.objects.get(key="channel:抖音"), first=period.start, last=period.end
        )
    }
    assert said["files"].counted == {"revenue": 1000, "orders": 10}
    assert said["files"].beside == {}
    assert said["ad-report"].counted == {"impressions": 1000, "clicks": 50, "cost": 200}
    assert said["ad-report"].beside == {"revenue": 3000, "orders": 30}


def test_a_campaign_that_only_the_platform_knows_has_no_revenue_of_its_own(tmp_path: Path) -> None:
    both(tmp_path)
    assert value("cost", "channel:抖音/夏季", SEPTEMBER) == 200
    assert value("revenue", "channel:抖音/夏季", SEPTEMBER) is None


def test_a_month_that_only_one_source_knows_counts_whole(tmp_path: Path) -> None:
    both(tmp_path)
    platform(tmp_path, ("2025-10-02", "抖音", "夏季", 1, 10, 5, 2, 3, 300), name="october.csv")
    assert value("revenue", "channel:抖音", "2025-10") == 300
    assert value("revenue", "channel:抖音", "2025-Q3") == 1000


def test_when_the_shops_file_is_undone_the_platforms_figure_counts_again(tmp_path: Path) -> None:
    mine, theirs = both(tmp_path)
    undo(mine)
    assert value("revenue", "channel:抖音", SEPTEMBER) == 3000
    assert not Uncounted.objects.exists()
    assert not BesideDay.objects.exists()
    undo(theirs)
    assert value("revenue", "company", SEPTEMBER) is None
    assert not AmountDay.objects.exists()


def test_ada_turns_the_order_around_for_one_measure_on_one_channel(tmp_path: Path) -> None:
    both(tmp_path)
    administrator = ada()
    platform_first = [Source.objects.get(code="ad-report")]
    revenue, douyin = Measure.objects.get(code="revenue"), Node.objects.get(path="抖音")
    order_sources(sources=platform_first, measure=revenue, channel=douyin, person=administrator)
    catch_up()
    assert value("revenue", "channel:抖音", SEPTEMBER) == 3000
    assert value("orders", "channel:抖音", SEPTEMBER) == 10
    forget_order(measure=revenue, channel=douyin, person=administrator)
    catch_up()
    assert value("revenue", "channel:抖音", SEPTEMBER) == 1000


def test_ada_turns_the_general_order_around(tmp_path: Path) -> None:
    both(tmp_path)
    order_sources(sources=[Source.objects.get(code="ad-report")], person=ada())
    catch_up()
    assert value("revenue", "channel:抖音", SEPTEMBER) == 3000
    assert value("orders", "company", SEPTEMBER) == 34


def test_an_order_for_a_campaign_is_refused() -> None:
    from tests.people import node

    with pytest.raises(ValueError, match="not a top channel"):
        order_sources(sources=[], channel=node("channel:抖音/夏季"), person=None)


amount = st.none() | st.integers(0, 9)
line = st.tuples(
    st.sampled_from(["2025-08-31", "2025-09-01", "2025-09-30"]), st.sampled_from(["A", "B"]), amount, amount
)
file_of = st.tuples(st.booleans(), st.lists(line, min_size=1, max_size=5, unique_by=lambda one: one[:2]))
steps = st.lists(st.one_of(file_of, st.integers(0, 5), st.booleans()), min_size=1, max_size=6)


def counted(facts: dict[tuple[str, str, str], dict[str, int]], order: list[str]) -> dict[str, Decimal]:
    """The plain model: by channel and month each measure from the first source that has any."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    for measure in ("revenue", "orders"):
        for channel, month in {(key[2], key[1][:7]) for key in facts}:
            for source in order:
                amounts = [
                    cells[measure]
                    for (whose, day, where), cells in facts.items()
                    if (whose, where, day[:7]) == (source, channel, month) and measure in cells
                ]
                if amounts:
                    total[measure] += sum(amounts)
                    total[f"{measure} {channel} {month}"] += sum(amounts)
                    break
    return total


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
@given(steps=steps)
def test_whatever_comes_and_goes_each_channel_month_has_one_source_a_measure(
    tmp_path: Path, steps: list[object]
) -> None:
    start_over()
    order = ["files", "ad-report"]
    standing: list[tuple[Import, dict[tuple[str, str, str], dict[str, int]]]] = []
    for number, step in enumerate(steps):
        if isinstance(step, tuple):
            mine, lines = step
            source = "files" if mine else "ad-report"
            headings = OWN if mine else PLATFORM
            rows = [
                (day, channel, "" if revenue is None else revenue, "" if orders is None else orders)
                if mine
                # Each file's lines are ads of their own, so that files add up and never correct each other.
                else (day, channel, "x", number, 1, 1, 1, "" if orders is None else orders, "" if revenue is None else revenue)
                for day, channel, revenue, orders in lines
            ]  # fmt: skip
            if mine and any(batch.source and batch.source.code == "files" for batch, _said in standing):
                continue  # a second file of one's own would correct the first; that is another test's matter
            path = write(tmp_path, text_of(rows, headings), name=f"{number}.csv")
            said: dict[tuple[str, str, str], dict[str, int]] = {
                (source, day, channel): {
                    code: value
                    for code, value in (("revenue", revenue), ("orders", orders))
                    if value is not None
                }
                for day, channel, revenue, orders in lines
            }
            standing.append((import_path(path=path), said))
        elif isinstance(step, bool):
            if Source.objects.count() == 2:
                order.reverse()
                order_sources(sources=[Source.objects.get(code=code) for code in order], person=None)
        elif standing:
            batch, _said = standing.pop(step % len(standing))  # type: ignore[operator]
            assert ask_undo(batch=batch, person=None)
            assert work_next()
        catch_up()
        if Source.objects.count() == 2:
            order = list(Source.objects.order_by("rank", "pk").values_list("code", flat=True))
        facts: dict[tuple[str, str, str], dict[str, int]] = {}
        for _batch, lines_of in standing:
            for key, cells in lines_of.items():
                into = facts.setdefault(key, {})
                for code, amount_said in cells.items():
                    into[code] = into.get(code, 0) + amount_said
        expected = counted(facts, order)
        for code in ("revenue", "orders"):
            slot = Measure.objects.get(code=code).slot
            for rows_of in (AmountDay.objects.filter(scope__key="company"), CrossDay.objects.all(), CrossMonth.objects.all()):  # fmt: skip
                total = sum((row.amounts[slot - 1] or 0 for row in rows_of if len(row.amounts) >= slot), Decimal(0))  # fmt: skip
                assert total == expected[code], (code, rows_of.model)


def test_bob_reads_where_sources_overlap_and_puts_the_platform_first(tmp_path: Path, client: Client) -> None:
    both(tmp_path)
    client.force_login(bob())
    page = client.get(reverse("kpis:source_order"))
    row = next(one for one in page.context["page"].overlaps if one.measure.code == "revenue")
    assert (row.channel.path, row.counts, row.counted, row.beside, row.said) == ("抖音", "Files", 1000, "Ad report", 3000)  # fmt: skip
    platform_source, revenue = Source.objects.get(code="ad-report"), Measure.objects.get(code="revenue")
    answer = client.post(reverse("kpis:source_order"), {"first": platform_source.pk, "measure": revenue.pk})
    assert answer.status_code == 302
    catch_up()
    assert value("revenue", "company", SEPTEMBER) == 3400
    client.post(reverse("kpis:source_order"), {"forget": "1", "measure": revenue.pk})
    catch_up()
    assert value("revenue", "company", SEPTEMBER) == 1400


def test_a_source_that_is_none_is_said_at_its_field(client: Client) -> None:
    client.force_login(bob())
    answer = client.post(reverse("kpis:source_order"), {"first": "99"})
    assert answer.status_code == 400
    assert "field-error" in answer.content.decode()
