"""What is decided about the channels of a world."""

from __future__ import annotations

from django.utils import timezone

from channels.models import ChannelState
from channels.services import change_state
from tests.foreign.worlds import Company


def decided(made: Company, world: str) -> None:
    channel, why = made.nodes["channel", world], f"zqpaused{world}"
    made.secret("area", channel.code, why)
    change_state(
        node=channel, state=ChannelState.PAUSED, why=why, person=made.people["Admin"], now=timezone.now()
    )
