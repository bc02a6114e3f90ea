from __future__ import annotations

from django.urls import path

from kpis import entered_views, metric_views, order_views, views

app_name = "kpis"

urlpatterns = [
    path("figures/", metric_views.metrics, name="metrics"),
    path("figures/new/", metric_views.metric_new, name="metric_new"),
    path("figures/preview/", metric_views.metric_preview, name="metric_preview"),
    path("figures/<int:pk>/", metric_views.metric, name="metric"),
    path("figures/<int:pk>/state/", metric_views.metric_state, name="metric_state"),
    path("figures/<int:pk>/put-away/", metric_views.metric_put_away, name="metric_put_away"),
    path("figures/amounts/new/", metric_views.measure_new, name="measure_new"),
    path("figures/amounts/<int:pk>/", metric_views.measure, name="measure"),
    path("figures/amounts/<int:pk>/put-away/", metric_views.measure_put_away, name="measure_put_away"),
    path("entered/", entered_views.entered, name="entered"),
    path("entered/paste/", entered_views.paste, name="entered_paste"),
    path("entered/<int:pk>/", entered_views.entered_value, name="entered_value"),
    path("sources/order/", order_views.order, name="source_order"),
    path("targets/", views.targets, name="targets"),
    path("targets/<path:area>/", views.target, name="target"),
]
