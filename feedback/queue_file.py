"""The queue as a file: customers and what is written of them masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from common import formats
from feedback.due_words import language
from feedback.selectors.queue import QueueRow


def lines(rows: Iterable[QueueRow]) -> Iterator[list[str]]:
    yield [
        _("Number"), _("State"), _("Severity"), _("Time left"), _("Text"), _("Category"), _("Area"), _("Customer"),
        _("Assigned to"), _("When it came in"), _("First answer"), _("Solved"), _("Opened again"),
    ]  # fmt: skip
    for row in rows:
        one = row.complaint
        yield [
            str(one.pk), one.get_state_display(), one.get_severity_display(), row.left.words, row.beginning,
            one.category.label, one.scope.label, row.customer, one.assigned_to.label if one.assigned_to else "",
            *(
                formats.moment(None if at is None else timezone.localtime(at), language())
                for at in (one.received_at, one.answered_at, one.solved_at)
            ),
            str(one.reopened),
        ]  # fmt: skip
