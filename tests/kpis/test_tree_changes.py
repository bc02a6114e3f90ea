"""Bob merges, moves and takes back: what is counted where, and that nothing is counted twice or lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.models import Episode, Instance
from common.periods import Period
from ingest.models import State
from ingest.services import import_path
from kpis.models import AmountDay, ChangedDay, ChangedScope, CrossMonth, Measure, Metric, Reading
from kpis.services import set_target
from kpis.work import catch_up
from organization import tree_lock
from organization.models import AuditEntry, Node, NodeAlias, NodeAncestor, TreeChange
from organization.services import Refused, archive_node, rename_node
from organization.services.aliases import add_alias, remove_alias
from organization.services.merging import merge_node
from organization.services.moving import move_node
from organization.services.undoing import undo_change
from tests.alerts import builders
from tests.clean_slate import start_over
from tests.ingest.files import counts, send, text_of, value, write
from tests.people import alice, bob, charlie, node, scope

pytestmark = pytest.mark.django_db(transaction=True)

MONTH = "2026-02"
SHORT = ("date", "channel", "campaign", "region", "revenue", "cost")


def files(folder: Path, *rows: tuple[object, ...], name: str = "file.csv") -> Any:
    return send(write(folder, text_of(rows, SHORT), name=name))


def revenue(area: str) -> Decimal | None:
    return value("revenue", area, MONTH)


def kept(area: str) -> Decimal | None:
    """As the row says that pages read."""
    return (
        Reading.objects.filter(scope__key=area, metric__code="revenue", grain="month", start=date(2026, 2, 1))
        .values_list("value", flat=True)
        .first()
    )


def aim(month: str, amount: int) -> None:
    set_target(
        metric=Metric.objects.get(code="revenue"),
        scope=scope("channel:抖音"),
        period=Period.parse(month),
        value=Decimal(amount),
        person=bob(),
    )


def two_spellings(folder: Path) -> None:
    files(
        folder,
        ("2026-02-01", "抖音直播", "夏季", "华东", 100, 10),
        ("2026-02-01", "抖音", "夏季", "华东", 40, 4),
        ("2026-02-02", "抖音", "种草", "华北", 7, 1),
    )


# -- Merging


def test_what_was_merged_counts_in_the_other_and_nowhere_else(tmp_path: Path) -> None:
    two_spellings(tmp_path)
    merge_node(node=node("channel:抖音"), into=node("channel:抖音直播"), person=bob())
    catch_up()
    assert kept("channel:抖音直播") == revenue("channel:抖音直播") == 147
    assert kept("channel:抖音直播/夏季") == 140  # a campaign of the same name is the same campaign
    assert kept("company") == 147
    assert not Reading.objects.filter(scope__key="channel:抖音").exists()
    assert not AmountDay.objects.filter(scope__key__in=["channel:抖音", "channel:抖音/夏季"]).exists()
    assert kept("channel:抖音/种草") == 7  # hangs below the other now; its code stays
    assert Node.objects.get(path="抖音/种草").parent == node("channel:抖音直播")
    assert value("revenue", "region:华东+channel:抖音直播/夏季", MONTH) == 140


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    two_spellings(tmp_path)
    merge_node(node=node("channel:抖音"), into=node("channel:抖音直播"), person=bob())
    catch_up()
    before = list(
        Reading.objects.order_by("pk").values_list("scope__key", "metric", "grain", "start", "value")
    )
    nodes = Node.objects.count()
    again = files(  # in another order, so that nobody knows the file by its bytes
        tmp_path,
        ("2026-02-02", "抖音", "种草", "华北", 7, 1),
        ("2026-02-01", "抖音直播", "夏季", "华东", 100, 10),
        ("2026-02-01", "抖音", "夏季", "华东", 40, 4),
        name="again.csv",
    )
    assert counts(again) == (3, 3, 0, 3, 0)
    assert Node.objects.count() == nodes
    after = list(
        Reading.objects.order_by("pk").values_list("scope__key", "metric", "grain", "start", "value")
    )
    assert after == before


def test_a_new_file_that_says_both_names_is_counted_once_each(tmp_path: Path) -> None:
    two_spellings(tmp_path)
    merge_node(node=node("channel:抖音"), into=node("channel:抖音直播"), person=bob())
    both = files(
        tmp_path,
        ("2026-02-10", "抖音直播", "夏季", "华东", 1000, 0),
        ("2026-02-10", "抖音", "夏季", "华东", 500, 0),
        ("2026-02-01", "抖音", "夏季", "华东", 50, 4),  # corrects what was said under this name
        ("2026-02-11", "抖音", "新的", "华东", 3, 0),
        name="both.csv",
    )
    assert (both.state, both.corrected, both.rejected) == (State.DONE, 1, 0)
    assert kept("channel:抖音直播") == 100 + 50 + 7 + 1000 + 500 + 3
    new = Node.objects.get(path="抖音/新的")
    assert new.parent == node("channel:抖音直播")
    assert new.place == "抖音直播/新的"


def test_taking_a_merge_back_gives_the_same_figures_to_the_last_digit(tmp_path: Path) -> None:
    two_spellings(tmp_path)
    before = everything()
    change = merge_node(node=node("channel:抖音"), into=node("channel:抖音直播"), person=bob())
    catch_up()
    assert everything() != before
    undo_change(change=change, person=bob())
    catch_up()
    assert everything() == before
    undo_change(change=change, person=bob())  # twice is once
    assert AuditEntry.objects.filter(action="node.undo").count() == 1


def test_what_files_made_below_the_merged_one_goes_back_with_it(tmp_path: Path) -> None:
    two_spellings(tmp_path)
    change = merge_node(node=node("channel:抖音"), into=node("channel:抖音直播"), person=bob())
    files(tmp_path, ("2026-02-11", "抖音", "新的", "华东", 3, 0), name="new.csv")
    undo_change(change=change, person=bob())
    catch_up()
    assert kept("channel:抖音") == 50
    assert Node.objects.get(path="抖音/新的").parent == node("channel:抖音")


def test_a_campaign_merged_into_its_own_channel_counts_there_once(tmp_path: Path) -> None:
    two_spellings(tmp_path)
    merge_node(node=node("channel:抖音/夏季"), into=node("channel:抖音"), person=bob())
    catch_up()
    assert kept("channel:抖音") == 47
    assert not CrossMonth.objects.filter(channel_id=node("channel:抖音/夏季").pk).exists()
    assert kept("company") == 147


def test_a_role_on_just_the_area_stands_in_the_way_and_says_whose() -> None:
    node("channel:抖音直播")
    alice("channel:抖音")
    charlie("region:华东+channel:抖音")
    with pytest.raises(Refused, match=r"Alice \(Lead, 抖音\); Charlie \(Viewer, 华东 × 抖音\)"):
        merge_node(node=node("channel:抖音"), into=node("channel:抖音直播"), person=bob())
    assert not TreeChange.objects.exists()


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("channel:a", "channel:a", "into itself"),
        ("channel:a", "channel:a/b", "lies below"),
        ("channel:a", "region:x", "one kind"),
        ("channel:gone", "channel:a", "merged already"),
        ("channel:a", "channel:gone", "merged already"),
        ("channel:a", "channel:away", "put away"),
    ],
)
def test_what_cannot_be_merged_is_refused(one: str, other: str, why: str) -> None:
    for code in ("channel:a/b", "region:x", "channel:gone", "channel:away", "channel:c"):
        node(code)
    merge_node(node=node("channel:gone"), into=node("channel:c"), person=None)
    archive_node(node=node("channel:away"), person=None)
    with pytest.raises(Refused, match=why):
        merge_node(node=node(one), into=node(other), person=bob())


def test_a_target_rests_while_merged_and_holds_again_after(tmp_path: Path) -> None:
    two_spellings(tmp_path)
    february = date(2026, 2, 1)
    aim("2026-06", 5)
    aim("2026-02", 90)
    catch_up()
    assert Reading.objects.filter(scope__key="channel:抖音", start=date(2026, 6, 1)).exists()
    change = merge_node(node=node("channel:抖音"), into=node("channel:抖音直播"), person=bob())
    catch_up()
    assert not Reading.objects.filter(scope__key="channel:抖音").exists()
    undo_change(change=change, person=bob())
    catch_up()
    assert Reading.objects.get(scope__key="channel:抖音", metric__code="revenue", grain="month", start=february).target == 90  # fmt: skip
    assert Reading.objects.filter(scope__key="channel:抖音", start=date(2026, 6, 1)).exists()


def test_a_rule_on_the_merged_area_rests_its_alert_ends_and_it_watches_again_after() -> None:
    made = builders.rule(bob(), area="channel:抖音")
    builders.figure(scope("channel:抖音"), "0.6")
    builders.look()
    assert Episode.objects.get().closed_at is None
    change = merge_node(node=node("channel:抖音"), into=node("channel:抖音直播"), person=bob())
    assert Episode.objects.get().close_reason == "rule-changed"
    assert not Instance.objects.get(rule=made).covered
    undo_change(change=change, person=bob())
    assert Instance.objects.get(rule=made).covered


# -- Moving


def test_a_moved_area_takes_its_history_along(tmp_path: Path) -> None:
    two_spellings(tmp_path)
    before = everything()
    change = move_node(node=node("channel:抖音/种草"), parent=node("channel:抖音直播"), person=bob())
    catch_up()
    assert [kept("channel:抖音"), kept("channel:抖音直播"), kept("company")] == [40, 107, 147]
    same = files(tmp_path, ("2026-02-02", "抖音", "种草", "华北", 7, 1), name="same.csv")
    assert counts(same)[3] == 1  # its old name still means it
    corrected = files(tmp_path, ("2026-02-02", "抖音直播", "种草", "华北", 8, 1), name="corrected.csv")
    assert corrected.corrected == 1  # and so does the new one
    assert kept("company") == 148
    files(tmp_path, ("2026-02-02", "抖音", "种草", "华北", 7, 1), name="back.csv")
    undo_change(change=change, person=bob())
    catch_up()
    assert everything() == before


def test_a_channel_moved_below_another_and_a_campaign_to_the_top(tmp_path: Path) -> None:
    two_spellings(tmp_path)
    move_node(node=node("channel:抖音"), parent=node("channel:抖音直播"), person=bob())
    catch_up()
    assert [kept("channel:抖音直播"), kept("channel:抖音")] == [147, 47]
    assert Node.objects.get(path="抖音/夏季").depth == 3
    assert value("revenue", "region:华东+channel:抖音", MONTH) == 40
    move_node(node=node("channel:抖音/夏季"), parent=None, person=bob())
    catch_up()
    assert [kept("channel:抖音直播"), kept("channel:抖音"), kept("channel:抖音/夏季")] == [107, 7, 40]
    assert value("revenue", "region:华东+channel:抖音/夏季", MONTH) == 40
    assert kept("company") == 147


@pytest.mark.parametrize(
    ("what", "below", "why"),
    [
        ("channel:a", "channel:a/b", "lies below a itself"),
        ("channel:a", "channel:a", "lies below a itself"),
        ("channel:a/b", "channel:a", "there already"),
        ("channel:a/b", "channel:c", "There is a b already"),
        ("channel:a/b", "region:x", "among its own kind"),
        ("channel:a", None, "there already"),
    ],
)
def test_what_cannot_be_moved_is_refused(what: str, below: str | None, why: str) -> None:
    for code in ("channel:a/b", "channel:c/b", "region:x"):
        node(code)
    with pytest.raises(Refused, match=why):
        move_node(node=node(what), parent=node(below) if below else None, person=bob())


# -- Names, and the order of taking back


def test_files_may_use_an_added_name_and_no_longer_one_that_was_removed(tmp_path: Path) -> None:
    two_spellings(tmp_path)
    added = add_alias(node=node("channel:抖音"), name="TikTok CN", person=bob())
    files(tmp_path, ("2026-02-05", "tiktok cn", "夏季", "华东", 5, 0), name="alias.csv")
    assert kept("channel:抖音") == 52
    with pytest.raises(Refused, match="already"):
        add_alias(node=node("channel:抖音直播"), name="TikTok CN", person=bob())
    with pytest.raises(Refused, match="merge them"):
        add_alias(node=node("channel:抖音直播"), name="抖音", person=bob())
    removed = remove_alias(alias=NodeAlias.objects.get(slug="tiktok-cn"), person=bob())
    undo_change(change=removed, person=bob())
    assert NodeAlias.objects.get(slug="tiktok-cn").node == node("channel:抖音")
    undo_change(change=added, person=bob())
    assert not NodeAlias.objects.exists()


def test_what_something_later_builds_on_says_what_to_undo_first() -> None:
    for code in ("channel:a/x", "channel:b", "channel:c"):
        node(code)
    first = move_node(node=node("channel:a/x"), parent=node("channel:b"), person=bob())
    second = merge_node(node=node("channel:a"), into=node("channel:c"), person=bob())
    with pytest.raises(Refused, match="Undo this first: a merged into c"):
        undo_change(change=first, person=bob())
    third = rename_node(node=node("channel:b"), name="Beta", person=bob())
    undo_change(change=second, person=bob())
    undo_change(change=first, person=bob())
    assert Node.objects.get(path="a/x").parent == node("channel:a")
    assert third.name == "Beta"


def test_a_rename_and_a_putting_away_can_be_taken_back() -> None:
    place = node("channel:a/x")
    rename_node(node=node("channel:a"), name="Alpha", person=bob())
    archive_node(node=node("channel:a"), person=bob())
    away, renamed = TreeChange.objects.order_by("-pk")[:2]
    undo_change(change=renamed, person=bob())
    undo_change(change=away, person=bob())
    place.refresh_from_db()
    assert place.archived_at is None
    assert node("channel:a").name == "a"
    assert not NodeAlias.objects.exists()


# -- Whatever people do


def everything() -> list[Any]:
    """Roll-ups, figures and trees, by what people call them."""
    return [
        sorted(
            (row.scope_id, row.day, row.source_id, [amount and amount.normalize() for amount in row.amounts])
            for row in AmountDay.objects.all()
        ),
        sorted(
            Reading.objects.values_list(
                "scope_id", "metric_id", "grain", "start", "value", "target", "status", "through"
            )
        ),
        sorted(NodeAncestor.objects.values_list("node_id", "ancestor_id", "ancestor_depth")),
        sorted(
            Node.objects.values_list("path", "parent_id", "merged_into_id", "depth", "place", "archived_at"),
            key=str,
        ),
        sorted(NodeAlias.objects.values_list("parent_id", "slug", "node_id"), key=str),
    ]


def model_closure() -> set[tuple[int, int, int]]:
    """The closure by plain Python."""
    nodes = {one.pk: one for one in Node.objects.all()}
    rows = set()
    for one in nodes.values():
        at = one
        while at.merged_into_id is not None:
            at = nodes[at.merged_into_id]
        chain = [at]
        while chain[-1].parent_id is not None:
            chain.append(nodes[chain[-1].parent_id])
        rows |= {(one.pk, up.pk, len(chain) - place) for place, up in enumerate(chain)}
    return rows


def sums_of_the_top() -> tuple[Decimal, Decimal]:
    """Revenue of all channels at the top together, and of the company."""
    slot = Measure.objects.get(code="revenue").slot
    rows = list(AmountDay.objects.select_related("scope__channel"))

    def sum_of(chosen: Iterator[AmountDay]) -> Decimal:
        return sum((row.amounts[slot - 1] or Decimal(0) for row in chosen), Decimal(0))

    top = sum_of(row for row in rows if row.scope.channel is not None and row.scope.channel.depth == 1)
    return top, sum_of(row for row in rows if row.scope.key == "company")


PATHS = ("a", "a/x", "a/y", "a/x/1", "b", "b/x", "b/z", "b/x/1", "b/x/2", "c", "c/y")
step = st.tuples(
    st.sampled_from(["merge", "merge", "move", "move", "undo", "file"]),
    st.integers(0, 99),
    st.integers(0, 99),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
@given(steps=st.lists(step, min_size=1, max_size=8), seed=st.integers(0, 999))
def test_whatever_is_merged_moved_and_undone_nothing_is_lost_or_counted_twice(
    tmp_path: Path, steps: list[tuple[str, int, int]], seed: int
) -> None:
    start_over()
    random_amounts = random.Random(seed)
    for path in PATHS:
        node(f"channel:{path}")
    headings = ("date", "channel", "campaign", "content", "revenue")
    rows = [
        (
            f"2026-0{random_amounts.randint(1, 3)}-05",
            *[*path.split("/"), "", ""][:3],
            random_amounts.randint(1, 10**6) / 100,
        )
        for path in PATHS
    ]
    send(write(tmp_path, text_of(rows, headings), name="all.csv"))
    before, total = everything(), sum(Decimal(str(row[-1])) for row in rows)
    done: list[TreeChange] = []
    for kind, one, other in steps:
        live = list(Node.objects.filter(merged_into__isnull=True).order_by("pk"))
        first, second = live[one % len(live)], [*live, None][other % (len(live) + 1)]
        try:
            if kind == "merge" and second is not None:
                done.append(merge_node(node=first, into=second, person=None))
            elif kind == "move":
                done.append(move_node(node=first, parent=second, person=None))
            elif kind == "undo" and done:
                undo_change(change=done[one % len(done)], person=None)
                done.pop(one % len(done))
            elif kind == "file":
                random_amounts.shuffle(rows)
                again = send(write(tmp_path, text_of(rows, headings), name="again.csv"))
                assert counts(again) == (len(rows), len(rows), 0, len(rows), 0)
        except Refused:
            continue
        catch_up()
        closure = set(NodeAncestor.objects.values_list("node_id", "ancestor_id", "ancestor_depth"))
        assert closure == model_closure()
        assert sums_of_the_top() == (total, total)
    for change in reversed(done):
        undo_change(change=change, person=None)
    catch_up()
    assert not ChangedDay.objects.exists()
    assert not ChangedScope.objects.exists()
    assert everything() == before


def test_bob_is_told_to_try_again_where_others_work_in_the_tree_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node("channel:a"), node("channel:b")
    monkeypatch.setattr(tree_lock, "PATIENCE", "200ms")
    held, done = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            tree_lock.share_tree()
            held.set()
            done.wait(20)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    held.wait(20)
    try:
        with pytest.raises(Refused, match="Try again"):
            merge_node(node=node("channel:a"), into=node("channel:b"), person=bob())
    finally:
        done.set()
        worker.join()
    assert not TreeChange.objects.exists()
    merge_node(node=node("channel:a"), into=node("channel:b"), person=bob())


def test_workers_who_roll_up_while_bob_merges_end_with_the_same_figures(tmp_path: Path) -> None:
    """Files wait to be rolled up, three hands do it, and in the middle of it areas are merged and moved."""
    rows = [
        (f"2026-0{month}-{day:02}", channel, campaign, "华东", month * day, 1)
        for month in range(1, 7)
        for day in range(1, 29)
        for channel in ("a", "b", "c")
        for campaign in ("x", "y")
    ]
    import_path(path=write(tmp_path, text_of(rows, SHORT)))
    hands = [threading.Thread(target=catch_up) for _ in range(2)]
    for hand in hands:
        hand.start()
    changes = [merge_node(node=node("channel:a"), into=node("channel:b"), person=bob())]
    changes.append(move_node(node=node("channel:c"), parent=node("channel:b"), person=bob()))
    for hand in hands:
        hand.join()
    catch_up()
    assert sums_of_the_top()[0] == sums_of_the_top()[1]
    assert not AmountDay.objects.filter(scope__key="channel:a").exists()
    assert kept("channel:b") == kept("company")
    for change in reversed(changes):
        undo_change(change=change, person=bob())
    catch_up()
    third = sum(2 * 2 * day for day in range(1, 29))
    assert [kept(f"channel:{one}") for one in "abc"] == [third] * 3
