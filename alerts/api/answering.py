"""What programs do with an alert for a person: acknowledge it, hand it over, close it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import selectors, services
from alerts.api.episodes import EpisodeWithEventsSerializer, seen_episode_or_404
from alerts.models import Episode
from alerts.services.episodes import LONGEST_NOTE
from decisions.selectors.approvals import who_sees
from organization.api.bodies import read_body
from organization.api.errors import Fault, Problem
from organization.api.views import ApiView, answer
from organization.gate import Action

_ANSWERS = {
    200: EpisodeWithEventsSerializer,
    409: OpenApiResponse(description="The alert has ended."),
    422: OpenApiResponse(description="It cannot be done like this; the text says why."),
}


class AcknowledgeSerializer(serializers.Serializer[Any]):
    until = serializers.DateTimeField(
        required=False, allow_null=True, default=None,
        help_text="What had been planned goes on then. Without it: nothing until it gets worse.",
    )  # fmt: skip
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_NOTE)


class HandOverSerializer(serializers.Serializer[Any]):
    to = serializers.CharField(max_length=150, help_text="The user name of somebody who sees the area.")
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_NOTE)


class CloseSerializer(serializers.Serializer[Any]):
    cause = serializers.CharField(
        max_length=LONGEST_NOTE, help_text="What it was: whoever meets the like of it later reads this."
    )


class _Answering(ApiView):
    """By whoever leads the area, was told of the alert, or got it handed over."""

    needs = {"POST": Action.VIEW}
    token_scope = {"POST": "write:alerts"}

    def carry_out(self, pk: int, do: Callable[[Episode, datetime], object]) -> Response:
        """Raises Http404 where she may not see it, PermissionDenied where answering is not hers, and Problem."""
        episode = selectors.get_episode_or_404(self.person, pk)
        if not selectors.may_answer(self.person, episode):
            raise PermissionDenied
        try:
            do(episode, timezone.now())
        except services.EpisodeEnded as ended:
            raise Problem(409, str(ended)) from None
        except services.EpisodeRefused as refused:
            raise Problem(422, str(refused)) from None
        return answer(EpisodeWithEventsSerializer, seen_episode_or_404(self.person, pk))


class Acknowledge(_Answering):
    @extend_schema(
        operation_id="acknowledge_episode", tags=["alerts"], summary="See to an alert",
        description="It is yours then, and nobody is reminded. Done twice is done once.",
        request=AcknowledgeSerializer, responses=_ANSWERS,
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        def do(episode: Episode, now: datetime) -> None:
            said = read_body(AcknowledgeSerializer, request)
            services.acknowledge(episode=episode, person=self.person, now=now, **said)

        return self.carry_out(pk, do)


class HandOver(_Answering):
    @extend_schema(
        operation_id="hand_over_episode", tags=["alerts"], summary="Hand an alert over",
        description="From now on somebody else sees to it, and is told so.",
        request=HandOverSerializer, responses=_ANSWERS,
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        def do(episode: Episode, now: datetime) -> None:
            said = read_body(HandOverSerializer, request)
            to = who_sees(episode.instance.scope).filter(username=said["to"]).first()
            if to is None:
                nobody = _("Nobody of this name sees the area.")
                raise Problem(422, nobody, errors=[Fault("#/to", nobody)])
            services.hand_over(episode=episode, to=to, person=self.person, now=now, note=said["note"])

        return self.carry_out(pk, do)


class Close(_Answering):
    @extend_schema(
        operation_id="close_episode", tags=["alerts"], summary="Close an alert with its cause",
        description="It stays quiet until the figure has been clear, or gets worse.",
        request=CloseSerializer, responses=_ANSWERS,
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        def do(episode: Episode, now: datetime) -> None:
            said = read_body(CloseSerializer, request)
            services.close_by_hand(episode=episode, cause=said["cause"], person=self.person, now=now)

        return self.carry_out(pk, do)
