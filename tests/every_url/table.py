"""Every address of the project × every person, against a table of what each must be told.

An address that the table does not know fails, so that nobody adds a page without saying who may open it.

To add one: put a row into ASKING or DOING (rows_of_people.py, rows_of_work.py) under its URL name (or its route, where it has no name).
    row("Who gets in", POST="And who may post", at=arguments)
`EVERYBODY`, `WITH_A_GRANT`, ... below are what people are told, in the order of PEOPLE. `at` makes the address's
arguments from the World; `foreign` those of something in 华北, which Alice, who leads 华东, must not find.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from tests.every_url.rows_of_boards import BOARDS_BY_QUERY, OF_BOARDS
from tests.every_url.rows_of_budgets import BUDGETS_BY_QUERY, OF_BUDGETS
from tests.every_url.rows_of_channels import OF_CHANNELS
from tests.every_url.rows_of_cockpits import COCKPITS_BY_QUERY, OF_COCKPITS
from tests.every_url.rows_of_feedback import OF_FEEDBACK
from tests.every_url.rows_of_finding import OF_FINDING
from tests.every_url.rows_of_keeping import OF_KEEPING
from tests.every_url.rows_of_offline import OF_OFFLINE
from tests.every_url.rows_of_orders import OF_ORDERS
from tests.every_url.rows_of_people import ASKING
from tests.every_url.rows_of_pictures import OF_PICTURES
from tests.every_url.rows_of_sending import OF_SENDING
from tests.every_url.rows_of_surveys import OF_SURVEYS
from tests.every_url.rows_of_work import DOING
from tests.every_url.told import (
    Row,
)

TABLE: dict[str, Row] = {
    **ASKING,
    **DOING,
    **OF_CHANNELS,
    **OF_ORDERS,
    **OF_BUDGETS,
    **OF_FEEDBACK,
    **OF_SURVEYS,
    **OF_SENDING,
    **OF_OFFLINE,
    **OF_COCKPITS,
    **OF_PICTURES,
    **OF_FINDING,
    **OF_BOARDS,
    **OF_KEEPING,
}

HISTORY = {"metric": "revenue", "period": "2026-11"}

# Areas also come in behind the question mark: what Alice, who leads 华东, is told then. Pages that answer her
# must not name what lies in 华北.
BY_QUERY: tuple[tuple[str, dict[str, str], int], ...] = (
    ("api:scopes", {"search": "分店"}, 200),
    ("api:scopes", {"within": "region:华北"}, 404),
    ("api:readings", {"scope": "region:华东/上海"}, 200),
    ("api:readings", {"scope": "region:华北/北京分店"}, 404),
    ("api:readings", {"within": "company"}, 404),
    ("api:forecasts", {"scope": "region:华东/上海"}, 200),
    ("api:forecasts", {"scope": "region:华北/北京分店"}, 404),
    ("api:forecasts", {"within": "company"}, 404),
    ("api:calibrations", {"within": "region:华北"}, 404),
    ("api:movement", {**HISTORY, "scope": "region:华东/上海"}, 200),
    ("api:movement", {**HISTORY, "scope": "region:华北/北京分店"}, 404),
    ("api:movement", {**HISTORY, "scope": "company"}, 404),
    ("api:targets", {"within": "region:华北+channel:x"}, 404),
    ("api:target_changes", {"within": "region:华北"}, 404),
    ("api:target_warnings", {"scope": "region:华北/北京分店"}, 404),
    ("api:suggestions", {"metric": "revenue", "scope": "region:华东/上海"}, 200),
    ("api:suggestions", {"metric": "revenue", "scope": "region:华北/北京分店"}, 404),
    ("api:plan_check", {"metric": "revenue", "year": "2027"}, 200),
    ("api:episodes", {"scope": "region:华北/北京分店"}, 404),
    ("api:feedback_answers", {"within": "region:华东/上海"}, 200),
    ("api:feedback_answers", {"within": "region:华北/北京分店"}, 404),
    ("dashboards:overview", {"area": "region:华东/上海"}, 200),
    ("dashboards:overview", {"area": "channel:x+region:华东"}, 200),
    ("dashboards:overview", {"area": "region:华北/北京分店"}, 404),
    ("dashboards:overview", {"area": "region:华北+channel:x"}, 404),
    ("dashboards:overview", {"area": "channel:x"}, 404),
    ("dashboards:overview", {"area": "company"}, 404),
    ("dashboards:overview", {"area": "region:nowhere"}, 404),
    ("channels:content", {"channel": "x"}, 404),
    ("channels:sides", {"channel": "x"}, 404),
    ("channels:sides", {"period": "2026-Q3"}, 200),
    ("channels:content", {"period": "2026-11", "by": "format", "step": "conversion"}, 200),
    ("dashboards:overview", {"by": "region"}, 200),
    ("customers:overview", {"area": "region:华东/上海", "month": "2026-11"}, 200),
    ("customers:overview", {"area": "region:华北/北京分店"}, 404),
    ("customers:cohorts", {"area": "company"}, 404),
    ("customers:lifetime", {"by": "channel"}, 200),
    ("customers:lifecycle", {"area": "region:华北+channel:x"}, 404),
    ("dashboards:overview", {"region": "华东", "channel": "x", "period": "2026-11"}, 200),
    ("dashboards:overview", {"region": "华北", "channel": "x"}, 404),
    ("dashboards:overview", {"region": "华北/北京分店"}, 404),
    ("dashboards:overview", {"channel": "x"}, 404),
    ("dashboards:overview", {"area": "region:华东", "region": "华北"}, 404),
    ("dashboards:why", {"metric": "revenue", "period": "2026-11"}, 200),
    ("dashboards:why", {"metric": "revenue", "period": "2026-11", "region": "华东/上海"}, 200),
    ("dashboards:why", {"metric": "revenue", "period": "2026-11", "region": "华北"}, 404),
    ("dashboards:why", {"metric": "revenue", "period": "2026-11", "area": "company"}, 404),
    ("dashboards:places", {"dimension": "region"}, 200),
    ("dashboards:places", {"dimension": "region", "q": "分店"}, 200),
    ("dashboards:places", {"dimension": "channel", "region": "华北"}, 404),
    ("dashboards:channels", {}, 200),
    ("dashboards:channels", {"region": "华东/上海", "sort": "-roas", "against": "year"}, 200),
    ("dashboards:channels", {"region": "华北"}, 404),
    ("dashboards:channels", {"area": "company"}, 404),
    ("dashboards:channels", {"channel": "x"}, 404),
    ("dashboards:channel", {"channel": "x", "region": "华东"}, 200),
    ("dashboards:channel", {"channel": "x", "region": "华北"}, 404),
    ("dashboards:channel", {"channel": "x"}, 404),
    ("dashboards:channel", {"region": "华东"}, 404),
    ("channels:decisions", {"channel": "x"}, 404),
    ("dashboards:tables", {"page": "/?region=华东/上海"}, 200),
    ("dashboards:tables", {"page": "/?region=华北", "form": "xlsx"}, 404),
    ("dashboards:picture_new", {"page": "/?region=华东/上海"}, 200),
    ("dashboards:picture_new", {"page": "/?region=华北"}, 404),
    ("dashboards:find", {"q": "分店"}, 200),
    ("kpis:targets", {"areas": "region"}, 200),
    ("kpis:history", {**HISTORY, "area": "region:华东/上海"}, 200),
    ("kpis:history", {**HISTORY, "area": "region:华东+channel:x"}, 200),
    ("kpis:history", {**HISTORY, "area": "region:华北/北京分店"}, 404),
    ("kpis:history", {**HISTORY, "area": "company"}, 404),
    ("kpis:entered", {}, 200),
    ("organization:nodes", {"dimension": "region"}, 200),
    ("organization:nodes", {"dimension": "region", "text": "分店"}, 200),
    ("organization:nodes", {"dimension": "region", "archived": "on"}, 200),
    *BUDGETS_BY_QUERY,
    *COCKPITS_BY_QUERY,
    *BOARDS_BY_QUERY,
)


def addresses() -> Iterator[str]:
    """The name (or, without one, the route) of every address of the project."""

    def walk(resolver: URLResolver, namespace: str, route: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
                yield from walk(entry, inner, route + str(entry.pattern))
            elif isinstance(entry, URLPattern):
                yield f"{namespace}{entry.name}" if entry.name else route + str(entry.pattern)

    yield from walk(get_resolver(), "", "")
