from __future__ import annotations

from django.urls import path

from ingest import views

app_name = "ingest"

urlpatterns = [
    path("imports/", views.imports, name="imports"),
    path("imports/<int:pk>/", views.import_, name="import"),
    path("imports/<int:pk>/work/", views.work, name="import_work"),
    path("imports/<int:pk>/rejects.csv", views.rejects, name="import_rejects"),
    path("imports/<int:pk>/undo/", views.undo, name="import_undo"),
]
