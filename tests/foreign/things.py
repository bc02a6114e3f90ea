"""What hangs on the areas of a world: values, rules and alerts, decisions, files, tokens."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from alerts import services as alert_services
from alerts.alert_kind import KIND as ALERT
from alerts.models import (
    Episode,
    EpisodeEvent,
    Message,
    Policy,
    PolicyStep,
    Rota,
    RotaPlace,
    StepTarget,
)
from alerts.services.asking import ask_about
from alerts.services.silences import SilenceDraft, make_silence
from common.periods import Period
from decisions.models import Delegation
from decisions.services import add_comment, decide, open_task, propose
from ingest.models import Import, Pull, Reject, State
from kpis.models import (
    Calibration,
    Difference,
    EnteredValue,
    Measure,
    Metric,
    Reading,
    Reconciliation,
    Source,
    Target,
)
from kpis.services import Entry, enter_values, set_target
from organization.models import (
    AuditEntry,
    NodeAlias,
    Responsibility,
    Scope,
)
from organization.services import ensure_scope
from organization.services.audit import record
from tests.alerts import builders as alert_builders
from tests.api.callers import token_of
from tests.decisions.plans import PLAN
from tests.foreign.aims import objectives, plans, scores
from tests.foreign.worlds import (
    DAY,
    MONTH,
    TODAY,
    Company,
    name,
    slug,
)
from tests.ingest import layouts as layout_builders
from tests.people import person


def things(made: Company, world: str) -> None:
    region, channel = made.nodes["region", world], made.nodes["channel", world]
    own = person(f"Owner{world}", display_name=name("owner", world), email=f"zqowner{world}@example.com")
    made.secret("people", region.code, name("owner", world), f"zqowner{world}")
    Responsibility.objects.create(scope=region.scope, person=own, first_day=date(2026, 1, 1))
    pks: dict[str, Any] = {"owner": own.pk}
    made.things[world] = pks

    # Targets and values entered by hand, each with a number of its own.
    number = {"a": 5200100, "b": 7300300}[world]
    revenue, leads = Metric.objects.get(code="revenue"), Measure.objects.get(code="leads")
    cross = ensure_scope(nodes=[region, channel])
    month = Period.parse(MONTH)
    for step, at in enumerate((region.scope, channel.scope, cross, made.nodes["team", world].scope)):
        amount = number + 111 * step
        # (not by `revise_target`, which refuses months that have closed by the day of this test)
        set_target(metric=revenue, scope=at, period=month, value=Decimal(amount), person=made.people["Admin"])
        made.figures.setdefault(str(amount), set()).add(at.key)
        made.figures.setdefault(f"{amount:,}", set()).add(at.key)
    for step, at in enumerate((region.scope, channel.scope)):
        amount, note = number + 50_007 + 111 * step, f"zqnote{step}{world}"
        enter_values(
            entries=[Entry(leads, at, Period.parse(DAY), Decimal(amount), note)], person=None, today=TODAY
        )
        made.figures.setdefault(str(amount), set()).add(at.key)
        made.figures.setdefault(f"{amount:,}", set()).add(at.key)
        made.secret("area", at.key, note)
        pks[f"value{step}"] = EnteredValue.objects.get(scope=at, superseded_at__isnull=True).pk
    pks["target"] = Target.objects.filter(scope=region.scope).latest("pk").pk

    # Months that closed off plan, with what was said about them.
    for what, at in (("calibration", region.scope), ("crosscalibration", cross)):
        amount = number + 70_707 + (what == "crosscalibration") * 222
        reason, instead = f"zq{what}reason{world}", f"zq{what}plan{world}"
        pks[what] = Calibration.objects.create(
            metric=revenue, scope=at, month=date(2026, 10, 1), target=Decimal(amount + 9_000_000), value=Decimal(amount),
            state="rejected", cause="market", reason=reason, plan=instead, filed_by=own,
        ).pk  # fmt: skip
        made.secret("area", at.key, reason, instead)
        for written in (str(amount), f"{amount:,}"):
            made.figures.setdefault(written, set()).add(at.key)

    plans(made, world, {"": region.scope, "cross": cross})
    scores(made, world)

    # Policies and rotas.
    made.secret("area", region.code, name("policy", world), name("rota", world))
    rota = Rota.objects.create(
        name=name("rota", world), scope=region.scope, first_day=TODAY, hands_over_at=time(9)
    )
    RotaPlace.objects.create(rota=rota, position=0, person=own)
    policy = Policy.objects.create(name=name("policy", world), scope=region.scope)
    StepTarget.objects.create(
        step=PolicyStep.objects.create(policy=policy, position=0), kind="rota", rota=rota
    )
    pks["policy"], pks["rota"] = policy.pk, rota.pk

    # Rules, alerts and what was told of them.
    for what, at in (("rule", region.scope), ("crossrule", cross)):
        figure = {"a": 611_311, "b": 622_533}[world] + (what == "crossrule") * 1111
        made.secret("rule" if what == "rule" else "area", at.key, name(what, world))
        rule = alert_services.save_rule(
            draft=alert_builders.draft(area=at.key, name=name(what, world)),
            person=made.people["Admin"],
            now=alert_builders.NOW,
        )
        if what == "rule":
            hearers = [made.people[label] for label in ("Lead of A", "Viewer of B", "Admin")]
            alert_services.save_rule(
                draft=alert_builders.draft(*hearers, area=at.key, name=name(what, world)),
                person=made.people["Admin"], now=alert_builders.NOW, rule=rule,
            )  # fmt: skip
        alert_builders.look()
        made.figures.setdefault(str(figure), set()).add(at.key)
        made.figures.setdefault(f"{figure:,}", set()).add(at.key)
        alert_builders.figure(at, str(Decimal(figure) / 1_000_000))
        _worth(at, figure)
        alert_builders.look()
        pks[what], pks[f"{what}-alert"] = rule.pk, Episode.objects.get(instance__rule=rule).pk
        assert EpisodeEvent.objects.filter(episode=pks[f"{what}-alert"], value=figure).exists()
        why = f"zqsilence{what}{world}"
        made.secret("area", at.key, why)
        pks[f"{what}-silence"] = make_silence(
            draft=SilenceDraft(
                scope=at, rule=rule, ends_at=timezone.now() + timedelta(days=1), reason=why,
                starts_at=timezone.now() + timedelta(hours=1),
            ),
            person=made.people["Admin"], now=timezone.now(),
        ).pk  # fmt: skip
        remark, asked = f"zqalertremark{what}{world}", f"zqalertasked{what}{world}"
        made.secret("area", at.key, remark, asked)
        alert = Episode.objects.get(pk=pks[f"{what}-alert"])
        add_comment(kind=ALERT, subject_id=alert.pk, scope=at, text=remark, person=made.people["Admin"])
        ask_about(
            episode=alert, title=asked, to=None, due_on=None, token=uuid4(), person=made.people["Admin"],
            now=alert_builders.NOW,
        )  # fmt: skip
    pks["message"] = (
        Message.objects.filter(
            notices__event__episode=pks["rule-alert"], person=made.people["Viewer of B"]
        ).latest("pk").pk
    )  # fmt: skip

    # What is proposed, said and to be done about the region and the crossing.
    for what, at in (("plan", region.scope), ("crossplan", cross)):
        about: dict[str, Any] = {"kind": PLAN, "subject_id": at.pk, "scope": at}
        said = {
            part: f"zq{part}{what}{world}" for part in ("summary", "reason", "remark", "duty", "question")
        }
        made.secret("area", at.key, *said.values())
        proposal = propose(
            **about, summary=said["summary"], body=said["reason"], payload={}, person=made.people["Lead of A"],
        )  # fmt: skip
        decide(proposal=proposal, person=made.people["Admin"], verdict="ask", note=said["question"])
        add_comment(**about, text=said["remark"], person=made.people["Admin"])
        task = open_task(
            **about, title=said["duty"], opened_for=f"{what} {world}", assigned_to=made.people["Lead of A"]
        )
        pks |= {what: proposal.pk, f"{what}-task": task.pk, f"{what}-subject": at.pk}
    pks["delegation"] = Delegation.objects.create(
        from_person=made.people["Manager"], to_person=made.people["Manager of A"], first_day=TODAY, last_day=TODAY,
        scope=region.scope,
    ).pk  # fmt: skip

    objectives(made, world, {"objective": region.scope, "crossobjective": cross}, beside=channel.scope)

    # Files, layouts, addresses that are asked, checks.
    source = Source.objects.get(code=slug("source", world))
    lines = f"{name('heading', world)},b\n{name('cell', world)},1\n"
    (settings.UPLOAD_DIR / f"{slug('file', world)}.csv").write_text(lines)
    batch = Import.objects.create(
        file_name=f"{slug('file', world)}.csv", stored_as=f"{slug('file', world)}.csv", size=1,
        sha256=world * 64, source=source, state=State.DONE, rows=2, accepted=1, rejected=1,
        headings=[name("heading", world)], finished_at=timezone.now(),
    )  # fmt: skip
    Reject.objects.create(
        batch=batch, line=2, cells=[name("cell", world)], reasons=[{"code": "bad-day", "text": "x"}]
    )
    layout = layout_builders.layout(name=name("layout", world), source=name("maker", world))
    pull = Pull.objects.create(
        name=name("pull", world), url=f"http://127.0.0.1:1/zqurl{world}", source=source
    )
    check = Reconciliation.objects.create(
        night=date(2026, 11, {"a": 20, "b": 21}[world]), source=source,
        first_day=TODAY, last_day=TODAY, different=1, state="done", finished_at=timezone.now(),
    )  # fmt: skip
    Difference.objects.create(
        check_of=check, table="kpis_amountday", what="revenue", place=region.code, grain="day", start=TODAY,
        kept=Decimal(1), expected=Decimal(2),
    )  # fmt: skip
    made.secret(
        "importers", "company", slug("file", world), name("heading", world), name("cell", world),
        name("layout", world), name("maker", world), name("pull", world), f"zqurl{world}",
    )  # fmt: skip
    pks |= {
        "import": batch.pk,
        "layout": layout.code,
        "pull": pull.pk,
        "check": check.pk,
        "source": source.pk,
    }

    # The audit trail, and a program's token.
    record(action="zq.try", subject=f"zqaudit{world}", person=made.people["Admin"], of=region.code)
    made.secret("administrators", "company", f"zqaudit{world}")
    pks["audit"] = AuditEntry.objects.latest("pk").pk
    holder = {"a": "Viewer of A", "b": "Viewer of B"}[world]
    token, _secret = token_of(made.people[holder])
    token.name = f"zqtoken{world}"
    token.save(update_fields=["name"])
    made.secret("token", holder, token.name)
    pks["token"] = token.pk
    pks["alias"] = NodeAlias.objects.filter(node=region).latest("pk").pk


def _worth(at: Scope, figure: int) -> None:

    Reading.objects.filter(scope=at, start=alert_builders.MARCH).update(value=figure)
