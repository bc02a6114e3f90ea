"""The addresses under which a survey stands."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from feedback.models import Survey, SurveyLink
from feedback.models.surveys import SEGMENT
from organization.models import Node, Person
from organization.services import Refused, record

MOST_AT_ONCE = 500
SLUG_BYTES = 9  # 72 bits, 12 letters: short enough for a coarse QR code, too many to guess


@dataclass(frozen=True)
class Place:
    """Where the answers of a link count; None is none."""

    channel: Node | None = None
    region: Node | None = None
    product: Node | None = None
    segment: str = ""


@dataclass(frozen=True)
class Made:
    links: tuple[SurveyLink, ...]  # the new ones
    there: int  # places that had an open link already


@transaction.atomic
def make_links(*, survey: Survey, places: Sequence[Place], person: Person, now: datetime) -> Made:
    """An open link a place; a place that has one keeps it. Raises Refused for too many, or a survey that is closed."""
    if not survey.open:
        raise Refused(_("This survey is closed. Open it again first."))
    if len(places) > MOST_AT_ONCE:
        raise Refused(
            _("That would be %(sent)s links; at most %(n)s are made at once. Choose an area further down.")
            % {"sent": len(places), "n": MOST_AT_ONCE}
        )
    if any(len(place.segment) > SEGMENT for place in places):
        raise Refused(_("A customer type has at most %(n)s letters.") % {"n": SEGMENT})
    Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)  # who makes links at once waits
    taken = {_place_of(link) for link in survey.links.filter(open=True)}
    wanted = [place for place in dict.fromkeys(places) if _key(place) not in taken]
    made = SurveyLink.objects.bulk_create(
        SurveyLink(
            survey=survey,
            slug=secrets.token_urlsafe(SLUG_BYTES),
            channel=place.channel,
            region=place.region,
            product=place.product,
            segment=place.segment,
            made_at=now,
            made_by=person,
        )
        for place in wanted
    )
    if made:
        record(
            action="feedback.link", subject="company", person=person, survey=survey.pk, name=survey.name,
            links=[link.pk for link in made], count=len(made),
        )  # fmt: skip
    return Made(tuple(made), len(places) - len(made))


@transaction.atomic
def switch_link(*, link: SurveyLink, open: bool, person: Person) -> SurveyLink:
    """Opens it, or closes it for good or for a while. Raises Refused where its place has another open link by now."""
    row = SurveyLink.objects.select_for_update(of=("self",)).select_related("survey").get(pk=link.pk)
    if row.open == open:
        return row
    row.open = open
    try:
        with transaction.atomic():
            row.save(update_fields=["open"])
    except IntegrityError:
        raise Refused(
            _("Another link of the same survey is open for the same place. Close it first.")
        ) from None
    verb = "link_opened" if open else "link_closed"
    record(
        action=f"feedback.{verb}", subject="company", person=person, link=row.pk, survey=row.survey_id,
        name=row.survey.name,
    )  # fmt: skip
    return row


_Key = tuple[int | None, int | None, int | None, str]


def _place_of(link: SurveyLink) -> _Key:
    return link.channel_id, link.region_id, link.product_id, link.segment


def _key(place: Place) -> _Key:
    channel, region, product = (
        node.pk if node else None for node in (place.channel, place.region, place.product)
    )
    return channel, region, product, place.segment
