from __future__ import annotations

from django.urls import URLPattern, path

from alerts import views

app_name = "alerts"

urlpatterns: list[URLPattern] = [
    path("alerts/", views.episodes, name="episodes"),
    path("alerts/<int:pk>/", views.episode, name="episode"),
    path("alerts/rules/", views.rules, name="rules"),
    path("alerts/rules/new/", views.rule_new, name="rule_new"),
    path("alerts/rules/<int:pk>/", views.rule_edit, name="rule_edit"),
    path("alerts/rules/<int:pk>/switch/", views.rule_switch, name="rule_switch"),
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<int:pk>/", views.message, name="message"),
    path("outbox/<int:pk>/html/", views.message_html, name="message_html"),
]
