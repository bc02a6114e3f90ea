"""Who may show pages elsewhere and send them by mail."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from dashboards.embed_links import token_for
from dashboards.models import Embed
from tests.every_url.told import EVERYBODY, RULE_WRITERS, Row, row
from tests.every_url.world import World

OF_BOB = "404 200 403 403 200 403 login"
NO_PAGE = "400 400 403 403 400 403 login"


def bobs_embed(world: World) -> Embed:
    made, _new = Embed.objects.get_or_create(
        person=world.people["Bob"],
        name="Walked",
        defaults={
            "address": "/",
            "origins": ["https://portal.example.com"],
            "key": uuid.uuid4(),
            "until": timezone.now() + timedelta(days=30),
        },
    )
    return made


def its_pk(world: World) -> dict[str, Any]:
    return {"pk": bobs_embed(world).pk}


def its_token(world: World) -> dict[str, Any]:
    made = bobs_embed(world)
    return {"token": token_for(embed=made.pk, key=made.key)}


OF_SENDING: dict[str, Row] = {
    "dashboards:embeds": row(RULE_WRITERS),
    "dashboards:embed_new": row(NO_PAGE, POST=NO_PAGE),
    "dashboards:embed_renew": row(OF_BOB, POST=OF_BOB, at=its_pk, foreign=its_pk),
    "dashboards:embed_revoke": row(OF_BOB, POST="404 3xx 403 403 3xx 403 login", at=its_pk, foreign=its_pk),
    "dashboards:embedded": row(EVERYBODY, at=its_token),
}
