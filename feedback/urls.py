from __future__ import annotations

from django.urls import URLPattern, path

from feedback.views import answers, scores

app_name = "feedback"

SCORES: list[URLPattern] = [
    path("feedback/", scores.scores, name="scores"),
    path("feedback/file/", scores.scores_file, name="scores_file"),
    path("feedback/answers/", answers.answers, name="answers"),
    path("feedback/answers/file/", answers.answers_file, name="answers_file"),
]
TOPICS: list[URLPattern] = []
INTERVIEWS: list[URLPattern] = []
SURVEYS: list[URLPattern] = []
FORMS: list[URLPattern] = []  # for people who have no login
COMPLAINTS: list[URLPattern] = []
SERVICE: list[URLPattern] = []

urlpatterns = [*SCORES, *TOPICS, *INTERVIEWS, *SURVEYS, *FORMS, *COMPLAINTS, *SERVICE]
