from __future__ import annotations

from django.urls import URLPattern, path

from budgets.views import holds, pages, transfers
from budgets.views import open as in_the_open

app_name = "budgets"
urlpatterns: list[URLPattern] = [
    path("budgets/", pages.overview, name="overview"),
    path("budgets/<int:pk>/", pages.budget, name="budget"),
    path("budgets/lines/<int:pk>/", pages.line, name="line"),
    path("budgets/holds/", holds.holds, name="holds"),
    path("budgets/holds/<int:pk>/", holds.hold, name="hold"),
    path("budgets/lines/<int:pk>/hold/", holds.hold_new, name="hold_new"),
    path("budgets/statements/<int:pk>/", holds.statement, name="statement"),
    path("budgets/settings/", holds.settings, name="settings"),
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
