"""Addresses of the pages that combine; a list for each subject."""

from __future__ import annotations

from django.urls import URLPattern, path

from dashboards.views import beside, channels, overview

app_name = "dashboards"

LOOKING: list[URLPattern] = [
    path("", overview.overview, name="overview"),
    path("why/", beside.why, name="why"),
    path("places/", beside.places, name="places"),
    path("channels/", channels.channels, name="channels"),
    path("channels/one/", channels.channel, name="channel"),
]
COCKPITS: list[URLPattern] = []
BOARDS: list[URLPattern] = []
SHARING: list[URLPattern] = []
SENDING: list[URLPattern] = []
KEEPING: list[URLPattern] = []
WALLS: list[URLPattern] = []
OFFLINE: list[URLPattern] = []
FINDING: list[URLPattern] = []

urlpatterns = [*LOOKING, *COCKPITS, *BOARDS, *SHARING, *SENDING, *KEEPING, *WALLS, *OFFLINE, *FINDING]
