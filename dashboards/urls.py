from __future__ import annotations

from django.urls import path

from dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("why/", views.why, name="why"),
    path("places/", views.places, name="places"),
    path("channels/", views.channels, name="channels"),
    path("channels/one/", views.channel, name="channel"),
]
