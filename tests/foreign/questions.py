"""What stands behind the question mark."""

from __future__ import annotations

from collections.abc import Iterator

from organization.models import DIMENSIONS
from tests.foreign.worlds import (
    MONTH,
    TODAY,
    TREES,
    WORLDS,
    code,
    name,
    name_zh,
    path,
    slug,
)

FRAGMENTS = (
    "dashboards:why",
    "dashboards:places",
    "dashboards:find",
    "dashboards:panel",
    "kpis:target",
    "kpis:movement",
    "kpis:suggest",
)
OVERVIEW = (
    "dashboards:overview",
    "dashboards:why",
    "dashboards:places",
    "dashboards:channels",
    "dashboards:channel",
    "dashboards:process",
    "dashboards:customers",
)


def questions(pattern: str) -> Iterator[dict[str, str]]:
    """What stands behind the question mark: areas of either world under every name that any page reads."""
    if pattern == "dashboards:panel":
        for world in WORLDS:
            for chart in ("number", "bars", "table"):
                asked = {"metric": "revenue", "chart": chart, "by": "region", "period": MONTH}
                yield {**asked, "region": path("region", world)}
        for chart in ("number", "bars", "trend", "heat", "table", "funnel"):
            yield {"metric": "revenue", "chart": chart, "by": "region"}
    if pattern in OVERVIEW:
        turned = {"period": MONTH, "metric": "revenue", "dimension": "channel"}
        yield turned
        for by in ("channel", "region", "product"):
            yield {**turned, "by": by, "dimension": by, "rank": "worst", "step": "day"}
        for world in WORLDS:
            for dimension in ("region", "channel", "product"):
                yield {**turned, dimension: slug(dimension, world)}
                yield {**turned, dimension: slug(dimension, world), "dimension": dimension, "by": dimension}
            for way in (
                "region/store",
                "region/shut",
                "region/joined",
                "channel/campaign",
                "channel/wanderer",
            ):
                yield {**turned, way.split("/")[0]: path(way, world)}
            yield {**turned, "area": code("team", world)}
            for other in WORLDS:
                crossed = {"region": slug("region", world), "channel": slug("channel", other)}
                yield {**turned, **crossed}
                yield {**turned, **crossed, "by": "product", "period": "2026"}
                yield {"area": f"{code('region', world)}+{code('channel', other)}", **turned}
            for dimension in ("region", "channel", "product"):
                yield {**turned, "dimension": dimension, "q": slug(dimension, world)[:8]}
                yield {**turned, "dimension": dimension, "q": name(dimension, world)}
        yield {**turned, "period": "zq", "area": "company"}
        yield {**turned, "by": "zq", "metric": "zq", "rank": "zq", "step": "zq"}
    elif pattern == "dashboards:find":
        yield {"q": "zq"}
        yield {"q": "a"}
        for world in WORLDS:
            for dimension in TREES:
                yield {"q": name(dimension, world)}
                yield {"q": slug(dimension, world)[:9]}
            yield {"q": f"zqpiece{world}"}
    elif pattern in ("channels:content", "channels:sides"):
        for world in WORLDS:
            for way in ("channel", "channel/campaign", "channel/wanderer"):
                yield {"channel": path(way, world), "period": MONTH}
            yield {"channel": f"{path('channel/campaign', world)}/zqpiece{world}", "by": "audiences"}
            yield {"channel": code("region", world), "period": "zq", "step": "zq", "sort": "zq"}
        for by in ("scenes", "products", "format"):
            yield {"by": by, "step": "conversion", "sort": "published", "period": "2026"}
    elif pattern in (
        "api:scopes", "api:readings", "api:forecasts", "api:targets", "api:episodes", "api:proposals", "api:tasks",
        "api:objectives", "api:target_changes", "api:target_warnings", "api:calibrations",
    ):  # fmt: skip
        for world in WORLDS:
            for dimension in TREES:
                yield {"within": code(dimension, world)}
                yield {"scope": code(dimension, world), "metric": "revenue"}
                yield {"dimension": dimension, "search": slug(dimension, world)[:9], "archived": "true"}
            cut = f"{code('channel', world)}+{code('region', world)}"
            yield {"within": cut}
            yield {
                "scope": cut,
                "grain": "month",
                "from": "2026-11-01",
                "to": "2026-11-30",
                "as_of": "2026-11-20",
            }
            yield {"search": name("region", world)}
            yield {"search": name_zh("store", world), "archived": "true"}
        yield {"archived": "true", "limit": "3"}
        yield {"cursor": "zq"}
        yield {"state": "open", "tier": "critical", "status": "red,grey"}
    elif pattern in ("api:suggestions", "api:plan_check"):
        yield {"metric": "revenue", "year": str(TODAY.year + 1)}
        for world in WORLDS:
            for area in (code("region", world), f"{code('channel', world)}+{code('region', world)}"):
                yield {"metric": "revenue", "scope": area}
    elif pattern in ("api:scores", "kpis:scorecards"):
        yield {"period": "2026-10"}
        yield {"period": "2026-10", "subject": "team"}
        yield {"mine": "true", "card": "1"}
    elif pattern == "organization:nodes":
        for dimension in DIMENSIONS:
            yield {"dimension": dimension, "archived": "on"}
            for world in WORLDS:
                yield {
                    "dimension": dimension,
                    "text": slug(dimension, world)[:9],
                    "archived": "on",
                    "page": "1",
                }
                yield {"dimension": dimension, "text": f"zqother{dimension}{world}"}
    elif pattern == "channels:decisions":
        yield {"channel": "zq", "days": "zq", "page": "zq"}
        for world in WORLDS:
            yield {"channel": path("channel", world), "days": "7"}
    elif pattern == "organization:audit":
        yield {"action": "zq.try"}
        yield {"text": "zq", "before": "40"}
    elif pattern == "organization:area_find":
        for word in ("", "z", "zq", "Zq", "密", *(slug("store", world) for world in WORLDS)):
            yield {"q": word}
    elif pattern in ("kpis:targets", "kpis:target"):
        for tree in ("", "region", "channel", "product", "team"):
            yield {"areas": tree, "month": MONTH, "metric": "revenue", "page": "2" if tree == "team" else "1"}
        yield {"month": MONTH, "since": "1", "was": "green"}
    elif pattern in ("kpis:grid", "kpis:grid_workbook", "kpis:grid_upload"):
        for world in WORLDS:
            yield {"year": MONTH[:4], "metric": "revenue", "below": code("region", world)}
        for tree in ("region", "channel", "product"):
            yield {"year": MONTH[:4], "metric": "roas", "areas": tree}
    elif pattern in ("kpis:break_down", "kpis:plan_check", "kpis:suggest"):
        for world in WORLDS:
            for area in (code("region", world), f"{code('channel', world)}+{code('region', world)}"):
                asked = {"metric": "revenue", "area": area, "period": str(TODAY.year + 1)}
                yield {**asked, "tree": "region", "method": "history", "total": "100"}
            yield {
                "area": name("region", world),
                "tree": "channel",
                "time": "",
                "method": "equal",
                "total": "5",
            }
        for metric in ("revenue", "roas"):
            yield {"metric": metric, "year": MONTH[:4], "area": "company", "tree": "region"}
    elif pattern == "api:movement":
        for world in WORLDS:
            cut = f"{code('channel', world)}+{code('region', world)}"
            for area in (code("region", world), code("channel", world), cut, "company"):
                for against in ("last_period", "expected"):
                    yield {"metric": "revenue", "scope": area, "period": MONTH, "against": against}
    elif pattern == "kpis:calibrations":
        yield {"show": "all", "page": "1"}
    elif pattern == "kpis:history":
        for world in WORLDS:
            areas = (
                code("region", world),
                f"{code('channel', world)}+{code('region', world)}",
                code("team", world),
            )
            for area in areas:
                yield {"metric": "revenue", "area": area, "period": MONTH}
    elif pattern == "dashboards:compare":
        yield {"left": MONTH, "right": "2026-10", "by": "channel"}
        yield {"left": "zq", "right": "company", "of": "areas"}
        for world in WORLDS:
            for way in ("region", "channel", "product"):
                yield {"left": MONTH, "right": "2025-11", way: slug(way, world), "by": "region"}
                yield {"left": code(way, world), "right": code("region", world), "period": MONTH}
                yield {"left": name(way, world), "right": slug(way, world), "of": "areas", "period": MONTH}
            for other in WORLDS:
                cut = f"{code('region', world)}+{code('channel', other)}"
                yield {"left": code("region", other), "right": cut, "period": MONTH, "by": "product"}
    elif pattern == "dashboards:team":
        yield {"team": "mine", "period": MONTH}
        for world in WORLDS:
            yield {"team": path("team", world), "period": MONTH}
            yield {"team": path("team", world), "period": "2026-Q4", "area": code("region", world)}
    elif pattern == "kpis:movement":
        for against in ("last_period", "last_year", "expected"):
            yield {"metric": "revenue", "period": MONTH, "against": against}
    elif pattern in ("kpis:okr", "kpis:okr_tree", "kpis:okr_mine", "kpis:objective_new"):
        for world in WORLDS:
            yield {"quarter": "2026-Q4", "team": path("team", world), "level": "team"}
            yield {"supports": f"o{world}", "page": "zq"}
    elif pattern == "alerts:episodes":
        for shown in ("open", "mine", "all"):
            for world in WORLDS:
                yield {"show": shown, "area": code("region", world)}
                yield {"show": shown, "area": name("region", world), "level": "critical"}
    elif pattern in ("kpis:entered", "alerts:rule_new", "alerts:silence_new"):
        for world in WORLDS:
            yield {"measure": "leads", "area": code("region", world), "scope": code("channel", world)}
    else:
        yield {
            "area": code("region", "b"), "text": slug("region", "b"), "q": "zq", "next": "/?region=zq", "page": "2",
            "person": "1", "state": "sent", "dimension": "region", "at": "1",
        }  # fmt: skip
