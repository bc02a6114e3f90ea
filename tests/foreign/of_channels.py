"""What is decided about the channels of a world."""

from __future__ import annotations

from django.utils import timezone

from channels.changes import Change
from channels.models import ChannelState
from channels.services import change_state, propose_by_hand
from channels.services.content import PieceDraft, tag_piece
from tests.foreign.worlds import Company, path
from tests.people import node


def decided(made: Company, world: str) -> None:
    channel, why = made.nodes["channel", world], f"zqpaused{world}"
    made.secret("area", channel.code, why)
    change_state(
        node=channel, state=ChannelState.PAUSED, why=why, person=made.people["Admin"], now=timezone.now()
    )
    content = node(f"channel:{path('channel/campaign', world)}/zqpiece{world}")
    said = [f"zq{what}tag{world}" for what in ("scene", "audience", "product")]
    made.things[world]["piece"] = content.pk
    made.secret("node", content.code, content.slug)
    made.secret("area", content.code, *said, f"zqplatform{world}")
    scenes, audiences, products = ([tag] for tag in said)
    draft = PieceDraft(content, "video", f"zqplatform{world}", None, scenes, audiences, products)
    tag_piece(draft=draft, based_on=0, person=made.people["Admin"])
    reason = f"zqgiveup{world}"
    made.secret("area", channel.code, reason)
    propose_by_hand(
        node=channel, change=Change.DROP, why=reason, person=made.people["Admin"], now=timezone.now()
    )
