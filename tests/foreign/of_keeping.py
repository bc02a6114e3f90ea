"""What the owner of a world keeps and shows on a wall: a view that nobody else finds, and a screen."""

from __future__ import annotations

from dashboards.models import SavedView, Screen, ScreenPage
from tests.foreign.worlds import Company

KEYS = {
    "dashboards:view_edit": ["view"],
    "dashboards:view_remove": ["view"],
    "dashboards:screen": ["screen"],
    "dashboards:screen_revoke": ["screen"],
}


def kept(made: Company, world: str) -> None:
    pks, region = made.things[world], made.nodes["region", world]
    made.secret("administrators", world, f"zqscreen{world}", f"zqview{world}")
    address = f"/?region={region.path}"
    pks["view"] = SavedView.objects.create(owner_id=pks["owner"], name=f"zqview{world}", address=address).pk
    screen = Screen.objects.create(person_id=pks["owner"], name=f"zqscreen{world}", secret_hash=f"zq{world}")
    ScreenPage.objects.create(screen=screen, position=0, address=address)
    pks["screen"] = screen.pk
