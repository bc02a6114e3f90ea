"""Dimensions as trees, and scopes: at most one node per dimension, none at all is the company."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from organization.words import KINDS as KIND_NAMES


class Dimension(models.TextChoices):
    """Declared in the order in which a scope's key is written: `region:华东+channel:抖音直播`."""

    REGION = "region", _("Region")
    CHANNEL = "channel", _("Channel")
    PRODUCT = "product", _("Product line")
    TEAM = "team", _("Team")
    BUDGET = "budget", _("Budget")


DIMENSIONS: tuple[str, ...] = tuple(Dimension.values)

# A node's kind is its level; deeper levels keep the last name.
KINDS: dict[str, tuple[str, ...]] = {
    Dimension.CHANNEL: ("channel", "campaign", "content"),
    Dimension.REGION: ("region", "province", "city", "store"),
    Dimension.PRODUCT: ("product_line", "product"),
    Dimension.TEAM: ("team", "person"),
    Dimension.BUDGET: ("budget", "line"),
}


class Node(models.Model):
    """One place in a tree. `path` is fixed when the node is made; names and parents may change later.

    A node that was merged into another stays as files know it: its facts are its own, and count in the other. Its
    parent is the one below which files name it; nothing else hangs below a merged node.
    """

    dimension = models.CharField(max_length=10, choices=Dimension.choices)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    slug = models.CharField(max_length=200)
    path = models.CharField(max_length=1000)
    place = models.TextField(
        db_default="", help_text="Where it lies now: the slugs from the top down; `path` until it is moved."
    )
    depth = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    needs_review = models.BooleanField(
        default=False, help_text="Made by an import, not yet looked at by a person."
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )
    open = models.BooleanField(
        db_default=False,
        help_text="Looked at without a grant on it, with all below it: by every member, or (NodeReader) those of named areas.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dimension", "path"], name="node_path_unique"),
            # What lists leave out for being put away, they leave out for being merged.
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | models.Q(archived_at__isnull=False),
                name="node_merged_is_put_away",
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
                name="node_not_merged_into_itself",
            ),
            models.CheckConstraint(condition=models.Q(depth__gte=1), name="node_depth_from_one"),
            models.CheckConstraint(
                condition=models.Q(depth=1, parent__isnull=True)
                | models.Q(depth__gt=1, parent__isnull=False),
                name="node_root_has_no_parent",
            ),
        ]
        indexes = [
            models.Index(fields=["dimension", "slug"], name="node_by_slug"),
            models.Index(fields=["id"], condition=models.Q(open=True), name="node_open"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def code(self) -> str:
        return f"{self.dimension}:{self.path}"

    @property
    def kind(self) -> str:
        kinds = KINDS[self.dimension]
        return kinds[min(self.depth, len(kinds)) - 1]

    @property
    def kind_name(self) -> str:
        return str(KIND_NAMES[self.kind])

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        if self.name_zh and (get_language() or "").startswith("zh"):
            return self.name_zh
        return self.name


class NodeAlias(models.Model):
    """Another name under which files know a node, unique among the names below one parent."""

    dimension = models.CharField(max_length=10, choices=Dimension.choices)
    parent = models.ForeignKey(Node, on_delete=models.CASCADE, null=True, related_name="+")
    slug = models.CharField(max_length=200)
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dimension", "parent", "slug"], name="alias_unique", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug} → {self.node_id}"


class NodeAncestor(models.Model):
    """The trees' closure: each node with itself and every node above it, for set-based roll-ups and narrowing.

    A merged node has the rows of the one that it was merged into, and none of its own: no figures are its own.
    """

    pk = models.CompositePrimaryKey("node_id", "ancestor_id")
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="+")
    ancestor = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="+")
    ancestor_depth = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["ancestor", "node"], name="closure_downwards")]

    def __str__(self) -> str:
        return f"{self.node_id} under {self.ancestor_id}"


class ChangeKind(models.TextChoices):
    MERGE = "merge", _("Merged")
    MOVE = "move", _("Moved")
    RENAME = "rename", _("Renamed")
    ARCHIVE = "archive", _("Put away")
    RESTORE = "restore", _("Brought back")
    ALIAS = "alias", _("Name added")
    UNALIAS = "unalias", _("Name removed")
    REVIEW = "review", _("Looked at")


class TreeChange(models.Model):
    """One thing that somebody did to a tree, with all that it takes to undo it.

    `details`: `nodes` (by id, the fields that changed, `before` and `after`), `made` and `removed` (aliases).
    """

    kind = models.CharField(max_length=10, choices=ChangeKind.choices)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(
        Node,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="What it was merged into, or moved below.",
    )
    touched = ArrayField(models.BigIntegerField(), help_text="Every node that it changed.")
    details = models.JSONField(encoder=DjangoJSONEncoder)
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.kind} {self.node_id}"


class Scope(models.Model):
    """At most one node per dimension. Every single node has its scope; cross-cuts are made when first pointed to."""

    key = models.CharField(max_length=2000, unique=True)
    region = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    channel = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    product = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    budget = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    node = models.OneToOneField(
        Node,
        on_delete=models.PROTECT,
        null=True,
        related_name="scope",
        help_text="The node, where the scope has exactly one; empty for the company and for cross-cuts.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["region", "channel", "product", "team", "budget"],
                name="scope_unique",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_company(self) -> bool:
        return self.key == "company"

    def node_ids(self) -> dict[str, int]:
        """The scope's nodes by dimension; empty for the company."""
        ids = {dimension: getattr(self, f"{dimension}_id") for dimension in DIMENSIONS}
        return {dimension: node_id for dimension, node_id in ids.items() if node_id is not None}

    @property
    def label(self) -> str:
        nodes = [getattr(self, dimension) for dimension in self.node_ids()]
        return " × ".join(map(_said, nodes)) if nodes else str(_("Company"))


class NodeReader(models.Model):
    """Closes an open node to areas: whoever was granted a view of one of them may look at it, nobody else by its being
    open. The rows of a node that is not open say nothing yet."""

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="readers")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["node", "scope"], name="node_reader_once")]

    def __str__(self) -> str:
        return f"{self.node_id} for {self.scope}"


def _said(node: Node) -> str:
    """Nothing of a merged node counts any more: what still points to it says so."""
    if node.merged_into_id is not None:
        return str(_("%(name)s (merged)") % {"name": node.label})
    return node.label
