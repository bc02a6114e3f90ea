from __future__ import annotations

from django.urls import URLPattern, path

from budgets.views import entries, holds, pages, plan_workbooks, plans, transfers
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
    path("budgets/transfers/", transfers.transfers, name="transfers"),
    path("budgets/transfers/new/", transfers.transfer_new, name="transfer_new"),
    path("budgets/transfers/emergency/", transfers.emergency, name="emergency"),
    path("budgets/transfers/<int:pk>/", transfers.transfer, name="transfer"),
    path("budgets/questions/", in_the_open.question_list, name="questions"),
    path("budgets/questions/<int:pk>/", in_the_open.question, name="question"),
    path("budgets/lines/<int:pk>/ask/", in_the_open.ask, name="ask"),
    path("budgets/lines/<int:pk>/history/", in_the_open.history, name="history"),
    path("budgets/<int:pk>/audience/", in_the_open.who_looks, name="audience"),
    path("budgets/new/", plans.new, name="new"),
    path("budgets/<int:pk>/plan/", plans.plan, name="plan"),
    path("budgets/<int:pk>/close/", plans.close, name="close"),
    path("budgets/plan/<int:pk>/", plans.version, name="version"),
    path("budgets/plan/<int:pk>/line/", plans.plan_line, name="plan_line_new"),
    path("budgets/plan/<int:pk>/lines/<int:row_pk>/", plans.plan_line, name="plan_line"),
    path("budgets/plan/<int:pk>/pools/", plans.pools, name="plan_pools"),
    path("budgets/plan/<int:pk>/send/", plans.send, name="plan_send"),
    path("budgets/plan/<int:pk>/drop/", plans.drop, name="plan_drop"),
    path("budgets/plan/<int:pk>/workbook/", plan_workbooks.workbook, name="workbook"),
    path("budgets/lines/<int:pk>/spend/", entries.spend, name="spend"),
    path("budgets/lines/<int:pk>/commit/", entries.commit, name="commit"),
    path("budgets/lines/<int:pk>/entries/", entries.entries, name="entries"),
    path("budgets/entries/<int:pk>/", entries.entry, name="entry"),
    path("budgets/entries/<int:pk>/fulfil/", entries.fulfil, name="fulfil"),
    path("budgets/entries/<int:pk>/correct/", entries.correct, name="correct"),
    path("budgets/receipts/<int:pk>/", entries.receipt, name="receipt"),
]
