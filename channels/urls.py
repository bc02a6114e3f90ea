from __future__ import annotations

from django.urls import path

from channels.views import profiles

app_name = "channels"
urlpatterns = [
    path("channels/profile/<int:node_id>/", profiles.profile, name="profile"),
]
