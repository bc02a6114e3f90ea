"""Who may show pages elsewhere and send them by mail."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from dashboards.embed_links import token_for
from dashboards.mailing_links import path_for
from dashboards.models import Embed, Mailing
from tests.every_url.told import ANYBODY_LOGGED_IN, EVERYBODY, NO_SUCH_METHOD, RULE_WRITERS, Row, row
from tests.every_url.world import World

OF_BOB = "404 200 403 403 200 403 login"
MAIL_OF_BOB = "404 200 404 404 200 403 login"
MAIL_GOES_ON = "404 3xx 404 404 3xx 403 login"
NO_PAGE_NAMED = "400 400 400 400 400 403 login"
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


def bobs_mailing(world: World) -> Mailing:
    made, _new = Mailing.objects.get_or_create(
        owner=world.people["Bob"], name="Walked", defaults={"address": "/", "next_at": None}
    )
    made.people.add(world.people["Charlie"])
    return made


def the_mailings_pk(world: World) -> dict[str, Any]:
    return {"pk": bobs_mailing(world).pk}


def charlies_way_out(world: World) -> dict[str, Any]:
    path = path_for(mailing=bobs_mailing(world).pk, person=world.people["Charlie"].pk)
    return {"token": path.rstrip("/").rpartition("/")[2]}


OF_SENDING: dict[str, Row] = {
    "dashboards:embeds": row(RULE_WRITERS),
    "dashboards:embed_new": row(NO_PAGE, POST=NO_PAGE),
    "dashboards:embed_renew": row(OF_BOB, POST=OF_BOB, at=its_pk, foreign=its_pk),
    "dashboards:embed_revoke": row(OF_BOB, POST="404 3xx 403 403 3xx 403 login", at=its_pk, foreign=its_pk),
    "dashboards:embedded": row(EVERYBODY, at=its_token),
    "dashboards:mailings": row(ANYBODY_LOGGED_IN),
    "dashboards:mailing_new": row(NO_PAGE_NAMED, POST=NO_PAGE_NAMED),
    "dashboards:mailing": row(MAIL_OF_BOB, POST=MAIL_OF_BOB, at=the_mailings_pk, foreign=the_mailings_pk),
    "dashboards:mailing_act": row(
        NO_SUCH_METHOD, POST=MAIL_GOES_ON, at=the_mailings_pk, foreign=the_mailings_pk
    ),
    "dashboards:mailing_remove": row(
        MAIL_OF_BOB, POST=MAIL_GOES_ON, at=the_mailings_pk, foreign=the_mailings_pk
    ),
    "dashboards:mailing_leave": row(EVERYBODY, POST=EVERYBODY, at=charlies_way_out),
}
