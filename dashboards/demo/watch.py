"""Who has the watch in the demo company, by which steps an alert goes on, what is kept quiet, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from alerts.models import Episode, Policy, Rota, Silence, SilenceKind, TargetKind
from alerts.services import acknowledge, hand_over
from alerts.services.policies import PolicyDraft, StepDraft, TargetDraft, save_policy
from alerts.services.rotas import RotaDraft, save_rota
from alerts.services.silences import SilenceDraft, make_silence
from dashboards.demo.world import POOR_CLICKS_CHANNEL
from organization.models import Person, Scope

ROTA = "Weekend watch 周末值班"
POLICY = "Usual way 常规流程"
RELAUNCH = "The pages are rebuilt this weekend. 本周末页面改版。"
HOUR, DAY = 60, 24 * 60  # minutes


def prepare(*, scopes: Mapping[str, Scope], staff: Mapping[str, Person], today: date) -> Policy:
    """The rota, and the policy that leads to it; what is there already stays."""
    rota = Rota.objects.filter(name=ROTA).first() or save_rota(
        draft=RotaDraft(
            name=ROTA,
            scope=scopes["company"],
            people=[staff["lead"], staff["manager"], staff["finance"]],
            first_day=today - timedelta(days=today.weekday()),
            hands_over_at=time(9),
        ),
        person=staff["admin"],
    )
    return Policy.objects.filter(name=POLICY).first() or save_policy(
        draft=PolicyDraft(
            name=POLICY,
            scope=scopes["company"],
            steps=[
                StepDraft(0, [TargetDraft(TargetKind.OWNER)]),
                StepDraft(4 * HOUR, [TargetDraft(TargetKind.ABOVE)]),
                StepDraft(DAY, [TargetDraft(TargetKind.DUTY, duty="Director"), TargetDraft(TargetKind.ROTA, rota=rota)]),
            ],
            repeat_minutes=8 * HOUR,
        ),
        person=staff["admin"],
    )  # fmt: skip


def answer(*, scopes: Mapping[str, Scope], staff: Mapping[str, Person], today: date) -> int:
    """Two alerts find somebody, and one channel is kept quiet over the weekend. Returns how many are open."""
    now = timezone.now()
    channel = scopes[f"channel:{POOR_CLICKS_CHANNEL}"]
    if not Silence.objects.exists():
        saturday = today + timedelta(days=(5 - today.weekday()) % 7 or 7)
        begins = timezone.make_aware(datetime.combine(saturday, time(0)))
        make_silence(
            draft=SilenceDraft(
                scope=channel,
                starts_at=begins,
                ends_at=begins + timedelta(days=2),
                reason=RELAUNCH,
                kind=SilenceKind.MAINTENANCE,
                up_to_level=2,
            ),
            person=staff["manager"],
            now=now,
        )
    open_now = Episode.objects.filter(closed_at=None).order_by("-tier", "pk")
    if not open_now.exclude(holder=None).exists():
        first, *others = open_now.filter(instance__scope__budget=None)  # those have owners who are asked
        acknowledge(
            episode=first, person=staff["manager"], now=now, note="I have asked the agency. 已联系代理商。"
        )
        for one in others:
            if one.instance.scope.key.startswith("region:华东"):
                hand_over(
                    episode=one,
                    to=staff["lead"],
                    person=staff["manager"],
                    now=now,
                    note="Yours, please. 请跟进。",
                )
                break
    return open_now.count()
