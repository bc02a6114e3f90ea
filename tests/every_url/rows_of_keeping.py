"""Who may open what of kept views, start pages and screens on walls."""

from __future__ import annotations

from typing import Any

from dashboards.models import SavedView, Screen
from tests.every_url.told import (
    ANYBODY_LOGGED_IN,
    EVERYBODY,
    NO_SUCH_METHOD,
    RULE_WRITERS,
    WITH_A_GRANT,
    Row,
    row,
)
from tests.every_url.world import World

MUST_SAY = "400 400 400 400 400 403 login"  # which page
GO_ON = "3xx 3xx 3xx 3xx 3xx 403 login"
ALICES = "200 404 404 404 404 403 login"
ALICES_ASKS_AGAIN = "422 404 404 404 404 403 login"
ASKS_AGAIN = "422 422 403 403 422 403 login"
BOBS = "404 200 403 403 404 403 login"
BOBS_ASKS_AGAIN = "404 422 403 403 404 403 login"
BOBS_OR_ANY = "404 200 403 403 200 403 login"
BOBS_OR_ANY_GO_ON = "404 3xx 403 403 3xx 403 login"
ALICES_GOES_ON = "3xx 404 404 404 404 403 login"


def alices_view(world: World) -> dict[str, Any]:
    """Made anew for whoever asks, since it can be removed once."""
    made, _new = SavedView.objects.get_or_create(
        owner=world.people["Alice"], name="East", defaults={"address": "/?region=华东", "shared": True}
    )
    return {"pk": made.pk}


def bobs_screen(world: World) -> dict[str, Any]:
    """Made anew for whoever asks, since it can be switched off once."""
    made, _new = Screen.objects.get_or_create(
        person=world.people["Bob"],
        revoked_at=None,
        defaults={"name": "Lobby", "secret_hash": f"{Screen.objects.count():064}", "code_hash": None},
    )
    return {"pk": made.pk}


OF_KEEPING: dict[str, Row] = {
    "dashboards:home": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    "dashboards:start_page": row(NO_SUCH_METHOD, POST=GO_ON),
    "dashboards:fresh": row(ANYBODY_LOGGED_IN),
    "dashboards:views": row(WITH_A_GRANT),
    "dashboards:view_new": row(MUST_SAY, POST=MUST_SAY),
    "dashboards:view_edit": row(ALICES, POST=ALICES_ASKS_AGAIN, at=alices_view),
    "dashboards:view_remove": row(ALICES, POST=ALICES_GOES_ON, at=alices_view),
    "dashboards:screens": row(RULE_WRITERS),
    "dashboards:screen_pair": row(RULE_WRITERS, POST=ASKS_AGAIN),
    "dashboards:screen": row(BOBS, POST=BOBS_ASKS_AGAIN, at=bobs_screen),
    "dashboards:screen_revoke": row(BOBS_OR_ANY, POST=BOBS_OR_ANY_GO_ON, at=bobs_screen),
    "dashboards:wall": row(EVERYBODY),
    "dashboards:wall_page": row(EVERYBODY),
}
