from __future__ import annotations

from django.urls import path

from kpis.views import entered, metrics, order, targets

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
    path("targets/", targets.targets, name="targets"),
    path("targets/<path:area>/", targets.target, name="target"),
]
