"""What people do with objectives, in a real database: made, linked, checked in, closed, carried over, reminded of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from decisions.selectors import inbox
from kpis.models import CheckIn, CheckInReminder, KeyResult, Metric, Milestone, Objective, Watch
from kpis.models.okr import ReminderDay
from kpis.selectors.okr.access import visible_objectives
from kpis.selectors.okr.loading import ObjectiveView, load
from kpis.services import okr
from kpis.services.okr import KeyResultDraft, KeyResultMoved, MilestoneDraft, ObjectiveMoved, ObjectiveRefused
from organization.models import AccountMail, AuditEntry, Person
from organization.services.mails import send_next_mails
from tests.dashboards.figures import keep
from tests.kpis.objectives import (
    BEGAN,
    MONDAY,
    NOW,
    QUARTER,
    TODAY,
    D,
    draft,
    objective,
    result,
    say,
    stepped,
    tied,
)
from tests.people import alice, bob, charlie, mallory, node, person

pytestmark = pytest.mark.django_db
AFTER = date(2027, 1, 4)  # the quarter is over, and not closed yet
LONG_AFTER = date(2027, 2, 10)


def view(of: Objective, who: Person | None = None, today: date = TODAY) -> ObjectiveView:
    who = who or bob()
    return load([visible_objectives(who).get(pk=of.pk)], person=who, today=today)[0]


def close(of: Objective, today: date = TODAY, comment: str = "", **more: Any) -> Objective:
    of.refresh_from_db()
    return okr.close_objective(
        objective=of, comment=comment, comments=more.pop("comments", {}), based_on=of.revision, person=None,
        today=today, now=NOW, **more,
    )  # fmt: skip


def relink(
    one: Objective, *, to: Objective | None = None, result: KeyResult | None = None, who: Person | None = None
) -> Objective:
    one.refresh_from_db()
    wanted = draft(
        one.title,
        one.scope.key,
        level=one.level,
        owner=one.owner,
        supports_objective=to,
        supports_key_result=result,
    )
    return okr.edit_objective(objective=one, draft=wanted, based_on=one.revision, person=who, today=TODAY)


# -- Making and editing -----------------------------------------------------------------------------


def test_bob_makes_an_objective_and_the_history_knows() -> None:
    made = okr.make_objective(draft=draft(owner=alice()), person=bob(), today=TODAY)
    assert (made.state, made.scope.key, made.revision) == ("draft", "region:华东", 1)
    entry = AuditEntry.objects.get(action="objective.make")
    assert (entry.person, entry.subject) == (bob(), "Win the East")
    assert entry.details["owner"] == "alice"


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"title": "  "}, "title", "few words"),
        ({"title": "x" * 201}, "title", "200"),
        ({"start": date(2026, 11, 1)}, "quarter", "No quarter begins"),
        ({"start": date(2026, 7, 1)}, "quarter", "is closed"),
        ({"start": date(2032, 1, 1)}, "quarter", "two years ahead"),
        ({"level": "planet"}, "level", "whose"),
        ({"level": "company"}, "area", "whole company"),
        ({"level": "person"}, "owner", "needs the person"),
        ({"commitment": "maybe"}, "commitment", "committed or aspirational"),
        ({"description": "x" * 4001}, "description", "4000"),
    ],
)
def test_what_cannot_be_is_said_at_its_place(change: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(ObjectiveRefused, match=said) as refused:
        okr.make_objective(draft=draft(**change), person=bob(), today=TODAY)
    assert refused.value.field == field
    assert not Objective.objects.exists()


def test_nobody_is_made_responsible_for_what_she_cannot_see() -> None:
    with pytest.raises(ObjectiveRefused, match="Mallory may not see this area") as refused:
        okr.make_objective(draft=draft(owner=mallory()), person=bob(), today=TODAY)
    assert refused.value.field == "owner"
    with pytest.raises(ObjectiveRefused, match="This is no team"):
        okr.make_objective(draft=draft(team=node("region:华东")), person=bob(), today=TODAY)
    gone = person("Gone", "viewer", is_active=False)
    with pytest.raises(ObjectiveRefused, match="not active"):
        okr.make_objective(draft=draft(owner=gone), person=bob(), today=TODAY)


def test_the_later_of_two_editors_sees_that_she_is_late() -> None:
    made = objective()
    okr.edit_objective(objective=made, draft=draft("Bob's"), based_on=1, person=bob(), today=TODAY)
    with pytest.raises(ObjectiveMoved) as moved:
        okr.edit_objective(objective=made, draft=draft("Alice's"), based_on=1, person=alice(), today=TODAY)
    assert (moved.value.current.title, moved.value.current.revision) == ("Bob's", 2)
    same = okr.edit_objective(objective=made, draft=draft("Bob's"), based_on=1, person=alice(), today=TODAY)
    assert same.revision == 2, "the same again is no conflict"
    assert AuditEntry.objects.filter(action="objective.edit").count() == 1


def test_an_objective_begins_once_it_has_a_key_result_and_a_draft_can_be_removed() -> None:
    made = objective(begun=False)
    with pytest.raises(ObjectiveRefused, match="Add a key result first"):
        okr.begin_objective(objective=made, person=bob(), today=TODAY, now=NOW)
    result(made)
    for _twice in range(2):
        running = okr.begin_objective(objective=made, person=bob(), today=TODAY, now=NOW)
        assert (running.state, running.begun_at) == ("active", NOW)
    with pytest.raises(ObjectiveRefused, match="Only a draft"):
        okr.remove_objective(objective=running, person=bob())
    other = objective("Another", begun=False)
    okr.remove_objective(objective=other, person=bob())
    assert Objective.objects.count() == 1


# -- Key results ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"target": D(0)}, "target", "nothing to reach"),
        ({"target": D("0.0000001")}, "target", "nothing to reach"),
        ({"weight": D(0)}, "weight", "more than 0"),
        ({"weight": D(-1)}, "weight", "more than 0"),
        ({"weight": D(1000)}, "weight", "less than 1,000"),
        ({"target": D(10) ** 18}, "target", "too large"),
        ({"baseline": -(D(10) ** 18)}, "baseline", "too large"),
        ({"target": D("NaN")}, "target", "not a number"),
        ({"how": "by magic"}, "how", "how it is measured"),
        ({"unit": "bananas"}, "unit", "Choose a unit"),
        ({"how": "metric"}, "metric", "Choose the figure"),
        ({"how": "milestones"}, "milestones", "at least one"),
        ({"title": ""}, "title", "few words"),
    ],
)
def test_a_key_result_that_cannot_be_is_refused_at_its_place(
    change: dict[str, Any], field: str, said: str
) -> None:
    made = objective()
    known = {"title": "Partners", "how": "manual", "baseline": D(0), "target": D(10)}
    with pytest.raises(ObjectiveRefused, match=said) as refused:
        okr.add_key_result(
            objective=made, draft=KeyResultDraft(**{**known, **change}), person=bob(), today=TODAY
        )
    assert refused.value.field == field
    assert not KeyResult.objects.exists()


def test_the_database_itself_keeps_out_what_forms_would_refuse() -> None:
    made, one = objective(), None
    one = result(made)
    wrong: list[Callable[[], object]] = [
        lambda: KeyResult.objects.filter(pk=one.pk).update(weight=0),
        lambda: KeyResult.objects.filter(pk=one.pk).update(target=0),
        lambda: KeyResult.objects.filter(pk=one.pk).update(how="metric"),
        lambda: Objective.objects.filter(pk=made.pk).update(supports_objective=made.pk),
        lambda: Objective.objects.filter(pk=made.pk).update(
            supports_objective=other.pk, supports_key_result=one.pk
        ),
        lambda: CheckIn.objects.create(key_result=one, week=MONDAY, version=1, confidence=11),
        lambda: CheckIn.objects.create(key_result=one, week=TODAY, version=1, confidence=1),
    ]
    other = objective("Other")
    for change in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_figure_goes_the_way_that_is_good_for_it() -> None:
    made = objective()
    with pytest.raises(ObjectiveRefused, match="lies above where it begins"):
        tied(made, baseline="100", target="50")
    with pytest.raises(ObjectiveRefused, match="lies below where it begins"):
        tied(made, code="cac", baseline="100", target="150")
    assert tied(made, code="cac", baseline="100", target="80").unit == "money"


def test_a_crossing_of_areas_is_kept_from_then_on_and_forgotten_when_the_key_result_is_removed() -> None:
    made = objective()
    one = tied(made, "region:华东+channel:x")
    assert Watch.objects.get().scope.key == "region:华东+channel:x"
    assert not Watch.objects.filter(scope__key="region:华东").exists()
    tied(made)
    assert Watch.objects.count() == 1, "figures of single areas are kept anyhow"
    okr.remove_key_result(key_result=one, person=bob(), today=TODAY, now=NOW)
    assert not Watch.objects.exists()


def test_the_later_of_two_editors_of_a_key_result_sees_that_she_is_late() -> None:
    one = result(objective())

    def edit(target: int) -> KeyResult:
        wanted = KeyResultDraft(title="Partners signed", how="manual", target=D(target))
        return okr.edit_key_result(key_result=one, draft=wanted, based_on=1, person=bob(), today=TODAY)

    assert edit(12).revision == 2
    with pytest.raises(KeyResultMoved):
        edit(15)
    assert edit(12).revision == 2


def test_milestones_that_are_reached_stay_so_when_others_are_edited() -> None:
    one = stepped(objective(), ("Lease", "2026-10-20", "1"), ("Opening", "2026-12-01", "3"))
    lease, opening = one.milestones.order_by("due_on")
    okr.tick_milestone(milestone=lease, done=True, person=alice(), today=TODAY, now=NOW)
    edited = KeyResultDraft(
        title=one.title,
        how="milestones",
        milestones=[
            MilestoneDraft("The lease is signed", date(2026, 10, 20), D(1), lease.pk),
            MilestoneDraft("Staff", date(2026, 11, 15), D(1)),
        ],
    )
    okr.edit_key_result(key_result=one, draft=edited, based_on=1, person=bob(), today=TODAY)
    found = {milestone.title: milestone for milestone in Milestone.objects.all()}
    assert set(found) == {"The lease is signed", "Staff"}
    assert found["The lease is signed"].done_by == alice()
    assert not Milestone.objects.filter(pk=opening.pk).exists()
    with pytest.raises(ObjectiveRefused, match="within the quarter") as refused:
        stepped(objective("B"), ("Fine", "2026-12-31", "1"), ("Late", "2027-01-01", "1"))
    assert (refused.value.field, refused.value.row) == ("due_on", 1)


# -- Where it stands --------------------------------------------------------------------------------


def test_progress_moves_by_itself_with_the_quarters_figure() -> None:
    made = objective()
    tied(made, target="1200")
    assert view(made).stand.status == "grey"
    keep("region:华东", "revenue", "700", expected="600", target="1000", period="2026-Q4")
    shown = view(made)
    # 0.6 of the quarter's plan is due by now, so 720 of 1,200.
    assert (shown.grade, shown.due, shown.stand.status) == ("0.5", "0.6", "yellow")
    keep("region:华东", "revenue", "720", expected="600", target="1000", period="2026-Q4")
    assert view(made).stand.status == "green"


def test_without_a_plan_for_the_figure_days_say_what_is_due() -> None:
    made = objective()
    tied(made, target="920")
    keep("region:华东", "revenue", "520", expected=None, period="2026-Q4", through=date(2026, 11, 21))
    shown = view(made)
    assert shown.stand.due == Decimal("0.565217391304")  # 52 of 92 days
    assert shown.stand.status == "green"


def test_an_objective_weighs_its_key_results_and_leaves_removed_ones_out() -> None:
    made = objective()
    heavy, light = result(made, weight=D(3)), result(made, "Shops")
    say(heavy, "8", confidence=9)
    say(light, "0", confidence=1)
    shown = view(made)
    assert (shown.stand.progress, shown.confidence) == (D("0.6"), 7)
    okr.remove_key_result(key_result=light, person=bob(), today=TODAY, now=NOW)
    assert view(made).stand.progress == D("0.8")


# -- Check-ins --------------------------------------------------------------------------------------


def test_a_second_check_in_of_the_week_replaces_the_first_and_both_are_kept() -> None:
    one = result(objective())
    say(one, "3", 6, "slow", who=alice())
    say(one, "4", 7, "better", who=bob())
    say(one, "4", 7, "better", who=bob())
    versions = list(one.check_ins.order_by("version"))
    assert [(each.version, each.value, each.superseded_at is None) for each in versions] == [
        (1, 3, False), (2, 4, True),
    ]  # fmt: skip
    say(one, "5", today=TODAY + timedelta(days=1))
    assert one.check_ins.filter(superseded_at__isnull=True).count() == 2
    assert AuditEntry.objects.filter(action="key_result.check_in").count() == 3


@pytest.mark.parametrize(
    ("value", "confidence", "note", "field"),
    [
        ("3", 11, "", "confidence"),
        ("3", -1, "", "confidence"),
        (None, 5, "", "value"),
        ("1e18", 5, "", "value"),
        ("NaN", 5, "", "value"),
        ("3", 5, "x" * 1001, "note"),
    ],
)
def test_a_check_in_that_makes_no_sense_is_refused_at_its_place(
    value: str | None, confidence: int, note: str, field: str
) -> None:
    one = result(objective())
    with pytest.raises(ObjectiveRefused) as refused:
        say(one, value, confidence, note)
    assert refused.value.field == field
    assert not CheckIn.objects.exists()


def test_nobody_checks_in_to_a_draft_a_future_or_a_closed_quarter() -> None:
    with pytest.raises(ObjectiveRefused, match="still a draft"):
        say(result(objective("Draft", begun=False)), "1")
    ahead = objective("Ahead", start=date(2027, 1, 1))
    with pytest.raises(ObjectiveRefused, match="not begun yet"):
        say(result(ahead), "1")
    late = result(objective("Late"))
    say(late, "1", today=AFTER)
    with pytest.raises(ObjectiveRefused, match="is closed"):
        say(late, "2", today=LONG_AFTER)
    with pytest.raises(ObjectiveRefused, match="is closed"):
        okr.add_key_result(
            objective=late.objective,
            draft=KeyResultDraft(title="More", how="manual"),
            person=None,
            today=LONG_AFTER,
        )
    gone = result(objective("Gone"))
    okr.remove_key_result(key_result=gone, person=None, today=TODAY, now=NOW)
    with pytest.raises(ObjectiveRefused, match="removed meanwhile"):
        say(gone, "1")


def test_a_figures_check_in_keeps_the_figure_as_it_was_said_of() -> None:
    made = objective()
    one = tied(made)
    keep("region:华东", "revenue", "700", expected="600", target="1200", period="2026-Q4")
    assert say(one, "99", 8, "on it").value == 700
    steps = stepped(made, ("Lease", "2026-10-20", "1"), ("Opening", "2026-12-01", "3"))
    okr.tick_milestone(
        milestone=steps.milestones.earliest("due_on"), done=True, person=None, today=TODAY, now=NOW
    )
    assert say(steps, None).value == D("0.25")


def test_a_milestone_is_reached_once_and_may_turn_out_not_to_be() -> None:
    milestone = stepped(objective(), ("Lease", "2026-10-20", "1")).milestones.get()
    for done, at in ((True, NOW), (True, NOW), (False, None)):
        milestone = okr.tick_milestone(milestone=milestone, done=done, person=bob(), today=TODAY, now=NOW)
        assert milestone.done_at == at
    assert AuditEntry.objects.filter(action__startswith="milestone.").count() == 2


# -- Alignment --------------------------------------------------------------------------------------


def test_a_ring_is_refused_and_named_as_far_as_the_reader_may_know_it() -> None:
    top, east, own = objective("Top", "company"), objective("East"), objective("Own", "region:华东/上海")
    relink(east, to=top)
    relink(own, result=result(east))
    with pytest.raises(ObjectiveRefused, match="“Top” → “Own” → “East” → “Top”") as refused:
        relink(top, to=own, who=bob())
    assert refused.value.field == "supports"
    with pytest.raises(ObjectiveRefused) as refused:
        relink(east, to=own, who=alice())
    assert "“East” → “Own” → “East”" in str(refused.value)
    far = objective("Far", "region:华北")
    relink(far, to=own)
    relink(top, to=None)
    relink(own, to=top)
    with pytest.raises(ObjectiveRefused) as refused:
        relink(top, to=far, who=charlie("region:华北"))
    assert "“Top” → “Far” → an objective that you may not see" in str(refused.value)
    assert "Own" not in str(refused.value)
    Objective.objects.get(pk=top.pk, supports_objective=None)


def test_it_supports_one_thing_of_its_own_quarter_and_not_itself() -> None:
    one, other, later = objective("One"), objective("Other"), objective("Later", start=date(2027, 1, 1))
    with pytest.raises(ObjectiveRefused, match="not both"):
        relink(one, to=other, result=result(other))
    with pytest.raises(ObjectiveRefused, match="same quarter"):
        relink(one, to=later)
    with pytest.raises(ObjectiveRefused, match="itself"):
        relink(one, to=one)
    with pytest.raises(ObjectiveRefused, match="itself"):
        relink(one, result=result(one))


def test_who_supported_a_key_result_that_is_removed_supports_its_objective() -> None:
    east, own = objective("East"), objective("Own")
    one = result(east)
    relink(own, result=one)
    okr.remove_key_result(key_result=one, person=None, today=TODAY, now=NOW)
    own.refresh_from_db()
    assert (own.supports_key_result, own.supports_objective) == (None, east)
    with pytest.raises(ObjectiveRefused, match="removed meanwhile"):
        relink(own, result=KeyResult.objects.get(pk=one.pk))


def test_what_an_objective_supports_is_told_only_to_who_may_see_it() -> None:
    top, east = objective("Top", "company"), objective("East")
    relink(east, to=top)
    assert view(east, bob()).support.title == "Top"  # type: ignore[union-attr]
    hers = view(east, alice())
    assert (hers.support.objective, hers.support.title) == (None, "")  # type: ignore[union-attr]
    assert not hers.orphan


def test_a_key_result_on_an_area_that_she_may_not_see_tells_her_nothing() -> None:
    made = objective()
    tied(made, "region:华北")
    keep("region:华北", "revenue", "700", expected="600", target="1200", period="2026-Q4")
    assert view(made, bob()).key_results[0].figure is not None
    (hidden,) = view(made, alice()).key_results
    assert hidden.hidden
    assert (hidden.figure, hidden.check_ins, hidden.may_check_in) == (None, (), False)


@pytest.mark.django_db(transaction=True)
def test_two_who_link_at_the_same_time_make_no_ring() -> None:
    one, other = objective("One"), objective("Other")
    said: list[str] = []

    def link(below: Objective, above: Objective) -> None:
        try:
            relink(Objective.objects.get(pk=below.pk), to=above)
        except ObjectiveRefused as refused:
            said.append(str(refused))
        finally:
            connection.close()

    hands = [threading.Thread(target=link, args=pair) for pair in ((one, other), (other, one))]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert len(said) == 1
    assert "ring" in said[0]
    assert Objective.objects.filter(supports_objective__isnull=False).count() == 1


# -- Closing and carrying over ----------------------------------------------------------------------


def test_closing_grades_by_weight_and_keeps_what_it_came_to() -> None:
    made = objective()
    heavy, light, silent = result(made, weight=D(2)), tied(made, target="1000"), result(made, "Shops")
    say(heavy, "12", today=AFTER)
    keep("region:华东", "revenue", "700", expected="1000", target="1000", period="2026-Q4")
    done = close(made, AFTER, "A good quarter", comments={silent.pk: "Nobody looked after it"})
    assert done.grade == D("0.775")  # (2 × 1.2 + 0.7 + 0) / 4
    heavy.refresh_from_db()
    light.refresh_from_db()
    silent.refresh_from_db()
    assert (heavy.grade, light.grade, silent.grade) == (D("1.2"), D("0.7"), None)
    assert silent.closing_comment == "Nobody looked after it"
    keep("region:华东", "revenue", "0", expected="1000", target="1000", period="2026-Q4")
    shown = view(made, today=AFTER)
    assert (shown.grade, shown.stand.status) == ("0.7", "green")
    assert [one.stand.status for one in shown.key_results] == ["green", "green", "grey"]
    with pytest.raises(ObjectiveRefused, match="closed"):
        say(heavy, "13", today=AFTER)
    with pytest.raises(ObjectiveRefused, match="closed"):
        close(made, AFTER)


def test_a_promise_needs_all_of_it() -> None:
    made = objective(commitment="committed")
    say(result(made), "9")
    assert view(close(made)).stand.status == "red"


def test_closing_waits_for_whoever_edits_meanwhile_and_refuses_drafts() -> None:
    made = objective()
    result(made)
    with pytest.raises(ObjectiveMoved):
        okr.close_objective(
            objective=made,
            comment="",
            comments={},
            based_on=made.revision - 1,
            person=None,
            today=TODAY,
            now=NOW,
        )
    with pytest.raises(ObjectiveRefused, match="draft"):
        close(objective("Draft", begun=False))
    assert close(objective("Nothing in it")).grade is None


def test_what_is_unfinished_goes_on_from_where_it_got_to_once() -> None:
    top, made = objective("Top", "company"), objective(owner=alice())
    finished, open_one, figure = (
        result(made, "Finished"),
        result(made, "Open", "2", "10"),
        tied(made, target="1000"),
    )
    steps = stepped(made, ("Lease", "2026-10-31", "1"), ("Opening", "2026-11-30", "3"))
    say(finished, "10")
    say(open_one, "6")
    okr.tick_milestone(
        milestone=steps.milestones.earliest("due_on"), done=True, person=None, today=TODAY, now=NOW
    )
    keep("region:华东", "revenue", "700", expected="1000", target="1000", period="2026-Q4")
    relink(made, to=top)
    result(top)
    with pytest.raises(ObjectiveRefused, match="Close it first"):
        okr.carry_over(objective=made, person=bob(), today=AFTER)
    close(made, AFTER)
    copy = okr.carry_over(objective=made, person=bob(), today=AFTER)
    assert (copy.start, copy.state, copy.owner, copy.supports_objective) == (
        date(2027, 1, 1),
        "draft",
        alice(),
        None,
    )
    known = {one.title: one for one in copy.key_results.all()}
    assert set(known) == {"Open", figure.title, "The shop opens"}
    assert (known["Open"].baseline, known["Open"].target) == (D(6), D(10))
    assert (known[figure.title].baseline, known[figure.title].metric) == (
        D(700),
        Metric.objects.get(code="revenue"),
    )
    assert [(one.title, one.due_on) for one in known["The shop opens"].milestones.all()] == [
        ("Opening", date(2027, 2, 28))
    ]
    with pytest.raises(ObjectiveRefused, match="carried over into Q1 2027 already"):
        okr.carry_over(objective=made, person=bob(), today=AFTER)
    close(top, AFTER)
    above = okr.carry_over(objective=top, person=bob(), today=AFTER)
    copy.refresh_from_db()
    assert copy.supports_objective == above, "who went ahead finds its support again"


def test_carried_after_its_support_it_hangs_on_the_copy_of_the_key_result() -> None:
    top, made = objective("Top", "company"), objective()
    one, other = result(top, "Revenue of all"), result(made)
    relink(made, result=one)
    say(one, "2")
    say(other, "2")
    for each in (top, made):
        close(each, AFTER)
        okr.carry_over(objective=each, person=None, today=AFTER)
    copy = Objective.objects.get(carried_from=made)
    assert copy.supports_key_result is not None
    assert copy.supports_key_result.carried_from == one


def test_where_all_is_reached_there_is_nothing_to_carry_over() -> None:
    made = objective()
    say(result(made), "10")
    close(made)
    with pytest.raises(ObjectiveRefused, match="All of it is reached"):
        okr.carry_over(objective=made, person=None, today=TODAY)
    late = objective("Late")
    result(late)
    close(late)
    with pytest.raises(ObjectiveRefused, match="Q1 2027 is closed"):
        okr.carry_over(objective=late, person=None, today=date(2027, 5, 1))


# -- Reminders --------------------------------------------------------------------------------------


def at(day: str, hour: int = 9) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(f"{day}T{hour:02d}:30:00"))


def letters() -> list[Any]:
    while send_next_mails(clock=timezone.now):
        pass
    return mail.outbox


MONDAY_MORNING = at("2026-11-23")


def test_who_missed_a_week_is_reminded_once_by_one_mail_that_names_all() -> None:
    made = objective(owner=alice())
    result(made, "Partners signed")
    result(made, "Shops opened")
    result(made, "Bob's own", owner=bob())
    tied(made)
    assert okr.remind(now=MONDAY_MORNING) == 2
    assert okr.remind(now=MONDAY_MORNING) == 0
    assert okr.remind(now=at("2026-11-25")) == 0, "once a week"
    to_alice, to_bob = sorted(letters(), key=lambda letter: letter.to)
    assert to_alice.to == ["alice@example.com"]
    assert to_alice.subject == "2 check-ins are missing"
    assert "Partners signed" in to_alice.body
    assert "Shops opened" in to_alice.body
    assert "Bob's own" not in to_alice.body
    assert "Revenue" not in to_alice.body, "a figure moves by itself"
    assert "/okr/mine/" in to_alice.body
    assert to_bob.subject == "1 check-in is missing"
    assert okr.remind(now=at("2026-11-30")) == 2, "the next week again"


def test_what_is_missing_waits_among_her_tasks_until_she_checks_in() -> None:
    made = objective(owner=alice())
    one, other = result(made, "Partners signed"), result(made, "Shops opened")
    for monday in ("2026-11-23", "2026-11-23", "2026-11-30"):
        okr.remind(now=at(monday))
    waiting = inbox(alice(), as_of=at("2026-11-30")).tasks
    assert len(waiting) == 2, "one each until it is done"
    assert {row.title for row in waiting} == {
        "Partners signed (for “Win the East”)", "Shops opened (for “Win the East”)",
    }  # fmt: skip
    say(one, "3", today=date(2026, 12, 1))
    assert {row.task.subject_id for row in inbox(alice(), as_of=at("2026-12-01")).tasks} == {other.pk}
    close(made, date(2026, 12, 1))
    assert not inbox(alice(), as_of=at("2026-12-01")).tasks


def test_whoever_checked_in_runs_a_draft_or_has_just_begun_is_left_alone() -> None:
    said = result(objective("Said", owner=alice()))
    say(said, "3", today=date(2026, 11, 20))
    result(objective("Draft", owner=alice(), begun=False))
    fresh = objective("Fresh", owner=alice())
    result(fresh)
    Objective.objects.filter(pk=fresh.pk).update(begun_at=at("2026-11-17"))
    late = result(objective("Added late", owner=alice()))
    KeyResult.objects.filter(pk=late.pk).update(created_at=at("2026-11-17"))
    assert okr.remind(now=MONDAY_MORNING) == 0


def test_nobody_is_told_of_what_she_may_no_longer_see_nor_at_an_address_she_never_confirmed() -> None:
    result(objective("Hers", owner=alice()))
    result(objective("Secret plan", "region:华北", owner=bob()))
    bobs = bob()
    bobs.grants.all().delete()
    Person.objects.filter(pk=alice().pk).update(email_verified_at=None)
    assert okr.remind(now=MONDAY_MORNING) == 0
    assert not AccountMail.objects.exists()
    assert CheckInReminder.objects.get().person == alice(), "she finds it among her tasks"


def test_reminders_wait_for_nine_on_a_working_day_and_are_over_when_done() -> None:
    assert not okr.reminders_wait(now=at("2026-11-22", 12)), "a Sunday"
    assert not okr.reminders_wait(now=at("2026-11-23", 8))
    assert okr.reminders_wait(now=MONDAY_MORNING)
    okr.remind(now=MONDAY_MORNING)
    assert ReminderDay.objects.count() == 1
    assert not okr.reminders_wait(now=MONDAY_MORNING)
    assert okr.reminders_wait(now=at("2026-11-24"))


def test_in_chinese_for_who_reads_chinese() -> None:
    who = person("Wang", "lead", "region:华东", language="zh-hans")
    result(objective(owner=who))
    okr.remind(now=MONDAY_MORNING)
    assert letters()[0].body


@pytest.mark.django_db(transaction=True)
def test_two_beats_send_one_mail() -> None:
    result(objective(owner=alice()))
    sent: list[int] = []
    together = threading.Barrier(2)

    def beat() -> None:
        together.wait()
        try:
            sent.append(okr.remind(now=MONDAY_MORNING))
        finally:
            connection.close()

    hands = [threading.Thread(target=beat) for _ in range(2)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert sorted(sent) == [0, 1]
    assert AccountMail.objects.count() == 1


def test_the_builders_quarter_is_the_one_that_these_tests_speak_of() -> None:
    assert objective().start == QUARTER
    assert timezone.localdate(BEGAN) == QUARTER
