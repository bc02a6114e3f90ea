from __future__ import annotations

from django.urls import path

from kpis.views import benchmarks, entered, grid, metrics, movement, order, targets, workbook
from kpis.views.okr import key_results, looking, objectives

app_name = "kpis"

urlpatterns = [
    path("figures/", metrics.metrics, name="metrics"),
    path("figures/new/", metrics.metric_new, name="metric_new"),
    path("figures/preview/", metrics.metric_preview, name="metric_preview"),
    path("figures/<int:pk>/", metrics.metric, name="metric"),
    path("figures/<int:pk>/state/", metrics.metric_state, name="metric_state"),
    path("figures/<int:pk>/put-away/", metrics.metric_put_away, name="metric_put_away"),
    path("figures/amounts/new/", metrics.measure_new, name="measure_new"),
    path("figures/amounts/<int:pk>/", metrics.measure, name="measure"),
    path("figures/amounts/<int:pk>/put-away/", metrics.measure_put_away, name="measure_put_away"),
    path("entered/", entered.entered, name="entered"),
    path("entered/paste/", entered.paste, name="entered_paste"),
    path("entered/<int:pk>/", entered.entered_value, name="entered_value"),
    path("sources/order/", order.order, name="source_order"),
    path("plan/grid/", grid.grid, name="grid"),
    path("plan/grid/save/", grid.save, name="grid_save"),
    path("plan/grid/workbook/", workbook.download, name="grid_workbook"),
    path("plan/grid/upload/", workbook.upload, name="grid_upload"),
    path("plan/benchmarks/", benchmarks.benchmarks, name="benchmarks"),
    path("plan/benchmarks/<int:pk>/remove/", benchmarks.remove, name="benchmark_remove"),
    path("plan/warnings/<int:pk>/answer/", grid.answer_warning, name="warning_answer"),
    path("plan/changes/<int:pk>/undo/", grid.undo, name="change_undo"),
    path("okr/", looking.objectives, name="okr"),
    path("okr/tree/", looking.tree, name="okr_tree"),
    path("okr/mine/", looking.mine, name="okr_mine"),
    path("okr/new/", objectives.objective_new, name="objective_new"),
    path("okr/<int:pk>/", looking.objective, name="objective"),
    path("okr/<int:pk>/edit/", objectives.objective_edit, name="objective_edit"),
    path("okr/<int:pk>/begin/", objectives.objective_begin, name="objective_begin"),
    path("okr/<int:pk>/remove/", objectives.objective_remove, name="objective_remove"),
    path("okr/<int:pk>/close/", objectives.objective_close, name="objective_close"),
    path("okr/<int:pk>/carry-over/", objectives.objective_carry_over, name="objective_carry_over"),
    path("okr/<int:pk>/key-results/new/", key_results.key_result_new, name="key_result_new"),
    path("okr/key-results/<int:pk>/", key_results.key_result_edit, name="key_result_edit"),
    path("okr/key-results/<int:pk>/remove/", key_results.key_result_remove, name="key_result_remove"),
    path("okr/key-results/<int:pk>/check-in/", key_results.check_in, name="check_in"),
    path("okr/milestones/<int:pk>/tick/", key_results.milestone_tick, name="milestone_tick"),
    path("movement/<path:area>/", movement.movement, name="movement"),
    path("targets/", targets.targets, name="targets"),
    path("targets/<path:area>/", targets.target, name="target"),
]
