"""To whom the messages of a batch go: read together, since to read them one by one takes longer than to send a mail."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from alerts.models import Message
from organization.models import Person

# What somebody changed about her addresses counts a second later at the latest.
FRESH_SECONDS = 1.0


class Recipients:
    """The people of a batch of messages, as they were a second ago at most."""

    def __init__(self, messages: Sequence[Message], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ids = {message.person_id for message in messages} - {None}
        self._clock = clock
        self._people: dict[int, Person] = {}
        self._read_at: float | None = None

    def meet(self, message: Message) -> None:
        """Sets the message's person, so that nobody has to ask for her again. One query for all of the batch."""
        if message.person_id is None:
            return
        if self._read_at is None or self._clock() - self._read_at > FRESH_SECONDS:
            self._read_at = self._clock()
            self._people = Person.objects.in_bulk(self._ids)
        if whom := self._people.get(message.person_id):
            message.person = whom

    def forget(self) -> None:
        """After trouble: it may have changed what is known of somebody."""
        self._read_at = None
