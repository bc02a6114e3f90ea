"""What helps to plan, for programs: a year suggested, and where plans of parts and wholes disagree."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.listing import listed
from common.periods import Grain, Period
from kpis.figures import Look
from kpis.forecasting import TooLittle
from kpis.forms.break_down import TREES
from kpis.models import Metric
from kpis.selectors.plan_check import Finding, plan_check
from kpis.selectors.suggestions import Suggested, suggestion, years_to_suggest
from kpis.suggesting import Suggestion, amount_of
from kpis.suggestion_words import assumption
from organization.api.areas import scope_or_problem
from organization.api.errors import Fault, Problem, invalid
from organization.api.fields import FIRST_DAY, LAST_DAY, AmountField, Question
from organization.api.paging import MOST
from organization.api.views import ApiView, answer
from organization.models import Scope
from organization.selectors import company

SHARE = "A share of 1."


def _metric(code: str) -> Metric:
    """Raises Problem."""
    found = Metric.objects.in_use().filter(code=code).first()
    if found is None:
        raise invalid([Fault("?metric", _("There is no metric “%(code)s”.") % {"code": code})])
    return found


def _year(text: str) -> Period | None:
    try:
        found = Period.parse(text, fiscal_start=company().fiscal_year_start)
        known = found.grain == Grain.YEAR and found.start > FIRST_DAY and found.end <= LAST_DAY
    except (ValueError, OverflowError):
        return None
    return found if known else None


# -- A year suggested -------------------------------------------------------------------------------


class SuggestionQuestion(Question):
    metric = serializers.CharField(max_length=50, help_text="One that adds up.")
    scope = serializers.CharField(max_length=2000, default="company")
    year = serializers.CharField(
        max_length=4,
        required=False,
        help_text="Fiscal: this one or one of the next two; the next where it is left out.",
    )


class TooLittleSerializer(serializers.Serializer[TooLittle]):
    """Why there is nothing to suggest: so many days are known, and so many are needed."""

    reason = serializers.ChoiceField(choices=["empty", "short"])
    known_days = serializers.IntegerField(source="known")
    needed_days = serializers.IntegerField(source="needed")


class ProposalOfYearSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["steady", "ambitious", "stretch"])
    total = AmountField()
    growth = AmountField(allow_null=True, help_text="On the year before; " + SHARE.lower())
    chance = AmountField(help_text="Of reaching it; " + SHARE.lower())
    assumes = serializers.CharField(help_text="What would have to be so, in your language.")


class PastYearSerializer(serializers.Serializer[Any]):
    first_day = serializers.DateField()
    total = AmountField(help_text="What came.")
    usual = AmountField(help_text="Without one-offs; of a year that is not over with what is expected.")
    complete = serializers.BooleanField()
    growth = AmountField(allow_null=True)


class MonthOfYearSerializer(serializers.Serializer[Any]):
    month = serializers.CharField()
    share = AmountField(help_text=SHARE)
    expected = AmountField()


class PartOfYearSerializer(serializers.Serializer[Any]):
    scope = serializers.CharField(allow_null=True, help_text="A product line; null is what is not split.")
    expected = AmountField()
    share = AmountField(help_text=SHARE)
    growth = AmountField(allow_null=True)
    contribution = AmountField(allow_null=True, help_text="To the growth of the whole.")


class OneOffSerializer(serializers.Serializer[Any]):
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    amount = AmountField()
    expected = AmountField(help_text="Usual for such a day.")


class TrialSerializer(serializers.Serializer[Any]):
    first_day = serializers.DateField()
    expected = AmountField()
    low = AmountField()
    high = AmountField()
    came = AmountField()


class SuggestedSerializer(serializers.Serializer[Any]):
    """A year's target from the years before. With `too_little` history all lists are empty."""

    metric = serializers.CharField()
    scope = serializers.CharField()
    year = serializers.CharField()
    too_little = TooLittleSerializer(allow_null=True)
    expected = AmountField(allow_null=True)
    low = AmountField(allow_null=True, help_text="Four times out of five it lies from low to high.")
    high = AmountField(allow_null=True)
    known = AmountField(allow_null=True, help_text="What of it is there already.")
    proposals = ProposalOfYearSerializer(many=True)
    years = PastYearSerializer(many=True)
    months = MonthOfYearSerializer(many=True)
    parts = PartOfYearSerializer(many=True)
    one_offs = OneOffSerializer(many=True, help_text="Set aside.")
    trials = TrialSerializer(many=True, help_text="What the same way would have said in earlier years.")


class Suggestions(ApiView):
    @extend_schema(
        operation_id="suggestion", tags=["targets"], summary="Suggest a year's target from the years before",
        description="Three proposals with what each assumes. Takes a second or so the first time.",
        parameters=[SuggestionQuestion],
        responses={
            200: SuggestedSerializer, 422: OpenApiResponse(description="The metric does not add up.")
        },
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(SuggestionQuestion)
        metric = _metric(asked["metric"])
        if not metric.additive:
            said = _("%(metric)s does not add up, so no year is suggested for it.") % {"metric": metric.label}
            raise Problem(422, said, errors=[Fault("?metric", said)])
        today = timezone.localdate()
        years = years_to_suggest(today)
        year = next((one for one in years if str(one) == asked["year"]), None)
        if asked["year"] is None:
            year = years[1]
        if year is None:
            named = listed(years)
            raise invalid([Fault("?year", _("A year is one of %(names)s.") % {"names": named})])
        scope = scope_or_problem(self.person, asked["scope"], pointer="?scope")
        found = suggestion(metric=metric, scope=scope, year=year, look=Look.at(today=today))
        return answer(SuggestedSerializer, _suggested(metric, scope, year, found))


def _suggested(metric: Metric, scope: Scope, year: Period, suggested: Suggested) -> dict[str, Any]:
    found = suggested.found
    named: dict[str, Any] = {"metric": metric.code, "scope": scope.key, "year": str(year)}
    if isinstance(found, TooLittle):
        lists = ("proposals", "years", "months", "parts", "one_offs", "trials")
        figures = ("expected", "low", "high", "known")
        return {
            **named, "too_little": found, **dict.fromkeys(figures), **{name: [] for name in lists},
        }  # fmt: skip
    return {
        **named,
        "too_little": None,
        "expected": amount_of(found.forecast.mean),
        "low": amount_of(found.forecast.low),
        "high": amount_of(found.forecast.high),
        "known": amount_of(found.known),
        **_lists(found),
    }


def _lists(found: Suggestion) -> dict[str, Any]:
    return {
        "proposals": [
            {
                "kind": one.kind, "total": one.total, "growth": _share(one.growth), "chance": _share(one.chance),
                "assumes": assumption(one, found),
            }
            for one in found.proposals
        ],
        "years": [
            {
                "first_day": one.first_day, "total": amount_of(one.total), "usual": amount_of(one.usual),
                "complete": one.complete, "growth": _share(one.growth),
            }
            for one in found.years
        ],
        "months": [
            {"month": f"{one.first_day:%Y-%m}", "share": _share(one.share), "expected": amount_of(one.mean)}
            for one in found.months
        ],
        "parts": [
            {
                "scope": one.code, "expected": amount_of(one.expected), "share": _share(one.share),
                "growth": _share(one.growth), "contribution": _share(one.contribution),
            }
            for one in found.parts
        ],
        "one_offs": [
            {
                "first_day": one.first_day, "last_day": one.last_day, "amount": amount_of(one.amount),
                "expected": amount_of(one.expected),
            }
            for one in found.outliers
        ],
        "trials": [
            {
                "first_day": one.first_day, "expected": amount_of(one.mean), "low": amount_of(one.low),
                "high": amount_of(one.high), "came": amount_of(one.actual),
            }
            for one in found.trials
        ],
    }  # fmt: skip


def _share(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, 6)))


# -- Parts and wholes -------------------------------------------------------------------------------


class CheckQuestion(Question):
    metric = serializers.CharField(max_length=50)
    year = serializers.CharField(max_length=4, help_text="Fiscal.")
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST, default=MOST, help_text="Findings, the worst first."
    )

    def validate_year(self, text: str) -> Period:
        year = _year(text)
        if year is None:
            raise serializers.ValidationError(_("Write a year as 2027."))
        return year


class FindingSerializer(serializers.Serializer[Finding]):
    """An area or year and its parts that say something else."""

    scope = serializers.CharField(source="scope.key")
    tree = serializers.ChoiceField(
        choices=list(TREES),
        help_text="In which its parts lie; empty where months are held against their year or quarter.",
    )
    period = serializers.CharField()
    whole = AmountField()
    parts = AmountField(help_text="Their sum; of ratios their mean by volume.")
    difference = AmountField()
    known = serializers.IntegerField(help_text="Parts with a target.")
    missing = serializers.IntegerField(help_text="Parts without one.")
    state = serializers.ChoiceField(
        choices=["more", "less", "open"],
        help_text="More than the whole, less although all have targets, or room is left for those without.",
    )
    months = serializers.ListField(
        child=serializers.CharField(), help_text="In which the same parts disagree besides."
    )


class CheckedSerializer(serializers.Serializer[Any]):
    targets = serializers.IntegerField(help_text="How many were looked at.")
    compared = serializers.IntegerField(help_text="Wholes that were held against their parts.")
    volumes = serializers.ChoiceField(
        choices=["", "planned", "last_year"], help_text="By what ratios were weighed."
    )
    findings = FindingSerializer(many=True)
    left_out = serializers.IntegerField(help_text="Findings beyond `limit`.")


class PlanCheck(ApiView):
    @extend_schema(
        operation_id="plan_check", tags=["targets"], summary="Where targets of parts and wholes disagree",
        description="In a year, of all areas that you may see.",
        parameters=[CheckQuestion], responses={200: CheckedSerializer},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(CheckQuestion)
        checked = plan_check(self.person, _metric(asked["metric"]), asked["year"])
        shown = checked.findings[: asked["limit"]]
        told = {
            "targets": checked.targets, "compared": checked.compared, "volumes": checked.volumes,
            "findings": shown, "left_out": len(checked.findings) - len(shown),
        }  # fmt: skip
        return answer(CheckedSerializer, told)
