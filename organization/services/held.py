"""What people hold on this floor: responsibilities, duties, API tokens."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from organization.holdings import Holding, Leaving, register_holding
from organization.models import DIMENSIONS, ApiToken, Duty, Person, Responsibility
from organization.services.tokens import revoke_token

SCOPES = tuple(f"scope__{dimension}" for dimension in DIMENSIONS)


def register() -> None:
    register_holding(
        Holding(
            code="responsibilities",
            label=_("Responsibilities"),
            held=lambda whom: [row.scope.label for row in _open(whom)],
            hand_over=hand_over_responsibilities,
            end=end_responsibilities,
            why_end=_("Nobody is named for these areas any more, unless somebody is above them."),
        )
    )
    register_holding(
        Holding(
            code="duties",
            label=_("Duties"),
            held=lambda whom: [f"{duty.name} · {duty.scope.label}" for duty in _duties(whom)],
            hand_over=hand_over_duties,
            end=lambda leaving: Duty.objects.filter(person=leaving.whom).delete()[0],
            why_end=_("Nobody signs or is told instead."),
        )
    )
    register_holding(
        Holding(
            code="tokens",
            label=_("API tokens"),
            held=lambda whom: [str(token) for token in _tokens(whom)],
            hand_over=None,
            end=end_tokens,
            why_end=_(
                "Programs that use them stop at once. Whoever looks after them makes tokens of their own."
            ),
        )
    )


def _open(whom: Person) -> list[Responsibility]:
    """Those that hold today or later."""
    return list(
        Responsibility.objects.filter(
            Q(last_day__isnull=True) | Q(last_day__gte=timezone.localdate()), person=whom
        )
        .select_related(*SCOPES)
        .order_by("scope__key", "pk")
    )


def hand_over_responsibilities(leaving: Leaving, to: Person) -> int:
    """From tomorrow on they are the other's, to the same end; through today they stay hers."""
    rows = _open(leaving.whom)
    tomorrow = leaving.today + timedelta(days=1)
    for row in rows:
        ends = row.last_day
        if row.first_day > leaving.today:
            Responsibility.objects.filter(pk=row.pk).update(person=to)
            continue
        Responsibility.objects.filter(pk=row.pk).update(last_day=leaving.today)
        if ends is None or ends >= tomorrow:
            Responsibility.objects.create(scope=row.scope, person=to, first_day=tomorrow, last_day=ends)
    return len(rows)


def end_responsibilities(leaving: Leaving) -> int:
    """Today is their last day; those that had not begun never do."""
    rows = _open(leaving.whom)
    begun = [row.pk for row in rows if row.first_day <= leaving.today]
    Responsibility.objects.filter(pk__in=begun).update(last_day=leaving.today)
    Responsibility.objects.filter(pk__in=[row.pk for row in rows if row.pk not in begun]).delete()
    return len(rows)


def _duties(whom: Person) -> list[Duty]:
    return list(Duty.objects.filter(person=whom).select_related(*SCOPES).order_by("name", "scope__key"))


def hand_over_duties(leaving: Leaving, to: Person) -> int:
    """What the other has already, she has once."""
    rows = _duties(leaving.whom)
    for duty in rows:
        Duty.objects.get_or_create(name=duty.name, scope=duty.scope, person=to)
    Duty.objects.filter(pk__in=[duty.pk for duty in rows]).delete()
    return len(rows)


def _tokens(whom: Person) -> list[ApiToken]:
    return list(
        ApiToken.objects.filter(person=whom, revoked_at__isnull=True, expires_at__gt=timezone.now()).order_by(
            "pk"
        )
    )


def end_tokens(leaving: Leaving) -> int:
    """A token is a person's: nobody can take it over, since what it opens is what she was granted."""
    return sum(
        revoke_token(token=token, now=leaving.now, person=leaving.by) for token in _tokens(leaving.whom)
    )
