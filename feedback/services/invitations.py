"""Personal addresses: each is answered once. They are given out as they are made; only their hashes are kept."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from customers.keys import normal
from customers.services.by_keys import know_keys
from decisions.selectors.rights import today_of
from feedback.models import Invitation, SurveyLink
from feedback.services.publishing import feedback_source, mark_days
from feedback.tokens import invitation_token, token_hash
from organization.models import Person
from organization.services import Refused, record

MOST = 5000
LONGEST_KEY = 200
MOST_DAYS = 366


@dataclass(frozen=True)
class Invited:
    number: int
    customer: str  # as it was typed; empty for anybody
    token: str


@transaction.atomic
def make_invitations(
    *,
    link: SurveyLink,
    batch: uuid.UUID,
    how_many: int,
    customers: Sequence[str],
    days: int,
    person: Person,
    now: datetime,
) -> list[Invited]:
    """So many of them, good for so many days; or one for each of `customers`, by their keys, each once.

    The same batch again answers the same addresses and makes none: a download that broke off is no loss while its form
    is open. Raises Refused for too many or none, a link that is closed, a key that is none or too long.
    """
    keys = list({normal(key): key.strip() for key in customers if key.strip()}.values())
    total = len(keys) or how_many
    if not 1 <= total <= MOST:
        raise Refused(
            _("Between 1 and %(most)s invitations are made at once; these are %(n)s.")
            % {"most": MOST, "n": total}
        )
    if any(len(key) > LONGEST_KEY for key in keys):
        raise Refused(_("A customer number has at most %(n)s letters.") % {"n": LONGEST_KEY})
    if not 1 <= days <= MOST_DAYS:
        raise Refused(_("Invitations hold for 1 to %(n)s days.") % {"n": MOST_DAYS})
    row = SurveyLink.objects.select_for_update(of=("self",)).select_related("survey").get(pk=link.pk)
    if not (row.open and row.survey.open):
        raise Refused(_("Nobody can answer while this link or its survey is closed. Open it first."))
    tokens = [invitation_token(settings.SECRET_KEY, batch, number) for number in range(total)]
    said = [Invited(number + 1, keys[number] if keys else "", token) for number, token in enumerate(tokens)]
    hashes = [token_hash(token) for token in tokens]
    known = Invitation.objects.filter(token_hash__in=hashes, link=row).count()
    if known:
        if known != total or Invitation.objects.filter(token_hash=_next_hash(batch, total)).exists():
            raise Refused(_("These invitations were made already, in another number. Begin again."))
        return said
    try:
        of = know_keys(keys) if keys else [None] * total
    except ValueError:
        raise Refused(
            _("A line holds no customer number: nothing is left of it without its blanks.")
        ) from None
    today = today_of(now)
    Invitation.objects.bulk_create(
        Invitation(
            link=row, token_hash=one, customer_id=customer, day=today, made_at=now,
            expires_at=now + timedelta(days=days),
        )
        for one, customer in zip(hashes, of, strict=True)
    )  # fmt: skip
    mark_days(source_id=feedback_source().pk, days=[today])
    record(
        action="feedback.invitations", subject="company", person=person, link=row.pk, survey=row.survey_id,
        name=row.survey.name, count=total,
    )  # fmt: skip
    return said


def _next_hash(batch: uuid.UUID, number: int) -> bytes:
    return token_hash(invitation_token(settings.SECRET_KEY, batch, number))
