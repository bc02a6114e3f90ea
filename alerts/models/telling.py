"""What someone should hear (notices), and the sends that carry it (messages)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from alerts.models.connections import Connection
from alerts.models.life import Episode, EpisodeEvent
from alerts.models.ways import MESSAGE_WAYS
from common.phones import masked

# People are told by WAYS; messages also go to connections.
DECISIONS = [("due", _("Sent")), ("held", _("Held back for now")), ("suppressed", _("Not sent"))]
BECAUSE = [
    ("reaches-tier", _("Asked to be told from this level on.")),
    ("was-told", _("Was told when it began.")),
    ("below-tier", _("Asked to be told only of something worse.")),
    ("not-told-before", _("Was not told when it began.")),
    ("no-address", _("Has no email address.")),
    ("no-phone", _("Has no phone number.")),
    ("not-confirmed", _("The address is not confirmed by its owner.")),
    ("left", _("Is no longer active here.")),
    ("not-ready", _("The connection is not confirmed, or switched off.")),
    ("rule-changed", _("The rule was changed; nobody is told of that.")),
    ("policy", _("The policy names them.")),
    ("escalated", _("Nobody had answered, and the policy names them next.")),
    ("stands-in", _("Stands in for somebody who is away.")),
    ("handed-over", _("The alert was handed over to them.")),
    ("away", _("Is away; whoever stands in was told.")),
    ("no-login", _("Cannot log in, so there is nothing to see in the app.")),
    ("explained", _("The area above has the same alert, and its message names this area.")),
    ("quiet-hours", _("Their quiet hours.")),
    ("silenced", _("A silence covers it.")),
    ("folding", _("Something was sent a moment ago; this comes with the next.")),
    ("flapping", _("It comes and goes; the digest will say so.")),
    ("acknowledged", _("Somebody had taken it meanwhile.")),
    ("over-again", _("It was over before it could be told.")),
    ("newer", _("What came after it was told instead.")),
    ("fell-back", _("The other way did not get through.")),
]


OUR_REASONS = {
    "not-confirmed": _("Not sent: the address is not confirmed by its owner."),
    "left": _("Not sent: the person is no longer active here."),
    "address-changed": _("Not sent: the address has been changed since."),
    "connection-off": _("Not sent: the connection is switched off."),
    "connection-gone": _("Not sent: the connection was removed."),
}


class MessageState(models.TextChoices):
    QUEUED = "queued", _("Waiting to be sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    WITHHELD = "withheld", _("Not sent")
    FOLDED = "folded", _("Told in one with others")


class EventChart(models.Model):
    """The picture that goes along with mails about an event: drawn once for each language, and kept for a while.

    An empty one is kept too: it could not be drawn in time, and is not tried again.
    """

    event = models.ForeignKey(EpisodeEvent, on_delete=models.CASCADE, related_name="charts", db_index=False)
    language = models.CharField(max_length=10)
    png = models.BinaryField()
    drawn_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "language"], name="event_chart_once")]
        indexes = [models.Index(fields=["drawn_at"], name="event_chart_age")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.language}: {len(self.png)} bytes"


class Message(models.Model):
    """One send. Queued ones are claimed by a lease; `key` (UUIDv5 of its notices' keys) is its identity for ever."""

    key = models.UUIDField(unique=True)
    way = models.CharField(max_length=10, choices=MESSAGE_WAYS)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    connection = models.ForeignKey(
        Connection,
        on_delete=models.SET_NULL,
        null=True,
        related_name="messages",
        help_text="Of a chat message or a webhook, instead of a person.",
    )
    address = models.CharField(max_length=320)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField()
    chart = models.ForeignKey(
        EventChart,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="The picture that went along.",
    )
    template = models.CharField(
        max_length=30, blank=True, help_text="Names what it is; an SMS is sent by it."
    )
    fields = models.JSONField(default=dict, help_text="Values for the template, by name.")
    sealed = models.TextField(
        blank=True, help_text="What nobody reads after sending (a code), encrypted; put in when it goes out."
    )
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.QUEUED)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True, help_text="When a gateway was last asked to send it.")
    receipt = models.CharField(max_length=100, blank=True, help_text="The gateway's own name for it.")
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at__isnull=True)),
                name="message_sent_has_time",
            ),
            models.CheckConstraint(
                condition=models.Q(connection__isnull=True) | models.Q(way__in=["chat", "webhook"]),
                name="message_way_fits_connection",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"], condition=models.Q(state="queued"), name="message_queue"
            ),
            models.Index(fields=["-created_at"], name="message_newest"),
            models.Index(
                fields=["person", "tried_at"], condition=models.Q(way="sms"), name="message_sms_of_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.way} to {self.shown_address}: {self.state}"

    @property
    def shown_address(self) -> str:
        """A telephone number is shown to nobody as a whole."""
        return masked(self.address) if self.way == "sms" else self.address

    @property
    def shown_error(self) -> str:
        """Why it did not go out: our own reasons in the reader's language, others' in the words of the server."""
        return str(OUR_REASONS.get(self.last_error, self.last_error))


class Notice(models.Model):
    """What one person should hear, by one way, or one connection, of one event; also where not, with the reason.

    One that is suppressed may have a message too: withheld, so that the outbox shows what did not go out.
    """

    event = models.ForeignKey(EpisodeEvent, on_delete=models.CASCADE, related_name="notices")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    connection = models.ForeignKey(
        Connection,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Empty for a person, and where the connection was removed since.",
    )
    way = models.CharField(max_length=10, choices=MESSAGE_WAYS)
    decision = models.CharField(max_length=10, choices=DECISIONS)
    reason = models.CharField(max_length=20, choices=BECAUSE)
    figures = models.BooleanField(help_text="Whether the message may carry figures.")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="notices")
    decided_at = models.DateTimeField(db_default=Now())
    held_until = models.DateTimeField(
        null=True, help_text="When one that is held is judged again; empty: something else must happen first."
    )
    explained_by = models.ForeignKey(
        Episode,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="The alert of the area above that spoke for this one.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "person", "way"], name="notice_unique"),
            models.UniqueConstraint(fields=["event", "connection"], name="notice_connection_unique"),
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, connection__isnull=True)
                | models.Q(person__isnull=True, way__in=["chat", "webhook"]),
                name="notice_is_to_one",
            ),
            models.CheckConstraint(
                condition=models.Q(message__isnull=False) | ~models.Q(decision="due") | models.Q(way="app"),
                name="notice_due_has_message",
            ),
            models.CheckConstraint(
                condition=models.Q(decision="held") | models.Q(held_until__isnull=True),
                name="notice_held_for_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["held_until"], condition=models.Q(decision="held"), name="notice_held"),
            models.Index(
                fields=["person", "-decided_at"], condition=models.Q(decision="due"), name="notice_bell"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.person_id or self.connection_id} {self.way}: {self.decision}"

    @property
    def label(self) -> str:
        if self.person is not None:
            return self.person.label
        return (
            self.connection.name if self.connection is not None else str(_("A connection that was removed"))
        )
