"""What people hold on this floor: channels and campaigns that are theirs; and what touches know of customers."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from channels.models import Profile, Touch
from customers.forgetting import KeyHolder, register_key_holder
from organization.holdings import Holding, Leaving, names, register_holding
from organization.models import Person


def register() -> None:
    register_holding(
        Holding(
            code="channels",
            label=_("Channels"),
            held=lambda whom: names(_owned(whom).select_related("node").order_by("node__path"), _named),
            hand_over=_give,
            end=lambda leaving: _give(leaving, None),
            why_end=_("They go on without an owner."),
        )
    )
    register_key_holder(KeyHolder(code="touches", rename=_rename_touches, batches=_batches_of))


def _rename_touches(old: bytes, new: bytes) -> int:
    """Her path stays whole, and nobody's."""
    return Touch.objects.filter(key=old).update(key=new)


def _batches_of(key: bytes) -> Collection[int]:
    return set(Touch.objects.filter(key=key).values_list("batch_id", flat=True))


def _owned(whom: Person) -> QuerySet[Profile]:
    return Profile.objects.filter(owner=whom)


def _give(leaving: Leaving, to: Person | None) -> int:
    """Who takes them over sees no more than before."""
    return _owned(leaving.whom).update(owner=to, version=F("version") + 1)


def _named(row: object) -> str:
    assert isinstance(row, Profile)
    return row.node.label
