from __future__ import annotations

from django.urls import URLPattern, path

from budgets.views import pages, transfers

app_name = "budgets"
urlpatterns: list[URLPattern] = [
    path("budgets/", pages.overview, name="overview"),
    path("budgets/<int:pk>/", pages.budget, name="budget"),
    path("budgets/lines/<int:pk>/", pages.line, name="line"),
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers/new/", transfers.transfer_new, name="transfer_new"),
    path("transfers/emergency/", transfers.emergency, name="emergency"),
    path("transfers/<int:pk>/", transfers.transfer, name="transfer"),
]
