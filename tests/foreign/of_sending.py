"""Pages of a world that its owner shows elsewhere and sends by mail. A link that holds is no part of the walk: it is the right to look."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from dashboards.models import Embed, Mailing
from tests.foreign.worlds import Company

KEYS = {
    "dashboards:embed_renew": ["embed"],
    "dashboards:embed_revoke": ["embed"],
    "dashboards:mailing": ["mailing"],
    "dashboards:mailing_act": ["mailing"],
    "dashboards:mailing_remove": ["mailing"],
}
UNTIL = datetime(2099, 1, 1, tzinfo=UTC)


def sent(made: Company, world: str) -> None:
    pks, region = made.things[world], made.nodes["region", world]
    made.secret("administrators", world, f"zqembed{world}", f"zqmailing{world}")
    embed = Embed.objects.create(
        person_id=pks["owner"],
        name=f"zqembed{world}",
        address=f"/?region={region.path}",
        origins=["https://portal.example.com"],
        key=uuid.uuid4(),
        until=UNTIL,
    )
    pks["embed"] = embed.pk
    mailing = Mailing.objects.create(
        owner_id=pks["owner"], name=f"zqmailing{world}", address=f"/?region={region.path}", next_at=UNTIL
    )
    mailing.people.add(pks["owner"])
    pks["mailing"] = mailing.pk
