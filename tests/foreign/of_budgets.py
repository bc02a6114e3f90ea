"""The budget of a world, closed to its region: what it holds, and what is said about it.

Who lists a new address adds nothing here as long as its path asks for a `pk` alone: it is walked with the pk of every
kind of thing below. `fields` is what its forms are sent.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from budgets.models import Budget, Hold, Line, PlanLine, Question, Receipt, Statement, Transfer, Version
from organization.models import Node, NodeReader, Person
from organization.services import make_node
from tests.budgets.books import put
from tests.foreign.worlds import DAY, Company

KINDS = ("budget", "line", "entry", "version", "transfer", "hold", "statement", "question", "receipt")
FIRST, LAST = date(2026, 10, 1), date(2026, 12, 31)


def is_of_budgets(pattern: str) -> bool:
    app, _, view = pattern.partition(":")
    return app == "budgets" or (app == "api" and view.startswith("budget"))


def fields(made: Company, world: str) -> dict[str, Any]:
    """Whatever a form of budgets reads."""
    pks, region = made.things[world], made.nodes["region", world]
    line, pool = str(pks["line"]), str(pks["pool"])
    return {
        "amount": "5", "day": DAY, "reference": "zq", "kind": "spend", "why": "zqwhy", "special": "", "text": "zqtext",
        "answer": "zqanswer", "line": line, "from_line": pool, "to_line": line, "budget": str(pks["budget"]),
        "open_to": "areas", "area": region.code, "first_day": "2027-01-01", "last_day": "2027-03-31", "name": "zqnew",
        "category": "ads", "owner": str(pks["owner"]), "channel": made.nodes["channel", world].code,
        "region": region.code,
    }  # fmt: skip


def planned(made: Company, world: str) -> None:
    pks, top, region = made.things[world], made.nodes["budget", world], made.nodes["region", world]
    Node.objects.filter(pk=top.pk).update(open=True)
    NodeReader.objects.create(node=top, scope=region.scope)
    budget = Budget.objects.create(node=top, first_day=FIRST, last_day=LAST, state="open")
    version = Version.objects.create(
        budget=budget, number=1, state="holds", held_from=timezone.now(), why=f"zqversionwhy{world}"
    )
    amount = {"a": 3_417_913, "b": 4_529_641}[world]
    owner = Person.objects.get(pk=pks["owner"])
    lines = []
    for step, (what, pool) in enumerate((("zqline", ""), ("zqpool", "reserve"))):
        name = f"{what}{world}"
        node = make_node(dimension="budget", name=name, parent=top)
        tied = {} if pool else {"channel": made.nodes["channel", world], "region": region, "owner": owner}
        words: dict[str, Any] = {"name": name, "pool": pool, "position": step, **tied}
        line = Line.objects.create(budget=budget, node=node, **words)
        of_line = amount + 222_001 * step
        PlanLine.objects.create(
            version=version, line=line, amount=of_line, months=[FIRST], amounts=[of_line], **words
        )
        put(line, "plan", of_line, on=FIRST, version=version)
        made.figure(node.code, of_line)
        made.secret("area", node.code, name)
        lines.append(line)
    made.figure(top.code, 2 * amount + 222_001)
    line, pool_line = lines
    committed, spent, frozen = amount - 1_117_131, 411_339 + 1_003 * ord(world), 77_311 + ord(world)
    entry = put(
        line, "commitment", committed, on=FIRST, reference=f"zqcontract{world}", note=f"zqsaid{world}"
    )
    put(line, "spend", Decimal(spent), on=FIRST, reference=f"zqinvoice{world}")
    hold = Hold.objects.create(line=line, kind="freeze", amount=frozen, why=f"zqfrozenfor{world}")
    put(line, "freeze", frozen, on=FIRST, hold=hold, origin="rule")
    for figure in (committed, spent, frozen):
        made.figure(line.node.code, figure)
    moved = 91_117 + 1_000 * ord(world)
    transfer = Transfer.objects.create(
        from_line=pool_line, to_line=line, amount=moved, day=FIRST, why=f"zqmovefor{world}"
    )
    made.figure(line.node.code, moved)
    statement = Statement.objects.create(
        line=line, asked_for="rest", day=FIRST, due_on=LAST, text=f"zqplanofrest{world}", said_by=owner,
        said_at=timezone.now(),
    )  # fmt: skip
    receipt = Receipt.objects.create(
        entry=entry,
        name=f"zqreceipt{world}.pdf",
        stored_as="zq",
        kind="application/pdf",
        size=1,
        digest="0" * 64,
    )
    question = Question.objects.create(
        line=line, text=f"zqquestion{world}", due_at=timezone.now(), answer=f"zqanswered{world}",
        answered_at=timezone.now(), answered_by=owner,
    )  # fmt: skip
    said = (
        "versionwhy",
        "contract",
        "said",
        "invoice",
        "frozenfor",
        "movefor",
        "planofrest",
        "question",
        "answered",
        "receipt",
    )
    made.secret("area", line.node.code, *(f"zq{word}{world}" for word in said))
    pks |= {
        "budget": budget.pk, "line": line.pk, "pool": pool_line.pk, "entry": entry.pk, "version": version.pk,
        "transfer": transfer.pk, "hold": hold.pk, "statement": statement.pk, "question": question.pk,
        "receipt": receipt.pk, "plan_row": version.lines.earliest("pk").pk,
    }  # fmt: skip
