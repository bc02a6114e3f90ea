from __future__ import annotations

from django.urls import URLPattern, path

from feedback.views import (
    actions,
    answers,
    board,
    causes,
    complaints,
    drivers,
    follow_up,
    interviews,
    links,
    public,
    queue,
    scores,
    service,
    surveys,
    topics,
)

app_name = "feedback"

SCORES: list[URLPattern] = [
    path("feedback/", scores.scores, name="scores"),
    path("feedback/file/", scores.scores_file, name="scores_file"),
    path("feedback/answers/", answers.answers, name="answers"),
    path("feedback/answers/file/", answers.answers_file, name="answers_file"),
    path("feedback/drivers/", drivers.drivers, name="drivers"),
    path("feedback/drivers/again/", drivers.work_out, name="drivers_again"),
]
TOPICS: list[URLPattern] = [
    path("feedback/topics/", topics.topics, name="topics"),
    path("feedback/topics/new/", topics.topic_new, name="topic_new"),
    path("feedback/topics/<int:pk>/", topics.topic, name="topic"),
    path("feedback/topics/<int:pk>/edit/", topics.topic_edit, name="topic_edit"),
    path("feedback/keywords/<int:pk>/", topics.keyword, name="keyword"),
    path("feedback/actions/", actions.actions, name="actions"),
    path("feedback/actions/new/", actions.action_new, name="action_new"),
    path("feedback/actions/<int:pk>/", actions.action, name="action"),
]
INTERVIEWS: list[URLPattern] = [
    path("feedback/interviews/", interviews.interview_list, name="interviews"),
    path("feedback/interviews/new/", interviews.new, name="interview_new"),
    path("feedback/interviews/<int:pk>/", interviews.interview, name="interview"),
    path("feedback/guides/", interviews.guides, name="guides"),
    path("feedback/guides/new/", interviews.guide_new, name="guide_new"),
    path("feedback/guides/<int:pk>/", interviews.guide, name="guide"),
]
SURVEYS: list[URLPattern] = [
    path("feedback/surveys/", surveys.surveys, name="surveys"),
    path("feedback/surveys/new/", surveys.survey_new, name="survey_new"),
    path("feedback/surveys/first/", surveys.survey_first, name="survey_first"),
    path("feedback/surveys/rated/", surveys.rated, name="rated"),
    path("feedback/surveys/rated/<int:pk>/", surveys.driver, name="driver"),
    path("feedback/surveys/rated/<int:pk>/<slug:act>/", surveys.driver_act, name="driver_act"),
    path("feedback/surveys/<int:pk>/", surveys.survey, name="survey"),
    path("feedback/surveys/<int:pk>/edit/", surveys.survey_edit, name="survey_edit"),
    path("feedback/surveys/<int:pk>/links/new/", links.link_new, name="link_new"),
    path("feedback/links/<int:pk>/", links.link, name="link"),
    path("feedback/links/<int:pk>/qr.svg", links.link_qr, name="link_qr"),
    path("feedback/links/<int:pk>/invitations/", links.invitations, name="invitations"),
    path("feedback/links/<int:pk>/<slug:act>/", links.link_switch, name="link_switch"),
]
FORMS: list[URLPattern] = [  # for people who have no login
    path("s/i/<str:token>/", public.invited, name="invited"),
    path("s/<str:slug>/", public.form, name="form"),
]
COMPLAINTS: list[URLPattern] = [
    path("s/c/<str:token>/", follow_up.follow_up, name="follow_up"),
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
SERVICE: list[URLPattern] = [
    path("feedback/service/", service.service, name="service"),
    path("feedback/service/rules/new/", service.assignment_new, name="assignment_new"),
    path("feedback/service/rules/<int:pk>/", service.assignment, name="assignment"),
    path("feedback/service/categories/", service.categories, name="categories"),
]

urlpatterns = [*SCORES, *TOPICS, *INTERVIEWS, *SURVEYS, *FORMS, *COMPLAINTS, *SERVICE]
