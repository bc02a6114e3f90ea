"""Every address of the API."""

from __future__ import annotations

from django.urls import path

from alerts.api import Episodes, OneEpisode
from decisions.api import Decide, OneProposal, Proposals, TaskDone, Tasks
from ingest.api import Imports, OneImport, Rejects, Undo
from ingest.facts_api import Facts
from kpis.api import CheckIns, Measures, Metrics, Objectives, Readings, Targets
from organization.api.pages import Schema, docs
from organization.api.scopes import Scopes

app_name = "api"
urlpatterns = [
    path("docs/", docs, name="docs"),
    path("schema/", Schema.as_view(), name="schema"),
    path("scopes/", Scopes.as_view(), name="scopes"),
    path("metrics/", Metrics.as_view(), name="metrics"),
    path("measures/", Measures.as_view(), name="measures"),
    path("readings/", Readings.as_view(), name="readings"),
    path("targets/", Targets.as_view(), name="targets"),
    path("objectives/", Objectives.as_view(), name="objectives"),
    path("key-results/<int:pk>/check-ins/", CheckIns.as_view(), name="check_ins"),
    path("facts/", Facts.as_view(), name="facts"),
    path("imports/", Imports.as_view(), name="imports"),
    path("imports/<int:pk>/", OneImport.as_view(), name="import"),
    path("imports/<int:pk>/rejects/", Rejects.as_view(), name="rejects"),
    path("imports/<int:pk>/undo/", Undo.as_view(), name="undo"),
    path("episodes/", Episodes.as_view(), name="episodes"),
    path("episodes/<int:pk>/", OneEpisode.as_view(), name="episode"),
    path("proposals/", Proposals.as_view(), name="proposals"),
    path("proposals/<int:pk>/", OneProposal.as_view(), name="proposal"),
    path("proposals/<int:pk>/decide/", Decide.as_view(), name="decide"),
    path("tasks/", Tasks.as_view(), name="tasks"),
    path("tasks/<int:pk>/done/", TaskDone.as_view(), name="task_done"),
]
