"""Who may open what of budgets. An approved budget is open to all members, so Alice, who leads a region, finds it; not
what is closed to 华北, nor a draft. She owns the line of `alices_line`.

    "budgets:line": row(WITH_A_GRANT, at=a_line, foreign=a_closed_line),
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from budgets.models import (
    Budget,
    Entry,
    Hold,
    Line,
    PlanLine,
    Question,
    Receipt,
    Statement,
    Transfer,
    Version,
)
from budgets.planning import months_of
from budgets.services.receipts import add_receipt
from organization.models import Node, NodeReader
from tests.budgets.books import a_budget as made_budget
from tests.budgets.books import a_line as made_line
from tests.budgets.books import put
from tests.every_url.told import API_WITH_A_GRANT, NO_SUCH_METHOD, WITH_A_GRANT, Row, row
from tests.every_url.world import World
from tests.people import scope

NEVER = datetime(2099, 1, 1, tzinfo=UTC)
ON_AN_OPEN_BUDGET = "200 200 200 200 200 403 login"
KEEPERS = "403 200 403 200 200 403 login"  # who may keep budgets, of one that all may look at
KEEPERS_OF_A_DRAFT = "404 200 404 200 200 403 login"
KEEPERS_GO_ON = "403 3xx 403 3xx 3xx 403 login"
SPENDERS = "403 200 403 200 200 403 login"  # of a line that is nobody's


def the_budget(name: str = "Walked") -> Budget:
    """Open, with this month among its days."""
    found = Budget.objects.filter(node__name=name).first()
    if found is not None:
        return found
    today = timezone.localdate()
    return made_budget(name, days=(today.replace(day=1), today + timedelta(days=40)))


def the_line(name: str = "Fairs", budget: str = "Walked", **more: Any) -> Line:
    of = the_budget(budget)
    return Line.objects.filter(budget=of, name=name).first() or made_line(of, name, planned=100_000, **more)


def closed(name: str = "Hidden") -> Budget:
    """Closed to 华北."""
    made = the_budget(name)
    NodeReader.objects.get_or_create(node=made.node, scope=scope("region:华北"))
    return made


def a_budget(world: World) -> dict[str, Any]:
    return {"pk": the_budget().pk}


def a_closed_budget(world: World) -> dict[str, Any]:
    return {"pk": closed().pk}


def a_draft(world: World) -> dict[str, Any]:
    made = the_budget("Drafted")
    if made.state != "draft":
        Budget.objects.filter(pk=made.pk).update(state="draft")
        Node.objects.filter(pk=made.node_id).update(open=False)
    return {"pk": made.pk}


def a_line(world: World) -> dict[str, Any]:
    return {"pk": the_line().pk}


def alices_line(world: World) -> dict[str, Any]:
    return {"pk": the_line("Alices", owner=world.people["Alice"]).pk}


def a_closed_line(world: World) -> dict[str, Any]:
    closed()
    return {"pk": the_line("Away", "Hidden").pk}


def an_entry(world: World) -> dict[str, Any]:
    """A commitment on `a_line`; made anew for whoever asks, should it be used up."""
    line = the_line()
    found = Entry.objects.filter(line=line, kind="commitment", corrects=None, commitment=None).first()
    return {"pk": (found or put(line, "commitment", 100, on=timezone.localdate())).pk}


def a_closed_entry(world: World) -> dict[str, Any]:
    line = Line.objects.get(**a_closed_line(world))
    found = Entry.objects.filter(line=line, kind="commitment").first()
    return {"pk": (found or put(line, "commitment", 100, on=timezone.localdate())).pk}


def some_line(world: World) -> dict[str, Any]:
    """For pages that ask among all lines."""
    the_line()
    return {}


def a_receipt(world: World) -> dict[str, Any]:
    return {"pk": _kept_with(an_entry(world)["pk"])}


def a_closed_receipt(world: World) -> dict[str, Any]:
    return {"pk": _kept_with(a_closed_entry(world)["pk"])}


def _kept_with(entry: int) -> int:
    before = Receipt.objects.filter(entry=entry).first()
    if before is None:
        now = timezone.now()
        before = add_receipt(
            entry=Entry.objects.get(pk=entry), name="walked.pdf", chunks=[b"%PDF-1.7"], person=None, now=now
        )
    return before.pk


def a_transfer(world: World) -> dict[str, Any]:
    return {"pk": _moved(the_line(), the_line("Search")).pk}


def a_closed_transfer(world: World) -> dict[str, Any]:
    closed()
    return {"pk": _moved(the_line("Away", "Hidden"), the_line("Afar", "Hidden")).pk}


def _moved(from_line: Line, to_line: Line) -> Transfer:
    made, _new = Transfer.objects.get_or_create(
        from_line=from_line, to_line=to_line, amount=10, day=timezone.localdate(), why="Walked."
    )
    return made


def a_question(world: World) -> dict[str, Any]:
    """On Alice's line; another one once it is answered."""
    line = Line.objects.get(**alices_line(world))
    found = Question.objects.filter(line=line, answered_at__isnull=True).first()
    return {"pk": (found or Question.objects.create(line=line, text="Why?", due_at=timezone.now())).pk}


def a_closed_question(world: World) -> dict[str, Any]:
    line = Line.objects.get(**a_closed_line(world))
    return {"pk": Question.objects.get_or_create(line=line, text="华北?", due_at=NEVER)[0].pk}


def a_hold(world: World) -> dict[str, Any]:
    return {"pk": _held(the_line()).pk}


def a_closed_hold(world: World) -> dict[str, Any]:
    return {"pk": _held(Line.objects.get(**a_closed_line(world))).pk}


def _held(line: Line) -> Hold:
    return Hold.objects.filter(line=line).first() or Hold.objects.create(
        line=line, kind="pause", why="Walked."
    )


def a_statement(world: World) -> dict[str, Any]:
    return {"pk": _asked(the_line("Alices", owner=world.people["Alice"])).pk}


def a_closed_statement(world: World) -> dict[str, Any]:
    return {"pk": _asked(Line.objects.get(**a_closed_line(world))).pk}


def _asked(line: Line) -> Statement:
    today = timezone.localdate()
    made, _new = Statement.objects.get_or_create(line=line, asked_for="rest", day=today, due_on=today)
    return made


def _version(budget: Budget, state: str) -> Version:
    number = 1 if state == "holds" else 2
    made, _new = Version.objects.get_or_create(budget=budget, number=number, state=state)
    months = [part.month for part in months_of(budget.first_day, budget.last_day)]
    PlanLine.objects.get_or_create(
        version=made,
        name="Fairs",
        defaults={"amount": 10 * len(months), "months": months, "amounts": [10] * len(months)},
    )
    return made


def a_planned_budget(world: World) -> dict[str, Any]:
    """With a plan that holds, and another that is worked on."""
    budget = the_budget("Planned")
    _version(budget, "holds")
    _version(budget, "draft")
    return {"pk": budget.pk}


def a_plan(world: World) -> dict[str, Any]:
    return {"pk": _version(the_budget("Planned"), "holds").pk}


def a_closed_plan(world: World) -> dict[str, Any]:
    return {"pk": _version(closed(), "holds").pk}


def a_drafted_plan(world: World) -> dict[str, Any]:
    return {"pk": _version(the_budget("Planned"), "draft").pk}


def a_drafted_line(world: World) -> dict[str, Any]:
    version = _version(the_budget("Planned"), "draft")
    return {"pk": version.pk, "row_pk": version.lines.get().pk}


def a_budget_to_close(world: World) -> dict[str, Any]:
    return {"pk": the_budget("Closing").pk}


OF_BUDGETS: dict[str, Row] = {
    "budgets:holds": row(WITH_A_GRANT),
    "budgets:hold": row(
        ON_AN_OPEN_BUDGET, POST="403 422 403 422 422 403 login", at=a_hold, foreign=a_closed_hold
    ),
    "budgets:hold_new": row(KEEPERS, POST="403 422 403 422 422 403 login", at=a_line, foreign=a_closed_line),
    "budgets:statement": row(
        ON_AN_OPEN_BUDGET, POST="422 422 403 422 422 403 login", at=a_statement, foreign=a_closed_statement
    ),
    "budgets:settings": row(WITH_A_GRANT, POST="403 422 403 422 422 403 login"),
    "budgets:new": row(KEEPERS, POST="403 422 403 422 422 403 login"),
    "budgets:plan": row(
        "3xx 3xx 3xx 3xx 3xx 403 login", POST=KEEPERS_GO_ON, at=a_planned_budget, foreign=a_closed_budget
    ),
    "budgets:version": row(
        ON_AN_OPEN_BUDGET, POST="403 422 403 422 422 403 login", at=a_plan, foreign=a_closed_plan
    ),
    "budgets:plan_line_new": row(KEEPERS_OF_A_DRAFT, POST="404 422 404 422 422 403 login", at=a_drafted_plan),
    "budgets:plan_line": row(KEEPERS_OF_A_DRAFT, POST="404 422 404 422 422 403 login", at=a_drafted_line),
    "budgets:plan_pools": row(NO_SUCH_METHOD, POST="404 3xx 404 3xx 3xx 403 login", at=a_drafted_plan),
    "budgets:plan_send": row(NO_SUCH_METHOD, POST="404 422 404 422 422 403 login", at=a_drafted_plan),
    "budgets:plan_drop": row(NO_SUCH_METHOD, POST="404 3xx 404 3xx 3xx 403 login", at=a_drafted_plan),
    "budgets:workbook": row(
        ON_AN_OPEN_BUDGET, POST="403 422 403 422 422 403 login", at=a_plan, foreign=a_closed_plan
    ),
    "budgets:close": row(NO_SUCH_METHOD, POST=KEEPERS_GO_ON, at=a_budget_to_close),
    "budgets:transfers": row(WITH_A_GRANT),
    "budgets:transfer_new": row(SPENDERS, POST=SPENDERS, at=some_line),
    "budgets:emergency": row(SPENDERS, POST=SPENDERS, at=some_line),
    "budgets:transfer": row(ON_AN_OPEN_BUDGET, at=a_transfer, foreign=a_closed_transfer),
    "budgets:overview": row(WITH_A_GRANT),
    "budgets:budget": row(ON_AN_OPEN_BUDGET, at=a_budget, foreign=a_closed_budget),
    "api:budget_lines": row(API_WITH_A_GRANT),
    "api:budget_line": row(API_WITH_A_GRANT, at=a_line, foreign=a_closed_line),
    "api:budget_entries": row(
        API_WITH_A_GRANT, POST="403 415 403 415 415 403 401", at=a_line, foreign=a_closed_line
    ),
    "budgets:spend": row(SPENDERS, POST=SPENDERS, at=a_line, foreign=a_closed_line),
    "budgets:commit": row(SPENDERS, POST=SPENDERS, at=a_line, foreign=a_closed_line),
    "budgets:entries": row(ON_AN_OPEN_BUDGET, at=a_line, foreign=a_closed_line),
    "budgets:entry": row(ON_AN_OPEN_BUDGET, POST=SPENDERS, at=an_entry, foreign=a_closed_entry),
    "budgets:fulfil": row(SPENDERS, POST=SPENDERS, at=an_entry, foreign=a_closed_entry),
    "budgets:correct": row(SPENDERS, POST=SPENDERS, at=an_entry, foreign=a_closed_entry),
    "budgets:receipt": row(SPENDERS, at=a_receipt, foreign=a_closed_receipt),
    "budgets:line": row(ON_AN_OPEN_BUDGET, at=a_line, foreign=a_closed_line),
    "budgets:questions": row(WITH_A_GRANT),
    "budgets:question": row(
        WITH_A_GRANT, POST="200 200 403 200 200 403 login", at=a_question, foreign=a_closed_question
    ),
    "budgets:ask": row(WITH_A_GRANT, POST=WITH_A_GRANT, at=a_line, foreign=a_closed_line),
    "budgets:history": row(WITH_A_GRANT, at=a_line, foreign=a_closed_line),
    "budgets:audience": row(KEEPERS, POST=KEEPERS, at=a_budget),
}
BUDGETS_BY_QUERY: tuple[tuple[str, dict[str, str], int], ...] = ()
