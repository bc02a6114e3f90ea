from __future__ import annotations

from django.urls import URLPattern, path

from decisions.views import approvals, proposals, tasks

app_name = "decisions"

urlpatterns: list[URLPattern] = [
    path("decisions/", proposals.inbox, name="inbox"),
    path("decisions/<int:pk>/", proposals.proposal, name="proposal"),
    path("decisions/<int:pk>/decide/", proposals.decide, name="decide"),
    path("decisions/<int:pk>/answer/", proposals.answer, name="answer"),
    path("decisions/<int:pk>/withdraw/", proposals.withdraw, name="withdraw"),
    path("decisions/about/<str:about>/<int:subject_id>/comment/", proposals.comment, name="comment"),
    path("decisions/tasks/<int:pk>/", tasks.task, name="task"),
    path("decisions/bands/", approvals.bands, name="bands"),
    path("decisions/bands/<int:pk>/remove/", approvals.band_remove, name="band_remove"),
    path("decisions/away/", approvals.away, name="away"),
    path("decisions/away/<int:pk>/end/", approvals.away_end, name="away_end"),
]
