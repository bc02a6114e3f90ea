"""What people hold on this floor: alert rules and connections that are theirs, and being told by rules."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from alerts.models import Connection, Policy, Recipient, RotaPlace, RotaSwap, Rule, StepTarget
from organization.holdings import Holding, Leaving, register_holding
from organization.models import Person


def register() -> None:
    register_holding(
        Holding(
            code="alert_rules",
            label=_("Alert rules"),
            held=lambda whom: list(
                Rule.objects.filter(owner=whom).order_by("name").values_list("name", flat=True)
            ),
            hand_over=lambda leaving, to: Rule.objects.filter(owner=leaving.whom).update(owner=to),
            end=lambda leaving: Rule.objects.filter(owner=leaving.whom).update(owner=None),
            why_end=_("The rules go on watching; they are nobody's."),
        )
    )
    register_holding(
        Holding(
            code="connections",
            label=_("Connections"),
            held=lambda whom: list(
                Connection.objects.filter(owner=whom).order_by("name").values_list("name", flat=True)
            ),
            hand_over=lambda leaving, to: Connection.objects.filter(owner=leaving.whom).update(owner=to),
            end=lambda leaving: Connection.objects.filter(owner=leaving.whom).update(owner=None),
            why_end=_("Alerts go on there; administrators are told when it stops working."),
        )
    )
    register_holding(
        Holding(
            code="alert_messages",
            label=_("Told by alert rules"),
            held=lambda whom: [
                one.rule.name
                for one in Recipient.objects.filter(person=whom)
                .select_related("rule")
                .order_by("rule__name", "pk")
            ],
            hand_over=tell_instead,
            end=lambda leaving: Recipient.objects.filter(person=leaving.whom).delete()[0],
            why_end=_("Nobody is told instead; where nobody else is named, alerts ring nowhere."),
        )
    )
    register_holding(
        Holding(
            code="policies",
            label=_("Policies"),
            held=lambda whom: list(
                Policy.objects.filter(owner=whom).order_by("name").values_list("name", flat=True)
            ),
            hand_over=lambda leaving, to: Policy.objects.filter(owner=leaving.whom).update(owner=to),
            end=lambda leaving: Policy.objects.filter(owner=leaving.whom).update(owner=None),
            why_end=_("The policies go on; they are nobody's."),
        )
    )
    register_holding(
        Holding(
            code="policy_steps",
            label=_("Told by policies"),
            held=lambda whom: list(
                StepTarget.objects.filter(person=whom)
                .order_by("step__policy__name", "step__position")
                .values_list("step__policy__name", flat=True)
            ),
            hand_over=lambda leaving, to: StepTarget.objects.filter(person=leaving.whom).update(person=to),
            end=lambda leaving: StepTarget.objects.filter(person=leaving.whom).delete()[0],
            why_end=_("Nobody is told instead; a step that names nobody else tells nobody."),
        )
    )
    register_holding(
        Holding(
            code="rotas",
            label=_("The watch in rotas"),
            held=lambda whom: list(
                RotaPlace.objects.filter(person=whom)
                .order_by("rota__name", "position")
                .values_list("rota__name", flat=True)
            ),
            hand_over=watch_instead,
            end=no_watch,
            why_end=_("The turns of the others follow each other without hers."),
        )
    )


def watch_instead(leaving: Leaving, to: Person) -> int:
    """The other has her turns, and what she had taken over for others."""
    RotaSwap.objects.filter(person=leaving.whom, ends_at__gt=leaving.now).update(person=to)
    return RotaPlace.objects.filter(person=leaving.whom).update(person=to)


def no_watch(leaving: Leaving) -> int:
    """What she had taken over goes back to whoever's turn it is."""
    RotaSwap.objects.filter(person=leaving.whom, ends_at__gt=leaving.now).delete()
    return RotaPlace.objects.filter(person=leaving.whom).delete()[0]


def tell_instead(leaving: Leaving, to: Person) -> int:
    """The other is told where she was, from the lower of two levels where both were named.

    Receipt of figures beyond one's grants does not go along: it was granted to her.
    """
    rows = list(Recipient.objects.select_for_update().filter(person=leaving.whom))
    standing = {(one.rule_id, one.way): one for one in Recipient.objects.filter(person=to)}
    for row in rows:
        already = standing.get((row.rule_id, row.way))
        if already is None:
            Recipient.objects.create(rule_id=row.rule_id, person=to, way=row.way, from_level=row.from_level)
        elif already.from_level > row.from_level:
            Recipient.objects.filter(pk=already.pk).update(from_level=row.from_level)
    Recipient.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
