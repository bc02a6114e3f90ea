"""Every address of the API."""

from __future__ import annotations

from django.urls import path

from alerts import api as alerts
from budgets.api import BudgetEntries, BudgetLines, OneBudgetLine
from decisions.api import Decide, OneProposal, Proposals, TaskDone, Tasks
from feedback.api.answers import FeedbackAnswers
from feedback.api.complaints import Complaints, OneComplaint
from ingest.api import Imports, OneImport, Rejects, Undo
from ingest.facts_api import Facts
from kpis import api as kpis
from organization.api.pages import Schema, docs
from organization.api.scopes import Scopes

app_name = "api"
urlpatterns = [
    path("docs/", docs, name="docs"),
    path("schema/", Schema.as_view(), name="schema"),
    path("scopes/", Scopes.as_view(), name="scopes"),
    path("metrics/", kpis.Metrics.as_view(), name="metrics"),
    path("measures/", kpis.Measures.as_view(), name="measures"),
    path("readings/", kpis.Readings.as_view(), name="readings"),
    path("forecasts/", kpis.Forecasts.as_view(), name="forecasts"),
    path("targets/", kpis.Targets.as_view(), name="targets"),
    path("targets/changes/", kpis.Changes.as_view(), name="target_changes"),
    path("targets/changes/<int:pk>/undo/", kpis.UndoChange.as_view(), name="target_change_undo"),
    path("targets/warnings/", kpis.Warnings.as_view(), name="target_warnings"),
    path("targets/warnings/<int:pk>/answer/", kpis.AnswerWarning.as_view(), name="target_warning_answer"),
    path("movement/", kpis.WhyMoved.as_view(), name="movement"),
    path("calibrations/", kpis.Calibrations.as_view(), name="calibrations"),
    path("calibrations/<int:pk>/", kpis.OneCalibration.as_view(), name="calibration"),
    path("calibrations/<int:pk>/file/", kpis.FileCalibration.as_view(), name="calibration_file"),
    path("break-downs/", kpis.BreakDowns.as_view(), name="break_downs"),
    path("break-downs/apply/", kpis.ApplyBreakDown.as_view(), name="break_down_apply"),
    path("suggestions/", kpis.Suggestions.as_view(), name="suggestions"),
    path("plan-check/", kpis.PlanCheck.as_view(), name="plan_check"),
    path("benchmarks/", kpis.Benchmarks.as_view(), name="benchmarks"),
    path("benchmarks/<int:pk>/", kpis.OneBenchmark.as_view(), name="benchmark"),
    path("scores/", kpis.Scores.as_view(), name="scores"),
    path("scores/<int:pk>/plan/", kpis.OnePlan.as_view(), name="score_plan"),
    path("scores/<int:pk>/plan/notes/", kpis.PlanNotes.as_view(), name="score_plan_notes"),
    path("objectives/", kpis.Objectives.as_view(), name="objectives"),
    path("key-results/<int:pk>/check-ins/", kpis.CheckIns.as_view(), name="check_ins"),
    path("facts/", Facts.as_view(), name="facts"),
    path("imports/", Imports.as_view(), name="imports"),
    path("imports/<int:pk>/", OneImport.as_view(), name="import"),
    path("imports/<int:pk>/rejects/", Rejects.as_view(), name="rejects"),
    path("imports/<int:pk>/undo/", Undo.as_view(), name="undo"),
    path("episodes/", alerts.Episodes.as_view(), name="episodes"),
    path("episodes/<int:pk>/", alerts.OneEpisode.as_view(), name="episode"),
    path("episodes/<int:pk>/acknowledge/", alerts.Acknowledge.as_view(), name="episode_acknowledge"),
    path("episodes/<int:pk>/hand-over/", alerts.HandOver.as_view(), name="episode_hand_over"),
    path("episodes/<int:pk>/close/", alerts.Close.as_view(), name="episode_close"),
    path("rules/", alerts.Rules.as_view(), name="rules"),
    path("rules/<int:pk>/", alerts.OneRule.as_view(), name="rule"),
    path("budgets/lines/", BudgetLines.as_view(), name="budget_lines"),
    path("budgets/lines/<int:pk>/", OneBudgetLine.as_view(), name="budget_line"),
    path("budgets/lines/<int:pk>/entries/", BudgetEntries.as_view(), name="budget_entries"),
    path("feedback/answers/", FeedbackAnswers.as_view(), name="feedback_answers"),
    path("feedback/complaints/", Complaints.as_view(), name="complaints"),
    path("feedback/complaints/<int:pk>/", OneComplaint.as_view(), name="complaint"),
    path("proposals/", Proposals.as_view(), name="proposals"),
    path("proposals/<int:pk>/", OneProposal.as_view(), name="proposal"),
    path("proposals/<int:pk>/decide/", Decide.as_view(), name="decide"),
    path("tasks/", Tasks.as_view(), name="tasks"),
    path("tasks/<int:pk>/done/", TaskDone.as_view(), name="task_done"),
]
