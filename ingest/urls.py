from __future__ import annotations

from django.urls import path

from ingest import layout_views, source_views, views

app_name = "ingest"

urlpatterns = [
    path("imports/", views.imports, name="imports"),
    path("imports/<int:pk>/", views.import_, name="import"),
    path("imports/<int:pk>/work/", views.work, name="import_work"),
    path("imports/<int:pk>/rejects.csv", views.rejects, name="import_rejects"),
    path("imports/<int:pk>/undo/", views.undo, name="import_undo"),
    path("imports/<int:pk>/columns/", layout_views.columns, name="columns"),
    path("imports/<int:pk>/columns/look/", layout_views.look, name="columns_look"),
    path("imports/<int:pk>/columns/use/", layout_views.use, name="columns_use"),
    path("imports/<int:pk>/columns/leave/", layout_views.leave, name="columns_leave"),
    path("imports/<int:pk>/again/", layout_views.again, name="import_again"),
    path("imports/layouts/", layout_views.layouts, name="layouts"),
    path("imports/layouts/<str:code>/", layout_views.layout, name="layout"),
    path("imports/layouts/<str:code>/put-away/", layout_views.put_away, name="layout_put_away"),
    path("sources/", source_views.sources, name="sources"),
    path("sources/<int:pk>/", source_views.source, name="source"),
    path("sources/fetch/new/", source_views.pull_new, name="pull_new"),
    path("sources/fetch/<int:pk>/", source_views.pull_edit, name="pull_edit"),
    path("sources/fetch/<int:pk>/test/", source_views.pull_test, name="pull_test"),
    path("sources/fetch/<int:pk>/now/", source_views.pull_now, name="pull_now"),
    path("sources/fetch/<int:pk>/pause/", source_views.pull_pause, name="pull_pause"),
    path("sources/fetch/<int:pk>/take-away/", source_views.pull_remove, name="pull_remove"),
    path("sources/checks/", source_views.checks, name="checks"),
    path("sources/checks/now/", source_views.checks_now, name="checks_now"),
    path("sources/checks/<int:pk>/", source_views.check, name="check"),
]
