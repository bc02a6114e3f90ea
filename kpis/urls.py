from __future__ import annotations

from django.urls import path

from kpis import views

app_name = "kpis"

urlpatterns = [
    path("targets/", views.targets, name="targets"),
    path("targets/<path:area>/", views.target, name="target"),
]
