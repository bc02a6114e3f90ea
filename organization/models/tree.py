"""Dimensions as trees, and scopes: at most one node per dimension, none at all is the company."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


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
    """One place in a tree. `path` is fixed when the node is made; names and parents may change later."""

    dimension = models.CharField(max_length=10, choices=Dimension.choices)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    slug = models.CharField(max_length=200)
    path = models.CharField(max_length=1000)
    depth = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    needs_review = models.BooleanField(
        default=False, help_text="Made by an import, not yet looked at by a person."
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dimension", "path"], name="node_path_unique"),
            models.CheckConstraint(condition=models.Q(depth__gte=1), name="node_depth_from_one"),
            models.CheckConstraint(
                condition=models.Q(depth=1, parent__isnull=True)
                | models.Q(depth__gt=1, parent__isnull=False),
                name="node_root_has_no_parent",
            ),
        ]
        indexes = [models.Index(fields=["dimension", "slug"], name="node_by_slug")]

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
    """The trees' closure: each node with itself and every node above it, for set-based roll-ups and narrowing."""

    pk = models.CompositePrimaryKey("node_id", "ancestor_id")
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="+")
    ancestor = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="+")
    ancestor_depth = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["ancestor", "node"], name="closure_downwards")]

    def __str__(self) -> str:
        return f"{self.node_id} under {self.ancestor_id}"


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
        return " × ".join(node.label for node in nodes) if nodes else str(_("Company"))
