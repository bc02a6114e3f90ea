"""The ladder: what happens by itself as a budget is used up, each step said, and each taken back by who may."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django.utils import translation

from alerts.conditions import parse
from alerts.models import ConsequenceRun, Notice, Rule
from budgets.models import (
    AskedFor,
    Balance,
    BudgetSettings,
    Hold,
    HoldKind,
    LadderRule,
    Line,
    LineState,
    Rung,
    Statement,
)
from budgets.pause_words import PAUSE
from budgets.rule_consequences import TEMPLATES
from budgets.services import ladder, statements
from budgets.services.settings import settings
from decisions.models import Proposal, Task
from decisions.services import decide
from kpis.models import Metric
from tests.alerts.builders import browser
from tests.budgets.books import a_budget, a_line, put
from tests.budgets.ladders import NOW, a_ladder, brings, owned, rule_of, work
from tests.people import alice, bob, dana, node, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


def settle(**more: object) -> BudgetSettings:
    settings()
    BudgetSettings.objects.update(version=2, **more)
    return settings()


# -- The rules that a budget brings along ------------------------------------------------------------


def test_an_approved_budget_brings_its_rules_along_once() -> None:
    budget = a_ladder()
    assert ladder.make_rules(budget=budget, person=None, now=NOW) == []
    found = {one.rung: one.rule for one in LadderRule.objects.select_related("rule__metric")}
    assert {rung: rule.metric.code for rung, rule in found.items() if rule} == {
        "used": "budget_use",
        "ahead": "budget_variance",
        "day": "budget_day",
        "line": "budget_over",
        "conversions": "budget_conversions_share",
    }
    assert rule_of(budget, Rung.USED).tiers.get().condition == {
        "kind": "level",
        "above": "0.8",
        "inclusive": True,
    }


def test_the_rules_follow_the_settings_but_what_somebody_edited_stays_hers() -> None:
    budget = a_ladder()
    tier = rule_of(budget, Rung.AHEAD).tiers.get()
    tier.condition = {"kind": "level", "above": "0.5"}
    tier.save()
    row = settle(warn_share="0.7", over_share="0.3", day_over="0.3")
    assert ladder.follow_settings(now=NOW) == 1
    used, ahead = (rule_of(budget, rung).tiers.get() for rung in (Rung.USED, Rung.AHEAD))
    assert used.condition["above"] == "0.7"
    assert used.consequences == ["budgets.ask_rest", "budgets.freeze"]
    assert used.policy == row.policy
    assert ahead.condition["above"] == "0.5"
    assert ladder.follow_settings(now=NOW) == 0
    assert not ladder.rules_wait()


def test_two_budgets_share_the_policy_by_which_owners_hear() -> None:
    one, other = a_ladder(), a_ladder("Quarter")
    policies = {rule_of(budget, rung).tiers.get().policy for budget in (one, other) for rung in Rung}
    assert len(policies) == 2


def test_the_rules_of_a_closed_budget_watch_no_more() -> None:
    budget = a_ladder()
    budget.state = "closed"
    budget.save()
    assert ladder.rules_wait()
    ladder.end_with_budgets(now=NOW)
    assert not Rule.objects.filter(enabled=True).exists()
    assert not ladder.rules_wait()


def test_a_budget_approved_while_nobody_listened_gets_its_rules_later() -> None:
    budget = a_budget()
    assert ladder.lacking_rules() == [budget]


def test_a_company_without_one_of_the_figures_goes_without_its_rule() -> None:
    Metric.objects.filter(code="budget_conversions_share").update(archived_at=NOW)
    budget = a_ladder()
    assert budget.ladder.count() == 4
    assert ladder.lacking_rules() == []


# -- Tier 1 ------------------------------------------------------------------------------------------


def test_at_eighty_percent_the_owner_is_told_and_asked_and_a_part_is_frozen_until_she_has_said() -> None:
    owner = person("Alice", "lead", "region:华东", phone="+8613800000000", phone_verified_at=NOW)
    budget = a_ladder()
    fair = owned(budget, "Fair", owner, 10_000, core=False)
    put(fair, "spend", 7_999, on=date(2026, 8, 12))
    for rung in (Rung.AHEAD, Rung.DAY):
        Rule.objects.filter(pk=rule_of(budget, rung).pk).update(enabled=False)
    assert work() == []
    put(fair, "commitment", 1, on=date(2026, 8, 12))
    said = work()
    asked = Statement.objects.get()
    assert (asked.line, asked.asked_for, asked.due_on) == (fair, AskedFor.REST, date(2026, 8, 19))
    assert Task.objects.get().assigned_to == owner
    assert Balance.objects.get(line=fair).frozen == 200
    assert "Frozen until the plan for the rest is there: ¥200.00 on Fair." in said
    assert {"email", "sms"} <= set(
        Notice.objects.filter(person=owner).values_list("way", flat=True)
    )  # the line's alert
    statements.say(statement=asked, text="One more fair.", person=owner, now=NOW)
    assert Balance.objects.get(line=fair).frozen == 0
    work()
    assert Statement.objects.count() == 1


def test_core_lines_keep_what_is_free() -> None:
    budget = a_ladder()
    core = a_line(budget, "Search", planned=10_000)
    put(core, "commitment", 9_000, on=date(2026, 8, 12))
    said = work()
    assert not Hold.objects.exists()
    assert "Nothing was frozen: what is free belongs to core lines." in said


def test_a_whole_budget_at_eighty_percent_asks_those_whose_lines_are_and_freezes_the_others_too() -> None:
    budget = a_ladder()
    full = a_line(budget, "Search", planned=80_000)
    empty = a_line(budget, "Fair", planned=10_000, core=False)
    put(full, "commitment", 76_000, on=date(2026, 8, 12))
    a_line(budget, "Reserve", planned=1_000, core=False, pool="reserve")
    work()
    assert [one.line for one in Statement.objects.all()] == [full]
    assert Balance.objects.get(line=empty).frozen == 1_000
    assert Hold.objects.count() == 1  # a pool is not frozen
    statements.say(statement=Statement.objects.get(), text="So.", person=bob(), now=NOW)
    assert not Hold.objects.filter(lifted_at__isnull=True).exists()


def test_a_line_that_was_dropped_from_the_plan_is_left_alone() -> None:
    budget = a_ladder()
    put(a_line(budget, "Search", planned=90_000), "commitment", 1, on=date(2026, 8, 12))
    dropped = a_line(budget, "Fair", planned=10_000, core=False)
    put(dropped, "commitment", 9_000, on=date(2026, 8, 12))
    Line.objects.filter(pk=dropped.pk).update(state=LineState.CLOSED)
    assert set(work()) == {"Nothing was done: this line is closed."}
    assert not Statement.objects.exists()
    assert set(ConsequenceRun.objects.values_list("state", flat=True)) == {"done"}


# -- Tier 2 ------------------------------------------------------------------------------------------


def ahead() -> tuple[Line, Line, Line]:
    """Three lines, one of them far ahead of plan, and two that bring less than they cost."""
    budget = a_ladder()
    good = a_line(budget, "Search", planned=31_000, channel=node("channel:search"))
    poor = a_line(budget, "Films", planned=31_000, channel=node("channel:films"))
    poorest = a_line(budget, "Fair", planned=31_000, channel=node("channel:fair"))
    brings("channel:search", revenue=3000, cost=1000)
    brings("channel:films", revenue=900, cost=1000)
    brings("channel:fair", revenue=500, cost=1000)
    for line, spent in ((good, 30_000), (poor, 15_000), (poorest, 15_000)):
        put(line, "spend", spent, on=date(2026, 8, 12))
    return good, poor, poorest


def of_budget() -> list[ConsequenceRun]:
    runs = ConsequenceRun.objects.filter(event__episode__instance__scope__node__budget__isnull=False)
    return list(runs.order_by("pk"))


def test_ahead_of_plan_it_is_advised_to_pause_what_brings_least_until_that_is_covered() -> None:
    bob(), dana()
    _good, _poor, poorest = ahead()
    work()
    made = Proposal.objects.get(kind=PAUSE)  # 15,000 too much, and 16,000 free on the worst
    assert made.subject_id == poorest.pk
    assert Line.objects.get(pk=poorest.pk).state == LineState.OPEN
    assert "Proposed to pause Fair" in next(
        run.words for run in of_budget() if run.code == "budgets.pause_worst"
    )
    decide(proposal=made, person=bob(), verdict="approve", note="", as_of=NOW)
    hold = Hold.objects.get(kind=HoldKind.PAUSE)
    assert (hold.line, hold.proposal, hold.made_by) == (poorest, made, bob())
    assert Line.objects.get(pk=poorest.pk).state == LineState.PAUSED


def test_where_that_is_enforced_it_is_paused_at_once() -> None:
    bob(), dana()
    settle(enforce=True)
    _good, _poor, poorest = ahead()
    work()
    hold = Hold.objects.get(kind=HoldKind.PAUSE)
    assert (hold.line, hold.made_by, hold.amount) == (poorest, None, 16_000)
    assert not Proposal.objects.exists()


def test_without_a_low_return_nothing_is_paused_and_that_is_said() -> None:
    bob(), dana()
    settle(return_threshold="0.2")
    ahead()
    assert "Nothing was paused: no line with money left has a return under 0.2." in work()
    assert not Proposal.objects.exists()


def test_the_owner_the_manager_and_finance_are_asked_to_review() -> None:
    owner = alice("company")
    manager, finance = bob(), dana()
    budget = a_ladder(owner=owner)
    fair = owned(budget, "Fair", owner, 31_000)
    put(fair, "spend", 30_000, on=date(2026, 8, 12))
    work()
    tasks = Task.objects.filter(opened_for__contains="review", kind="budgets.line")
    assert {task.assigned_to for task in tasks} == {owner, manager, finance}


# -- Causes and conversions --------------------------------------------------------------------------


def test_a_day_far_over_its_plan_asks_for_its_cause() -> None:
    budget = a_ladder()
    fair = a_line(budget, "Fair", planned=31_000)
    put(fair, "spend", 1_299, on=date(2026, 8, 14))
    put(fair, "spend", 1_300, on=date(2026, 8, 15))
    work()
    asked = Statement.objects.filter(asked_for=AskedFor.DAY_CAUSE)
    assert [(one.day, one.values["day_spent"]) for one in asked] == [(date(2026, 8, 15), "1300")]


def test_a_line_a_tenth_over_asks_for_its_cause() -> None:
    budget = a_ladder()
    fair = a_line(budget, "Fair", planned=10_000)
    put(fair, "spend", 10_999, on=date(2026, 8, 12))
    work()
    assert not Statement.objects.filter(asked_for=AskedFor.LINE_CAUSE).exists()
    put(fair, "spend", 1, on=date(2026, 8, 12))
    work()
    assert Statement.objects.get(asked_for=AskedFor.LINE_CAUSE).line == fair


def test_every_step_speaks_chinese_once_it_is_translated() -> None:
    """What was done is kept in English with its values apart, so that it can be said in any language."""
    bob(), dana()
    ahead()
    work()
    for run in ConsequenceRun.objects.exclude(said=""):
        with translation.override("zh-hans"):
            assert "%(" not in run.words
            assert "%(" in run.said or not run.values


def test_the_shipped_conditions_are_ones_that_rules_can_have() -> None:
    for making in ladder.LADDER.values():
        assert parse(making.condition(settings()).as_json())


def test_each_shipped_rule_for_budgets_can_be_saved_as_it_is_offered() -> None:
    """Through the page: what the template fills in is posted back."""
    client = browser(bob())
    for one in TEMPLATES:
        page = client.get(reverse("alerts:rule_new"), {"template": one.code, "area": "company"})
        posted = {"people-TOTAL_FORMS": "0", "people-INITIAL_FORMS": "0"}
        for form in (page.context["form"], *page.context["tiers"]):
            for field in form:
                value = field.value()
                if value not in (None, ""):
                    posted[field.html_name] = getattr(value, "pk", value)
        response = client.post(reverse("alerts:rule_new"), posted)
        assert response.status_code == 302, response.context["form"].errors
    saved = list(Rule.objects.order_by("pk").prefetch_related("tiers"))
    assert [rule.metric.code for rule in saved] == [one.metric for one in TEMPLATES]
    for rule, one in zip(saved, TEMPLATES, strict=True):
        asked = {tier.level: (parse(tier.condition), tuple(tier.consequences)) for tier in rule.tiers.all()}
        assert asked == {
            level: (condition, one.consequences.get(level, ()))
            for level, (condition, _periods) in one.tiers.items()
        }
