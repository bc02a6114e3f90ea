"""What people hold of pages: mails that go on under another's name, and frames that end with whoever made them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dashboards.models import Embed, Mailing
from organization.holdings import Holding, Leaving, names, register_holding
from organization.models import Person


def register() -> None:
    register_holding(
        Holding(
            code="mailings",
            label=_("Pages that are sent by mail"),
            held=lambda whom: names(Mailing.objects.filter(owner=whom), lambda one: str(one.name)),  # type: ignore[attr-defined]
            hand_over=hand_mailings_over,
            end=end_mailings,
            why_end=_("Nobody gets them any more."),
        )
    )
    register_holding(
        Holding(
            code="embeds",
            label=_("Pages shown inside other pages"),
            held=lambda whom: names(
                Embed.objects.filter(person=whom, revoked_at=None),
                lambda one: str(one.name),  # type: ignore[attr-defined]
            ),
            hand_over=None,
            end=end_embeds,
            why_end=_("They show what she may see, so that they end with her. Others can make new links."),
        )
    )


def hand_mailings_over(leaving: Leaving, to: Person) -> int:
    """To whom they are sent stays, each still gets what she may see herself."""
    return Mailing.objects.filter(owner=leaving.whom).update(owner=to)


def end_mailings(leaving: Leaving) -> int:
    found = Mailing.objects.filter(owner=leaving.whom)
    count = found.count()
    found.delete()
    return count


def end_embeds(leaving: Leaving) -> int:
    return Embed.objects.filter(person=leaving.whom, revoked_at=None).update(revoked_at=leaving.now)
