"""Who may open what of channels. Alice leads a region, so a whole channel is not hers to see."""

from __future__ import annotations

from typing import Any

from channels.models import PathUpload
from tests.every_url.told import (
    AREA_KEEPERS,
    IMPORTERS,
    METRIC_KEEPERS,
    NO_SUCH_METHOD,
    OF_THE_COMPANY,
    WITH_A_GRANT,
    Row,
    row,
)
from tests.every_url.world import World
from tests.people import node


def a_channel(world: World) -> dict[str, Any]:
    return {"node_id": node("channel:抖音直播").pk}


def a_piece(world: World) -> dict[str, Any]:
    return {"node_id": node("channel:抖音直播/夏季/开箱").pk}


def some_paths(world: World) -> dict[str, Any]:
    made, _new = PathUpload.objects.get_or_create(name="paths.csv", defaults={"content": b""})
    return {"pk": made.pk}


OF_CHANNELS: dict[str, Row] = {
    "channels:content": row(WITH_A_GRANT),
    "channels:piece": row("404 200 200 200 200 403 login", POST="404 200 403 403 200 403 login", at=a_piece),
    "channels:content_tags": row(AREA_KEEPERS, POST="403 422 403 403 422 403 login"),
    "channels:content_tag_table": row(AREA_KEEPERS),
    "channels:sides": row(WITH_A_GRANT),
    "channels:sides_settings": row(METRIC_KEEPERS, POST="403 422 403 403 422 403 login"),
    "channels:attribution": row(OF_THE_COMPANY, POST="404 200 403 403 200 403 login"),
    "channels:attribution_run": row(NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login"),
    "channels:attribution_paths": row(NO_SUCH_METHOD, POST=IMPORTERS),
    "channels:attribution_paths_remove": row(
        NO_SUCH_METHOD, POST="403 3xx 403 3xx 3xx 403 login", at=some_paths
    ),
    "channels:allocation": row(OF_THE_COMPANY),
    "channels:allocation_what_if": row("404 3xx 3xx 3xx 3xx 403 login"),
    "channels:allocation_fit": row(NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login"),
    "channels:allocation_send": row(NO_SUCH_METHOD, POST="404 3xx 403 403 3xx 403 login"),
    "channels:decisions": row(WITH_A_GRANT),
    "channels:propose": row(NO_SUCH_METHOD, POST="404 200 403 200 200 403 login", at=a_channel),
    "channels:profile": row(
        "404 200 200 200 200 403 login", POST="404 200 403 403 200 403 login", at=a_channel
    ),
}
