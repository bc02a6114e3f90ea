"""Who may open the pages that combine: processes, teams, customers, comparisons. Which area, their query says."""

from __future__ import annotations

from tests.every_url.told import WITH_A_GRANT, Row, row

OF_COCKPITS: dict[str, Row] = {
    "dashboards:process": row(WITH_A_GRANT),
    "dashboards:team": row(WITH_A_GRANT),
    "dashboards:customers": row(WITH_A_GRANT),
    "dashboards:compare": row(WITH_A_GRANT),
}

COCKPITS_BY_QUERY: tuple[tuple[str, dict[str, str], int], ...] = (
    ("dashboards:process", {"region": "华东/上海", "period": "2026-W45"}, 200),
    ("dashboards:process", {"region": "华东", "channel": "x"}, 200),
    ("dashboards:process", {"region": "华北"}, 404),
    ("dashboards:process", {"area": "company"}, 404),
    ("dashboards:team", {"team": "mine"}, 200),
    ("dashboards:team", {"team": "nowhere"}, 404),
    ("dashboards:customers", {"region": "华东/上海", "metric": "csat"}, 200),
    ("dashboards:customers", {"region": "华东", "channel": "x", "period": "2026-Q3"}, 200),
    ("dashboards:customers", {"region": "华北"}, 404),
    ("dashboards:compare", {"left": "2026-10", "right": "2025-10", "region": "华东/上海"}, 200),
    ("dashboards:compare", {"left": "region:华东/上海", "right": "region:华东"}, 200),
    ("dashboards:compare", {"left": "region:华东", "right": "region:华北"}, 404),
    ("dashboards:compare", {"left": "company", "right": "region:华东"}, 404),
    ("dashboards:compare", {"left": "2026-10", "right": "2025-10", "region": "华北"}, 404),
)
