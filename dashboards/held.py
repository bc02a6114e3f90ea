"""What people hold of pages: their own, those of teams, views that others use; mails that go on under another's name;
frames and screens that end with whoever made them.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.models import Board, Embed, Mailing, SavedView, Screen
from dashboards.services.boards import free_name
from organization.holdings import Holding, Leaving, names, register_holding
from organization.models import Person


def register() -> None:
    register_holding(
        _named(
            "team_pages",
            _("Pages of teams"),
            Board,
            Q(team__isnull=False),
            _("They stay with their teams, and whoever leads a team can change them."),
        )
    )
    register_holding(
        _named(
            "own_pages",
            _("Pages of one's own"),
            Board,
            Q(team__isnull=True),
            _("They are kept, and nobody finds them unless the account is opened again."),
        )
    )
    register_holding(
        _named(
            "shared_views",
            _("Kept views that others find"),
            SavedView,
            Q(shared=True),
            _("Others find them no more; addresses that they noted go on working."),
        )
    )
    register_holding(
        Holding(
            code="mailings",
            label=_("Pages that are sent by mail"),
            held=lambda whom: names(Mailing.objects.filter(owner=whom), _name),
            hand_over=hand_mailings_over,
            end=end_mailings,
            why_end=_("Nobody gets them any more."),
        )
    )
    register_holding(
        Holding(
            code="embeds",
            label=_("Pages shown inside other pages"),
            held=lambda whom: names(Embed.objects.filter(person=whom, revoked_at=None), _name),
            hand_over=None,
            end=end_embeds,
            why_end=_("They show what she may see, so that they end with her. Others can make new links."),
        )
    )
    register_holding(
        Holding(
            code="screens",
            label=_("Wall displays"),
            held=lambda whom: names(Screen.objects.filter(person=whom, revoked_at=None), _name),
            hand_over=None,
            end=end_screens,
            why_end=_(
                "They show what she may see, so that they end with her: each shows a code, and others can pair it anew."
            ),
        )
    )


def _named(code: str, label: Promise, model: type[Board | SavedView], which: Q, why_end: Promise) -> Holding:
    """What has an owner and a name that she has once: whoever takes it over has it under a name that is free. Where
    nobody does, it stays as it is.
    """

    def of(whom: Person) -> QuerySet[Board | SavedView]:
        return model._default_manager.filter(which, owner=whom)

    def hand_over(leaving: Leaving, to: Person) -> int:
        taken = set(model._default_manager.filter(owner=to).values_list("name", flat=True))
        given = list(of(leaving.whom).select_for_update(of=("self",)))
        for row in given:
            row.owner, row.name = to, free_name(row.name, taken)
            row.save(update_fields=["owner", "name"])
            taken.add(row.name)
        return len(given)

    return Holding(
        code=code,
        label=label,
        held=lambda whom: names(of(whom), _name),
        hand_over=hand_over,
        end=lambda leaving: of(leaving.whom).count(),
        why_end=why_end,
    )


def _name(row: object) -> str:
    return str(row.name)  # type: ignore[attr-defined]


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


def end_screens(leaving: Leaving) -> int:
    return Screen.objects.filter(person=leaving.whom, revoked_at=None).update(revoked_at=leaving.now)
