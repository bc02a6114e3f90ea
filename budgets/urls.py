from __future__ import annotations

from django.urls import URLPattern, path

from budgets.views import transfers

app_name = "budgets"
urlpatterns: list[URLPattern] = [
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers/new/", transfers.transfer_new, name="transfer_new"),
    path("transfers/emergency/", transfers.emergency, name="emergency"),
    path("transfers/<int:pk>/", transfers.transfer, name="transfer"),
]
