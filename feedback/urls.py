from __future__ import annotations

from django.urls import URLPattern, path

from feedback.views import answers, board, causes, complaints, interviews, queue, scores

app_name = "feedback"

SCORES: list[URLPattern] = [
    path("feedback/", scores.scores, name="scores"),
    path("feedback/file/", scores.scores_file, name="scores_file"),
    path("feedback/answers/", answers.answers, name="answers"),
    path("feedback/answers/file/", answers.answers_file, name="answers_file"),
]
TOPICS: list[URLPattern] = []
INTERVIEWS: list[URLPattern] = [
    path("feedback/interviews/", interviews.interview_list, name="interviews"),
    path("feedback/interviews/new/", interviews.new, name="interview_new"),
    path("feedback/interviews/<int:pk>/", interviews.interview, name="interview"),
    path("feedback/guides/", interviews.guides, name="guides"),
    path("feedback/guides/new/", interviews.guide_new, name="guide_new"),
    path("feedback/guides/<int:pk>/", interviews.guide, name="guide"),
]
SURVEYS: list[URLPattern] = []
FORMS: list[URLPattern] = []  # for people who have no login
COMPLAINTS: list[URLPattern] = [
    path("feedback/board/", board.board, name="board"),
    path("feedback/complaints/", queue.queue, name="queue"),
    path("feedback/complaints/file/", queue.queue_file, name="complaints_file"),
    path("feedback/complaints/new/", complaints.complaint_new, name="complaint_new"),
    path("feedback/complaints/<int:pk>/", complaints.complaint, name="complaint"),
    path("feedback/complaints/<int:pk>/solve/", complaints.solve, name="solve"),
    path("feedback/complaints/<int:pk>/<slug:act>/", complaints.act, name="complaint_act"),
    path("feedback/causes/", causes.causes, name="causes"),
    path("feedback/causes/<int:pk>/", causes.cause, name="cause"),
]
SERVICE: list[URLPattern] = []

urlpatterns = [*SCORES, *TOPICS, *INTERVIEWS, *SURVEYS, *FORMS, *COMPLAINTS, *SERVICE]
