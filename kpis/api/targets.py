"""Targets that programs set: several as one change, each refused for a reason of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.listing import listed
from common.periods import Grain, Period
from kpis.models import Metric, Target
from kpis.services import Revision, TargetEntry, TargetRefused, TargetsMoved, revise_targets
from kpis.services.closing import MonthsClosed
from organization import gate
from organization.api.bodies import pointer_part
from organization.api.errors import Fault, Problem
from organization.api.fields import FIRST_DAY, LAST_DAY, AmountField, MomentField, digits
from organization.api.reading_json import JsonNumber, SaidTwice
from organization.gate import Action, scopes_where, visible_scopes
from organization.models import DIMENSIONS, Person, Scope
from organization.selectors import company

MOST_TARGETS = 500
LONGEST_NUMBER = 60
PLACES = 6
NAMES = ("metric", "scope", "period", "value", "based_on")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A month's revenue",
            {
                "metric": "revenue", "scope": "region:华东", "grain": "month", "period": "2026-11",
                "start": "2026-11-01", "value": "2000000", "version": 3, "set_at": "2026-10-28T07:00:00Z",
                "set_by": "Bob",
            },
            response_only=True,
        )
    ]
)  # fmt: skip
class TargetSerializer(serializers.Serializer[Any]):
    """What a metric should reach on an area in a period; `value` null: taken away."""

    metric = serializers.CharField()
    scope = serializers.CharField()
    grain = serializers.ChoiceField(choices=[grain.value for grain in Grain])
    period = serializers.CharField(help_text="2026-11-01, 2026-W45, 2026-11, 2026-Q4 or 2026.")
    start = serializers.DateField()
    value = AmountField(allow_null=True)
    version = serializers.IntegerField(help_text="What `based_on` says when you change it.")
    set_at = MomentField()
    set_by = serializers.CharField(allow_null=True)


class NewTargetSerializer(serializers.Serializer[Any]):
    metric = serializers.CharField(max_length=50)
    scope = serializers.CharField(max_length=2000)
    period = serializers.CharField(max_length=10, help_text="2026-11-01, 2026-W45, 2026-11, 2026-Q4 or 2026.")
    value = serializers.CharField(
        allow_null=True, max_length=LONGEST_NUMBER,
        help_text="A number as text or as a JSON number, at most six decimals; null takes the target away.",
    )  # fmt: skip
    based_on = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=2**31 - 1,
        help_text="The version that you saw, 0 for none. Where another holds by now that says something else, nothing"
        " is changed (409). Left out: set it in any case.",
    )  # fmt: skip


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Two months",
            {
                "targets": [
                    {
                        "metric": "revenue",
                        "scope": "region:华东",
                        "period": "2026-11",
                        "value": "2000000",
                        "based_on": 2,
                    },
                    {"metric": "revenue", "scope": "region:华东", "period": "2026-12", "value": "2400000"},
                ]
            },
            request_only=True,
        )
    ]
)
class PutTargets(serializers.Serializer[Any]):
    targets = serializers.ListField(child=NewTargetSerializer(), min_length=1, max_length=MOST_TARGETS)


class TargetsSet(serializers.Serializer[Any]):
    results = TargetSerializer(
        many=True, help_text="All that were asked for, as they hold now, in your order."
    )
    changed = serializers.IntegerField(help_text="How many have a new version.")


@extend_schema(
    operation_id="set_targets", tags=["targets"], summary="Set targets, one or several as one change",
    description=(
        f"Up to {MOST_TARGETS}: all are set or none. Errors point to their row; 409 brings the version that holds"
        " (`current`)."
    ),
    request=PutTargets,
    responses={200: TargetsSet, 409: OpenApiResponse(description="Somebody changed one of them first."),
               422: OpenApiResponse(description="A value, period or metric cannot be.")},
)  # fmt: skip
def put_targets(view: Any, request: Request) -> Response:
    rows = _rows(request.data)
    revisions = _read(view.person, rows)
    try:
        made = revise_targets(revisions=revisions, person=view.person)
    except MonthsClosed as closed:
        faults = [Fault(f"#/targets/{place}/period", words) for place, words in sorted(closed.words.items())]
        raise Problem(422, _("Nothing was set; see the errors."), errors=faults) from None
    except TargetRefused as refused:
        raise Problem(422, str(refused)) from None
    except TargetsMoved as moved:
        raise conflict(moved.current, lambda place: f"#/targets/{place}/based_on") from None
    held = _held([revision.entry for revision in revisions])
    return Response({"results": TargetSerializer(current_of(held), many=True).data, "changed": len(made)})


def current_of(targets: Iterable[Target]) -> list[dict[str, Any]]:
    """Targets as the API writes them."""
    fiscal_start = company().fiscal_year_start
    return [_written(target, fiscal_start) for target in targets]


def _written(target: Target, fiscal_start: int) -> dict[str, Any]:
    return {
        "metric": target.metric.code, "scope": target.scope.key, "grain": target.grain,
        "period": period_text(target.grain, target.start, fiscal_start), "start": target.start,
        "value": target.value, "version": target.version, "set_at": target.set_at,
        "set_by": target.set_by.label if target.set_by else None,
    }  # fmt: skip


def period_text(grain: str, start: date, fiscal_start: int) -> str:
    """The period's written form; its first day where the fiscal year has been moved since."""
    try:
        return str(Period(Grain(grain), start, fiscal_start))
    except ValueError:
        return start.isoformat()


def _held(entries: list[TargetEntry]) -> list[Target]:
    """The versions that hold of these, in their order; what was never set and stays so is left out."""
    keys = {entry.scope.key for entry in entries}
    found = Target.objects.filter(
        scope__key__in=keys, metric__in={entry.metric.pk for entry in entries}, superseded_at__isnull=True
    ).select_related("metric", "scope", "set_by")
    by_key = {(target.metric_id, target.scope.key, target.grain, target.start): target for target in found}
    wanted = [
        (entry.metric.pk, entry.scope.key, entry.period.grain.value, entry.period.start) for entry in entries
    ]
    return [by_key[key] for key in wanted if key in by_key]


def conflict(current: Mapping[int, Target], pointer: Callable[[int], str]) -> Problem:
    """409, with the versions that hold by now, by their place in what was asked for."""
    fiscal_start = company().fiscal_year_start
    faults = []
    for place, target in sorted(current.items()):
        said = _("Version %(version)s holds by now and says %(value)s.") % {
            "version": target.version,
            "value": "—" if target.value is None else digits(target.value),
        }
        now = dict(TargetSerializer(_written(target, fiscal_start)).data)
        faults.append(Fault(pointer(place), said, {"current": now}))
    return Problem(409, _("Somebody changed a target first. Nothing was set."), errors=faults)


# -- Reading what was sent --------------------------------------------------------------------------


def _rows(data: Any) -> list[Any]:
    rows = data.get("targets") if isinstance(data, dict) else None
    if not isinstance(rows, list) or set(data) != {"targets"} or isinstance(data, SaidTwice):
        said = _('The body is an object with one list: {"targets": […]}.')
        raise Problem(400, said, errors=[Fault("#/targets", said)])
    if not rows:
        raise Problem(422, errors=[Fault("#/targets", _("There is no target in it."))])
    if len(rows) > MOST_TARGETS:
        said = _("At most %(n)s targets go in one request; these are %(sent)s.") % {
            "n": MOST_TARGETS, "sent": len(rows),
        }  # fmt: skip
        raise Problem(413, said, errors=[Fault("#/targets", said)])
    return rows


class _Reader:
    """Reads rows and gathers what is wrong with each: where, why, and how bad (404 over 403 over 422)."""

    def __init__(self, person: Person, rows: list[Any]) -> None:
        self.person = person
        self.fiscal_start = company().fiscal_year_start
        told = [row for row in rows if isinstance(row, dict)]
        self.metrics = {metric.code: metric for metric in Metric.objects.in_use()}
        keys = {key for row in told if isinstance(key := row.get("scope"), str) and _clean(key)}
        # Codes of areas that were merged into others are left to the gate, which knows where they went.
        own = {f"{dimension}__merged_into__isnull": True for dimension in DIMENSIONS}
        saved = Scope.objects.filter(key__in=keys, **own)
        self.seen = {scope.key: scope for scope in visible_scopes(person).filter(pk__in=saved.values("pk"))}
        ids = {scope.pk for scope in self.seen.values()}
        self.settable = set(
            scopes_where(person, Action.SET_TARGETS).filter(pk__in=ids).values_list("pk", flat=True)
        )
        self.others: dict[str, Scope | int] = {}
        self.faults: list[tuple[int, Fault]] = []
        self.places: dict[Any, int] = {}

    def row(self, place: int, row: Any) -> Revision | None:
        def wrong(name: str, reason: str, status: int = 422) -> None:
            self.faults.append((status, Fault(f"#/targets/{place}{'/' + name if name else ''}", reason)))

        before = len(self.faults)
        if not isinstance(row, dict):
            wrong("", _("A target is an object: metric, scope, period, value."))
            return None
        for name in row:
            if name not in NAMES:
                said = _("There is no such field. There are: %(names)s.") % {"names": listed(NAMES)}
                wrong(pointer_part(name), said)
        if isinstance(row, SaidTwice):
            wrong(
                "",
                _("A name stands twice in it: %(names)s.") % {"names": listed(map(pointer_part, row.names))},
            )
        code = row.get("metric")
        metric = self.metrics.get(code) if isinstance(code, str) else None
        if metric is None:
            wrong("metric", _("Name a metric by its code; `GET /api/v1/metrics/` lists them."))
        scope = self.scope(row.get("scope"))
        if isinstance(scope, int):
            reasons = {
                404: _("There is no such area, or it is not yours to see."),
                403: _("Your role does not allow setting targets here."),
                422: _("Write an area as `company` or `region:华东`."),
            }
            wrong("scope", reasons[scope], scope)
        period = self.period(row.get("period"))
        if period is None:
            wrong(
                "period",
                _("Write a period from 1990 to 2100: 2026-11-01, 2026-W45, 2026-11, 2026-Q4 or 2026."),
            )
        value: Decimal | None = None
        if "value" not in row:
            wrong("value", _("Say a value, or null to take the target away."))
        elif row["value"] is not None:
            value = number_of(row["value"])
            if value is None:
                wrong(
                    "value", _("This is no number that a target can be: at most 15 digits and six decimals.")
                )
        based_on = row.get("based_on")
        if based_on is not None:
            based_on = _version(based_on)
            if based_on is None:
                wrong("based_on", _("A version is a whole number from 0."))
        if len(self.faults) > before or metric is None or isinstance(scope, int) or period is None:
            return None
        key = (metric.pk, scope.key, period)
        if key in self.places:
            wrong("", _("The same target stands at %(place)s already.") % {"place": self.places[key]})
            return None
        self.places[key] = place
        return Revision(TargetEntry(metric, scope, period, value), based_on)

    def scope(self, key: Any) -> Scope | int:
        """The area, or the status that says why not."""
        if not isinstance(key, str) or isinstance(key, JsonNumber) or not key or not _clean(key):
            return 422
        if key in self.seen:
            return self.seen[key] if self.seen[key].pk in self.settable else 403
        if key not in self.others:
            try:
                self.others[key] = gate.get_scope_or_404(self.person, key, Action.SET_TARGETS)
            except Http404:
                self.others[key] = 404
            except PermissionDenied:
                self.others[key] = 403
        return self.others[key]

    def period(self, text: Any) -> Period | None:
        if not isinstance(text, str) or isinstance(text, JsonNumber) or len(text) > 10:
            return None
        try:
            period = Period.parse(text, fiscal_start=self.fiscal_start)
            inside = period.start >= FIRST_DAY and period.end <= LAST_DAY
        except (ValueError, OverflowError):
            return None
        return period if inside else None


def _read(person: Person, rows: list[Any]) -> list[Revision]:
    """Raises Problem with every row's reasons, under the worst of their statuses."""
    reader = _Reader(person, rows)
    read = [reader.row(place, row) for place, row in enumerate(rows)]
    if reader.faults:
        statuses = {status for status, _fault in reader.faults}
        status = next(status for status in (404, 403, 422) if status in statuses)
        raise Problem(
            status, _("Nothing was set; see the errors."), errors=[fault for _status, fault in reader.faults]
        )
    return [revision for revision in read if revision is not None]


def number_of(value: Any) -> Decimal | None:
    """A number as text or as JSON has it, that an amount can be; None for anything else."""
    if not isinstance(value, str) or len(value) > LONGEST_NUMBER or not value.isascii() or "_" in value:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        return None
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -PLACES and number != round(number, PLACES):
        return None
    return round(number, PLACES)


def _version(value: Any) -> int | None:
    if not isinstance(value, JsonNumber) or not value.isdecimal() or len(value) > 9:
        return None
    return int(value)


def _clean(text: str) -> bool:
    """Whether PostgreSQL can be asked for it: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
