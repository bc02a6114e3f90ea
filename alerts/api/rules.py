"""Alert rules for programs: read, written and changed as data."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.models import Rule
from alerts.rule_data import Fault as Wrong
from alerts.rule_data import RuleBodySerializer, as_data, draft_of
from alerts.services import RuleRefused, save_rule
from organization.api.areas import narrowed, scope_or_problem
from organization.api.bodies import read_body
from organization.api.errors import Fault, Problem
from organization.api.fields import AreaQuestion, CodesField, MomentField
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer_page
from organization.gate import Action, get_scope_or_404, visible_scopes
from organization.services import ensure_scope

WRITE = "write:rules"
_EXAMPLE: dict[str, Any] = {
    "name": "Return of channels", "metric": "roas", "scope": "company", "spread": "children", "along": "channel",
    "grain": "day", "levels": [
        {"level": "warning", "condition": {"kind": "level", "below": "1"}, "periods": 3},
        {"level": "critical", "condition": {"kind": "level", "below": "0.8"}, "periods": 3},
    ], "people": [{"person": "manager", "from_level": "warning"}],
}  # fmt: skip


class RuleQuestion(AreaQuestion):
    metric = CodesField(help_text="Codes of metrics, by commas.")


@extend_schema_serializer(examples=[OpenApiExample("Return under 1", _EXAMPLE, request_only=True)])
class NewRuleSerializer(RuleBodySerializer):
    """A rule as it is to be; what is left out has its usual value."""


class RuleSerializer(RuleBodySerializer):
    """What is watched, when it is an alert, and who is told."""

    id = serializers.IntegerField()
    changed_at = MomentField()

    def to_representation(self, instance: Rule) -> dict[str, Any]:
        changed = self.fields["changed_at"].to_representation(instance.changed_at)
        return {"id": instance.pk, **as_data(instance), "changed_at": changed}


def _seen() -> QuerySet[Rule]:
    return Rule.objects.select_related("metric", "scope").prefetch_related(
        "tiers__policy", "recipients__person", "recipients__connection"
    )


class Rules(ApiView):
    needs = {"GET": Action.VIEW, "POST": Action.MANAGE_ALERTS}
    token_scope = {"GET": "read", "POST": WRITE}

    @extend_schema(
        operation_id="rules", tags=["alerts"], summary="Alert rules, the newest first",
        description="Those on your areas.", parameters=[RuleQuestion],
        responses={200: page_serializer(RuleSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(RuleQuestion)
        found = _seen().filter(scope__in=narrowed(self.person, asked))
        if asked["metric"]:
            found = found.filter(metric__code__in=asked["metric"])
        page = page_of(request, found, keys=("-id",), cursor=asked["cursor"], limit=asked["limit"])
        return answer_page(RuleSerializer, page.rows, page.next)

    @extend_schema(
        operation_id="make_rule", tags=["alerts"], summary="Write an alert rule",
        description="On an area that you lead or manage. Its areas are judged at once.",
        request=NewRuleSerializer,
        responses={201: RuleSerializer, 422: OpenApiResponse(description="The rule cannot be, with the reason.")},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        return _save(self, request, None)


class OneRule(ApiView):
    needs = {"GET": Action.VIEW, "PUT": Action.MANAGE_ALERTS}
    token_scope = {"GET": "read", "PUT": WRITE}

    @extend_schema(
        operation_id="rule", tags=["alerts"], summary="One alert rule", responses={200: RuleSerializer}
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(RuleSerializer(_rule_or_404(self, pk)).data)

    @extend_schema(
        operation_id="change_rule", tags=["alerts"], summary="Put another rule in its place",
        description="All of it is sent. What it no longer covers closes, what it covers is judged anew.",
        request=NewRuleSerializer,
        responses={200: RuleSerializer, 422: OpenApiResponse(description="The rule cannot be, with the reason.")},
    )  # fmt: skip
    def put(self, request: Request, pk: int) -> Response:
        rule = _rule_or_404(self, pk)
        get_scope_or_404(self.person, rule.scope.key, Action.MANAGE_ALERTS)
        return _save(self, request, rule)


def _rule_or_404(view: ApiView, pk: int) -> Rule:
    rule = _seen().filter(pk=pk, scope__in=visible_scopes(view.person)).first()
    if rule is None:
        raise Http404
    return rule


def _save(view: ApiView, request: Request, rule: Rule | None) -> Response:
    read = read_body(NewRuleSerializer, request)
    scope = scope_or_problem(view.person, read["scope"], pointer="#/scope", needs=Action.MANAGE_ALERTS)
    if scope.pk is None:
        scope = ensure_scope(nodes=[getattr(scope, one) for one in scope.node_ids()])
    try:
        saved = save_rule(
            draft=draft_of(read, scope, by=view.person, rule=rule),
            person=view.person,
            now=timezone.now(),
            rule=rule,
        )
    except Wrong as wrong:
        raise Problem(422, str(wrong), errors=[Fault(f"#/{wrong.place}", str(wrong))]) from None
    except RuleRefused as refused:
        raise Problem(422, str(refused)) from None
    return Response(RuleSerializer(_seen().get(pk=saved.pk)).data, status=201 if rule is None else 200)
