from __future__ import annotations

from django.urls import URLPattern, path

from budgets.views import open as in_the_open
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
    path("budgets/questions/", in_the_open.question_list, name="questions"),
    path("budgets/questions/<int:pk>/", in_the_open.question, name="question"),
    path("budgets/lines/<int:pk>/ask/", in_the_open.ask, name="ask"),
    path("budgets/lines/<int:pk>/history/", in_the_open.history, name="history"),
    path("budgets/<int:pk>/audience/", in_the_open.who_looks, name="audience"),
]
