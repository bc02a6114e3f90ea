"""Alerts for programs: one by one, with what happened in each."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.models import LEVEL_CODES, Episode, EpisodeEvent
from alerts.models.life import CHANGES, REASONS
from kpis.models import Status
from organization.api.areas import narrowed
from organization.api.fields import AmountField, AreaQuestion, CodesField, MomentField
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer, answer_page
from organization.gate import visible_scopes
from organization.models import Person

_NUMBERS = {name: number for number, name in LEVEL_CODES.items()}


class EpisodeQuestion(AreaQuestion):
    state = serializers.ChoiceField(choices=["open", "closed"], required=False)
    tier = serializers.ChoiceField(choices=list(_NUMBERS), required=False)
    metric = CodesField(help_text="Codes of metrics, by commas.")


class EventSerializer(serializers.Serializer[EpisodeEvent]):
    """A step of an alert, with the figure as it was."""

    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=[code for code, _words in CHANGES])
    reason = serializers.ChoiceField(choices=[code for code, _words in REASONS])
    tier = serializers.SerializerMethodField()
    at = MomentField()
    grain = serializers.CharField()
    start = serializers.DateField(
        allow_null=True, help_text="The first day of the period that was looked at."
    )
    through = serializers.DateField(allow_null=True)
    value = AmountField(allow_null=True)
    target = AmountField(allow_null=True)
    expected = AmountField(allow_null=True)
    attainment = AmountField(allow_null=True)
    status = serializers.ChoiceField(choices=Status.values)
    condition = serializers.JSONField(
        allow_null=True, help_text="What its level asks for, with what the figure was held against."
    )

    def get_tier(self, event: EpisodeEvent) -> str:
        return LEVEL_CODES[event.tier]


_EXAMPLE: dict[str, Any] = {
    "id": 12, "rule": "ROAS of channels", "metric": "roas", "scope": "channel:抖音直播", "tier": "warning",
    "worst_tier": "critical", "opened_at": "2026-11-03T01:00:00Z", "closed_at": None, "close_reason": None,
    "close_cause": "", "acknowledged_at": "2026-11-03T01:20:00Z", "acknowledged_until": None, "seen_to_by": "Alice",
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("Open", _EXAMPLE, response_only=True)])
class EpisodeSerializer(serializers.Serializer[Episode]):
    """One trouble, from first sign to recovery."""

    id = serializers.IntegerField()
    rule = serializers.CharField(source="instance.rule.name", help_text="Its rule's name.")
    metric = serializers.CharField(source="instance.metric.code")
    scope = serializers.CharField(source="instance.scope.key")
    tier = serializers.SerializerMethodField()
    worst_tier = serializers.SerializerMethodField()
    opened_at = MomentField()
    closed_at = MomentField(allow_null=True)
    close_reason = serializers.SerializerMethodField()
    close_cause = serializers.CharField(
        allow_blank=True, help_text="What whoever closed it by hand said it was."
    )
    acknowledged_at = MomentField(allow_null=True)
    acknowledged_until = MomentField(
        allow_null=True, help_text="When what had been planned goes on; null is never, unless it gets worse."
    )
    seen_to_by = serializers.SerializerMethodField()

    def get_seen_to_by(self, episode: Episode) -> str | None:
        """Whoever has acknowledged it or got it handed over."""
        return episode.holder.label if episode.holder is not None else None

    def get_tier(self, episode: Episode) -> str:
        """watch, warning or critical"""
        return LEVEL_CODES[episode.tier]

    def get_worst_tier(self, episode: Episode) -> str:
        return LEVEL_CODES[episode.peak_tier]

    def get_close_reason(self, episode: Episode) -> str | None:
        return episode.close_reason or None


class EpisodeWithEventsSerializer(EpisodeSerializer):
    """One trouble with its steps, the first first."""

    events = EventSerializer(many=True)


def _seen(**where: Any) -> Any:
    return Episode.objects.filter(**where).select_related(
        "instance__rule", "instance__metric", "instance__scope", "holder"
    )


class Episodes(ApiView):
    @extend_schema(
        operation_id="episodes", tags=["alerts"], summary="Alerts, the newest first",
        description="Those of your areas, open and ended.",
        parameters=[EpisodeQuestion], responses={200: page_serializer(EpisodeSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(EpisodeQuestion)
        found = _seen(instance__scope__in=narrowed(self.person, asked))
        if asked["state"]:
            found = found.filter(closed_at__isnull=asked["state"] == "open")
        if asked["tier"]:
            found = found.filter(tier=_NUMBERS[asked["tier"]])
        if asked["metric"]:
            found = found.filter(instance__metric__code__in=asked["metric"])
        page = page_of(request, found, keys=("-id",), cursor=asked["cursor"], limit=asked["limit"])
        return answer_page(EpisodeSerializer, page.rows, page.next)


class OneEpisode(ApiView):
    @extend_schema(
        operation_id="episode", tags=["alerts"], summary="One alert with its steps",
        description="From its first sign to its end, with the figure as it was at each step.",
        responses={200: EpisodeWithEventsSerializer},
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        return answer(EpisodeWithEventsSerializer, seen_episode_or_404(self.person, pk))


def seen_episode_or_404(person: Person, pk: int) -> Episode:
    """As EpisodeWithEventsSerializer shows it. Raises Http404 where she may not see its area."""
    found: Episode | None = (
        _seen(pk=pk, instance__scope__in=visible_scopes(person)).prefetch_related("events").first()
    )
    if found is None:
        raise Http404
    return found
