"""Surveys and their links as pages show them, with what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from feedback.models import Answer, Driver, Invitation, Origin, Survey, SurveyLink
from organization.gate import Action, Someone, can
from organization.models import Dimension, Node, NodeAncestor

DAYS = 90  # that figures of surveys look back
LINKS_A_PAGE = 50


@dataclass(frozen=True)
class Response:
    """Answers of the last days; of whom was invited in them, who has answered."""

    answers: int = 0
    last: date | None = None
    invited: int = 0
    invited_answered: int = 0

    @property
    def rate(self) -> Decimal | None:
        """A share; None where nobody was invited, for nobody knows how many saw a QR code."""
        return Decimal(self.invited_answered) / self.invited if self.invited else None


@dataclass(frozen=True)
class SurveyRow:
    survey: Survey
    links: int
    response: Response


@dataclass(frozen=True)
class LinkRow:
    link: SurveyLink
    response: Response


@dataclass(frozen=True)
class SurveyPage:
    survey: Survey
    drivers: tuple[Driver, ...]  # in use and chosen
    page: Page[SurveyLink]
    rows: tuple[LinkRow, ...]
    response: Response


def since(today: date) -> date:
    return today - timedelta(days=DAYS - 1)


def survey_rows(today: date) -> list[SurveyRow]:
    """All surveys, open ones first; four queries."""
    surveys = list(Survey.objects.order_by("-open", "name"))
    links = _counted(SurveyLink.objects.filter(open=True), "survey_id")
    answered = {
        row["survey_id"]: (row["n"], row["last"])
        for row in Answer.objects.filter(survey__isnull=False, day__gte=since(today))
        .values("survey_id")
        .annotate(n=Count("pk"), last=Max("day"))
    }
    invited = _invited(Invitation.objects.filter(day__gte=since(today)), "link__survey_id")
    return [
        SurveyRow(
            survey,
            links.get(survey.pk, 0),
            _response(answered.get(survey.pk), invited.get(survey.pk)),
        )
        for survey in surveys
    ]


def get_survey_or_404(person: Someone, pk: int) -> Survey:
    """Raises Http404 to whoever may not keep surveys, as to whom there is none."""
    _keeps(person)
    return get_object_or_404(Survey, pk=pk)


def get_link_or_404(person: Someone, pk: int) -> SurveyLink:
    _keeps(person)
    links = SurveyLink.objects.select_related("survey", "channel", "region", "product", "made_by")
    return get_object_or_404(links, pk=pk)


def survey_page(survey: Survey, today: date, number: str | None) -> SurveyPage:
    links = (
        survey.links.select_related("channel", "region", "product")
        .order_by("-open", "channel__path", "region__path", "product__path", "segment", "pk")
    )  # fmt: skip
    page = Paginator(links, LINKS_A_PAGE).get_page(number)
    answers = Answer.objects.filter(survey=survey, day__gte=since(today))
    total = answers.aggregate(n=Count("pk"), last=Max("day"))
    invited = _invited(
        Invitation.objects.filter(link__survey=survey, day__gte=since(today)), "link__survey_id"
    )
    came = _by_place(answers)
    by_link = _invited(
        Invitation.objects.filter(link__in=[link.pk for link in page], day__gte=since(today)), "link_id"
    )
    rows = tuple(LinkRow(link, _response(came.get(_place(link)), by_link.get(link.pk))) for link in page)
    return SurveyPage(
        survey,
        tuple(survey.drivers.filter(archived_at__isnull=True)),
        page,
        rows,
        _response((total["n"], total["last"]), invited.get(survey.pk)),
    )


def link_response(link: SurveyLink, today: date) -> Response:
    answers = Answer.objects.filter(survey=link.survey_id, day__gte=since(today))
    came = _by_place(answers).get(_place(link))
    invited = _invited(Invitation.objects.filter(link=link, day__gte=since(today)), "link_id")
    return _response(came, invited.get(link.pk))


def drivers() -> tuple[list[Driver], list[Driver]]:
    """Those in use in their order, and those put away."""
    found = list(Driver.objects.all())
    used = [driver for driver in found if driver.archived_at is None]
    return used, [driver for driver in found if driver.archived_at is not None]


def nodes_below(region: Node | None) -> list[Node]:
    """The regions right below it that are in use; below none, the topmost."""
    return list(_regions().filter(parent=region).order_by("path"))


def nodes_at_tips(region: Node | None) -> list[Node]:
    """The regions below it that have none below themselves, and are in use."""
    used = _regions()
    tips = used.exclude(pk__in=used.filter(parent__isnull=False).values("parent_id"))
    if region is not None:
        below = NodeAncestor.objects.filter(ancestor=region).exclude(node=region).values("node_id")
        tips = tips.filter(pk__in=below)
    return list(tips.order_by("path"))


def _regions() -> QuerySet[Node]:
    return Node.objects.filter(dimension=Dimension.REGION, archived_at__isnull=True, merged_into__isnull=True)


# -- How it is counted ------------------------------------------------------------------------------

_PLACE = ("channel_id", "region_id", "product_id", "segment")
_Key = tuple[int, int, int, str]


def _keeps(person: Someone) -> None:
    if not can(person, Action.KEEP_SURVEYS):
        raise Http404


def _response(came: tuple[int, date | None] | None, invited: tuple[int, int] | None) -> Response:
    return Response(*(came or (0, None)), *(invited or (0, 0)))


def _place(link: SurveyLink) -> _Key:
    return link.channel_id or 0, link.region_id or 0, link.product_id or 0, link.segment


def _by_place(answers: QuerySet[Answer]) -> Mapping[_Key, tuple[int, date | None]]:
    rows = answers.filter(origin=Origin.FORM).values(*_PLACE).annotate(n=Count("pk"), last=Max("day"))
    return {
        (row["channel_id"], row["region_id"], row["product_id"], row["segment"]): (row["n"], row["last"])
        for row in rows
    }


def _counted(rows: QuerySet[SurveyLink], by: str) -> Mapping[int, int]:
    return {row[by]: row["n"] for row in rows.values(by).annotate(n=Count("pk"))}


def _invited(rows: QuerySet[Invitation], by: str) -> Mapping[int, tuple[int, int]]:
    found = rows.values(by).annotate(n=Count("pk"), answered=Count("pk", filter=Q(answered_at__isnull=False)))
    return {row[by]: (row["n"], row["answered"]) for row in found}
