"""People, what they may see and do (grants), whose a figure is (responsibilities), who signs or is told (duties)."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from organization.models.tree import Node, Scope


class Person(AbstractUser):
    """Someone who looks, acts, or only hears. People who never log in have no usable password."""

    # Several people may have no address, and NULLs alone may repeat.
    email = models.EmailField(_("email"), unique=True, null=True, blank=True)  # type: ignore[assignment]
    display_name = models.CharField(max_length=150, blank=True)
    language = models.CharField(
        max_length=10, default="en", choices=[("en", _("English")), ("zh-hans", _("Chinese"))]
    )
    time_zone = models.CharField(max_length=64, default="Asia/Shanghai")
    number_style = models.CharField(
        max_length=10,
        blank=True,
        default="",
        db_default="",
        choices=[("", _("As the language does")), ("wan", "万, 亿"), ("k", "K, M, B")],
    )
    phone = models.CharField(max_length=20, blank=True)
    # An address gets nothing until its owner has confirmed it; `*_refused_at`: confirmed once, then refused for good.
    email_verified_at = models.DateTimeField(null=True, blank=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    email_refused_at = models.DateTimeField(null=True, blank=True)
    phone_refused_at = models.DateTimeField(null=True, blank=True)

    # Sessions begun before it are over, though the password stays: she left, or logged out everywhere.
    sessions_ended_at = models.DateTimeField(null=True, blank=True)

    REQUIRED_FIELDS = ["email"]

    def __str__(self) -> str:
        return self.label

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What every session of hers must carry. Django's own until sessions were ended for the first time."""
        own: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]  # unknown to the stubs
        if self.sessions_ended_at is None:
            return own
        return salted_hmac(
            "organization.sessions",
            f"{own} {self.sessions_ended_at.isoformat()}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    @property
    def label(self) -> str:
        return self.display_name or self.username


class Role(models.TextChoices):
    VIEWER = "viewer", _("Viewer")
    LEAD = "lead", _("Lead")
    MANAGER = "manager", _("Manager")
    FINANCE = "finance", _("Finance")
    ADMIN = "admin", _("Administrator")


class Grant(models.Model):
    """A role on a scope and everything below it. A person's grants are OR-ed; the dimensions within one AND-ed."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=10, choices=Role.choices)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="grants")
    granted_at = models.DateTimeField(db_default=Now())
    granted_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "role", "scope"], name="grant_unique")]

    def __str__(self) -> str:
        return f"{self.person} {self.role} {self.scope}"


class Responsibility(models.Model):
    """Whose a figure is, from a day to a day. Grants nothing."""

    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="responsibilities")
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, null=True, blank=True, related_name="responsibilities"
    )
    team = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, team__isnull=True)
                | models.Q(person__isnull=True, team__isnull=False),
                name="responsibility_person_or_team",
            ),
            models.CheckConstraint(
                condition=models.Q(last_day__isnull=True) | models.Q(last_day__gte=models.F("first_day")),
                name="responsibility_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.team}: {self.scope}"


class Duty(models.Model):
    """Who signs or is told: a name such as CFO or director, on a scope. Grants nothing."""

    name = models.CharField(max_length=50)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="duties")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="duties")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "scope", "person"], name="duty_unique")]

    def __str__(self) -> str:
        return f"{self.name}: {self.person} ({self.scope})"
