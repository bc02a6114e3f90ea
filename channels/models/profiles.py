"""What a company has decided about a channel or campaign: how proven it is, whether it runs, and whose it is."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from decisions.models import Proposal
from organization.models import Node, Person


class Tier(models.TextChoices):
    """How far a channel has proven itself; an allocation gives each tier its share."""

    CORE = "core", _("Core")
    SECONDARY = "secondary", _("Secondary")
    POTENTIAL = "potential", _("Potential")


class ChannelState(models.TextChoices):
    RUNNING = "running", _("Running")
    EXPANDING = "expanding", _("Expanding")
    PAUSED = "paused", _("Paused")
    STOPPED = "stopped", _("Stopped")
    DROPPED = "dropped", _("Given up")


class Profile(models.Model):
    """One of the channels' tree. What nobody has decided about has no row: it runs, in no tier, and is nobody's.

    `version` counts its changes, so that two who edit at once do not undo each other.
    """

    node = models.OneToOneField(Node, on_delete=models.PROTECT, related_name="channel_profile")
    tier = models.CharField(max_length=10, choices=Tier.choices, blank=True)
    state = models.CharField(max_length=10, choices=ChannelState.choices, default=ChannelState.RUNNING)
    owner = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tier__in=("", *Tier.values)), name="profile_tier_known"),
            models.CheckConstraint(condition=Q(state__in=ChannelState.values), name="profile_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.node_id}: {self.tier or '-'} {self.state}"


class StateChange(models.Model):
    """That a channel was paused, stopped, and so on. `proposal` is the decision that it followed from; none where
    somebody changed it by hand."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="changes")
    before = models.CharField(max_length=10, choices=ChannelState.choices)
    after = models.CharField(max_length=10, choices=ChannelState.choices)
    why = models.TextField()
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    proposal = models.ForeignKey(Proposal, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(before=F("after")), name="state_change_changes"),
        ]
        indexes = [models.Index(fields=["profile", "-at"], name="state_change_of_profile")]

    def __str__(self) -> str:
        return f"{self.profile_id}: {self.before} → {self.after}"
