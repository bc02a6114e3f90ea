"""What people hold on this floor: alert rules and connections that are theirs, and being told by rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alerts.models import Connection, Policy, Recipient, RotaPlace, RotaSwap, Rule, StepTarget
from organization.holdings import Holding, Leaving, register_holding
from organization.models import Person


def register() -> None:
    for holding in (
        _owned("alert_rules", Rule, _("Alert rules"), _("The rules go on watching; they are nobody's.")),
        _owned(
            "connections",
            Connection,
            _("Connections"),
            _("Alerts go on there; administrators are told when it stops working."),
        ),
        Holding(
            code="alert_messages",
            label=_("Told by alert rules"),
            held=_names(Recipient, "rule__name", "pk"),
            hand_over=tell_instead,
            end=lambda leaving: Recipient.objects.filter(person=leaving.whom).delete()[0],
            why_end=_("Nobody is told instead; where nobody else is named, alerts ring nowhere."),
        ),
        _owned("policies", Policy, _("Policies"), _("The policies go on; they are nobody's.")),
        Holding(
            code="policy_steps",
            label=_("Told by policies"),
            held=_names(StepTarget, "step__policy__name", "step__position"),
            hand_over=lambda leaving, to: StepTarget.objects.filter(person=leaving.whom).update(person=to),
            end=lambda leaving: StepTarget.objects.filter(person=leaving.whom).delete()[0],
            why_end=_("Nobody is told instead; a step that names nobody else tells nobody."),
        ),
        Holding(
            code="rotas",
            label=_("The watch in rotas"),
            held=_names(RotaPlace, "rota__name", "position"),
            hand_over=watch_instead,
            end=no_watch,
            why_end=_("The turns of the others follow each other without hers."),
        ),
    ):
        register_holding(holding)


def _owned(code: str, model: type[Rule | Connection | Policy], label: Promise, why_end: Promise) -> Holding:
    """What has an owner, and goes on without one."""
    return Holding(
        code=code,
        label=label,
        held=_names(model, "name", whose="owner"),
        hand_over=lambda leaving, to: model.objects.filter(owner=leaving.whom).update(owner=to),
        end=lambda leaving: model.objects.filter(owner=leaving.whom).update(owner=None),
        why_end=why_end,
    )


def _names(
    model: type[Model], name: str, *order: str, whose: str = "person"
) -> Callable[[Person], Sequence[str]]:
    """Of the rows that are somebody's, by name."""
    rows = model._default_manager.order_by(name, *order)
    return lambda whom: list(rows.filter(**{whose: whom}).values_list(name, flat=True))


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
