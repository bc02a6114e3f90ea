"""Changes of a channel as a kind of subject that is decided about; the subject is the channel itself."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from channels import change_words
from channels.changes import KIND
from channels.services import carrying_out
from decisions.kinds import Kind, register_kind
from organization.models import DIMENSIONS, Scope


def register() -> None:
    register_kind(
        Kind(
            code=KIND,
            label=_("Change of a channel"),
            scope_of=_scope_of,
            url_of=lambda pk: reverse("channels:profile", args=[pk]),
            titles_of=change_words.titles_of,
            on_decided=carrying_out.carry_out,
            details_of=change_words.details_of,
        )
    )


def _scope_of(pk: int) -> Scope | None:
    return Scope.objects.filter(node=pk, node__dimension="channel").select_related(*DIMENSIONS).first()
