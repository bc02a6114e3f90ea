from __future__ import annotations

from django.urls import URLPattern

app_name = "feedback"

SCORES: list[URLPattern] = []
TOPICS: list[URLPattern] = []
INTERVIEWS: list[URLPattern] = []
SURVEYS: list[URLPattern] = []
FORMS: list[URLPattern] = []  # for people who have no login
COMPLAINTS: list[URLPattern] = []
SERVICE: list[URLPattern] = []

urlpatterns = [*SCORES, *TOPICS, *INTERVIEWS, *SURVEYS, *FORMS, *COMPLAINTS, *SERVICE]
