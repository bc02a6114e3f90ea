from __future__ import annotations

from django.urls import URLPattern, path

from alerts import views
from alerts.views import bell as bell_views
from alerts.views import connections as connection_views
from alerts.views import policies as policy_views
from alerts.views import rotas as rota_views
from alerts.views import silences as silence_views
from alerts.views.health import health
from alerts.views.listening import listening
from alerts.views.who import rule_who

app_name = "alerts"

urlpatterns: list[URLPattern] = [
    path("alerts/", views.episodes, name="episodes"),
    path("alerts/told/", bell_views.told, name="told"),
    path("alerts/<int:pk>/", views.episode, name="episode"),
    path("alerts/<int:pk>/why/", views.episode_why, name="episode_why"),
    path("alerts/<int:pk>/task/", views.episode_task, name="episode_task"),
    path("alerts/<int:pk>/acknowledge/", views.episode_acknowledge, name="episode_acknowledge"),
    path("alerts/<int:pk>/hand-over/", views.episode_hand_over, name="episode_hand_over"),
    path("alerts/<int:pk>/close/", views.episode_close, name="episode_close"),
    path("alerts/answer/<str:token>/", views.answer, name="answer"),
    path("alerts/rules/", views.rules, name="rules"),
    path("alerts/rules/new/", views.rule_new, name="rule_new"),
    path("alerts/rules/file/", views.rules_file, name="rules_file"),
    path("alerts/rules/import/", views.rules_import, name="rules_import"),
    path("alerts/rules/preview/", views.rule_preview, name="rule_preview"),
    path("alerts/rules/<int:pk>/", views.rule_edit, name="rule_edit"),
    path("alerts/rules/<int:pk>/who/", rule_who, name="rule_who"),
    path("alerts/rules/<int:pk>/switch/", views.rule_switch, name="rule_switch"),
    path("alerts/silences/", silence_views.silences, name="silences"),
    path("alerts/silences/new/", silence_views.silence_new, name="silence_new"),
    path("alerts/silences/preview/", silence_views.silence_preview, name="silence_preview"),
    path("alerts/silences/<int:pk>/", silence_views.silence, name="silence"),
    path("alerts/silences/<int:pk>/end/", silence_views.silence_end, name="silence_end"),
    path("alerts/connections/", connection_views.connections, name="connections"),
    path("alerts/connections/new/", connection_views.connection_new, name="connection_new"),
    path("alerts/connections/<int:pk>/", connection_views.connection, name="connection"),
    path("alerts/connections/<int:pk>/test/", connection_views.connection_test, name="connection_test"),
    path(
        "alerts/connections/<int:pk>/confirm/", connection_views.connection_confirm, name="connection_confirm"
    ),
    path("alerts/connections/<int:pk>/switch/", connection_views.connection_switch, name="connection_switch"),
    path("alerts/connections/<int:pk>/secret/", connection_views.connection_secret, name="connection_secret"),
    path("alerts/connections/<int:pk>/remove/", connection_views.connection_remove, name="connection_remove"),
    path("alerts/policies/", policy_views.policies, name="policies"),
    path("alerts/policies/new/", policy_views.policy_new, name="policy_new"),
    path("alerts/policies/<int:pk>/", policy_views.policy_edit, name="policy_edit"),
    path("alerts/policies/<int:pk>/remove/", policy_views.policy_remove, name="policy_remove"),
    path("alerts/rotas/", rota_views.rotas, name="rotas"),
    path("alerts/rotas/new/", rota_views.rota_new, name="rota_new"),
    path("alerts/rotas/<int:pk>/", rota_views.rota, name="rota"),
    path("alerts/rotas/<int:pk>/edit/", rota_views.rota_edit, name="rota_edit"),
    path("alerts/rotas/<int:pk>/remove/", rota_views.rota_remove, name="rota_remove"),
    path("alerts/rotas/<int:pk>/swap/", rota_views.rota_swap, name="rota_swap"),
    path("me/alerts/", listening, name="listening"),
    path("health/", health, name="health"),
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<int:pk>/", views.message, name="message"),
    path("outbox/<int:pk>/html/", views.message_html, name="message_html"),
]
