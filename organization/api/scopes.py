"""The areas that a person may see, as trees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from organization.api.areas import scope_or_problem
from organization.api.fields import PagedQuestion
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer_page
from organization.gate import visible_nodes, visible_scopes
from organization.models import DIMENSIONS, Dimension, Node, NodeAncestor
from organization.selectors.trees import TREE_PLACE


class ScopeQuestion(PagedQuestion):
    dimension = serializers.ChoiceField(choices=DIMENSIONS, required=False, help_text="One tree alone.")
    search = serializers.CharField(required=False, max_length=100, help_text="A part of a name or a code.")
    within = serializers.CharField(
        required=False, max_length=2000, help_text="An area of one tree: itself and all below it."
    )
    archived = serializers.BooleanField(
        required=False, default=False, help_text="Those that were put away, too."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A city",
            {
                "scope": "region:华东/上海",
                "dimension": "region",
                "kind": "province",
                "name": "上海",
                "name_zh": "上海",
                "parent": "region:华东",
                "archived": False,
                "own_figures": True,
            },
            response_only=True,
        )
    ]
)
class ScopeSerializer(serializers.Serializer[Node]):
    scope = serializers.CharField(source="code", help_text="How it is written wherever an area is asked for.")
    dimension = serializers.ChoiceField(choices=DIMENSIONS)
    kind = serializers.CharField(help_text="Its level: region, province, city, store; channel, campaign …")
    name = serializers.CharField()
    name_zh = serializers.CharField(allow_blank=True)
    parent = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field of that name
    archived = serializers.SerializerMethodField()
    own_figures = serializers.SerializerMethodField()

    def get_parent(self, node: Node) -> str | None:
        """The area above it; null at the top, and where that is not yours to see."""
        seen = self.context.get("seen", set())
        return node.parent.code if node.parent and node.parent.pk in seen else None

    def get_archived(self, node: Node) -> bool:
        """Put away."""
        return node.archived_at is not None

    def get_own_figures(self, node: Node) -> bool:
        """Whether its own figures are yours to see; else only those of what lies both in it and in your areas."""
        return node.pk in self.context.get("own", set())


class Scopes(ApiView):
    @extend_schema(
        operation_id="scopes", tags=["areas"], summary="Areas, as trees",
        description="Parents stand before their children. Areas of other people are not named.",
        parameters=[ScopeQuestion], responses={200: page_serializer(ScopeSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(ScopeQuestion)
        wanted = [asked["dimension"]] if asked["dimension"] else list(DIMENSIONS)
        mine = Q()
        for dimension in Dimension.values:
            if dimension in wanted:
                mine |= Q(pk__in=visible_nodes(self.person, dimension).values("pk"))
        nodes = Node.objects.filter(mine).select_related("parent").annotate(in_tree=TREE_PLACE)
        top = scope_or_problem(self.person, asked["within"], pointer="?within") if asked["within"] else None
        if top is not None and not top.is_company:
            nodes = nodes.filter(pk__in=_below(top.node_ids()))
        if asked["search"]:
            text = asked["search"]
            nodes = nodes.filter(
                Q(name__icontains=text) | Q(name_zh__icontains=text) | Q(path__icontains=text)
            )
        if not asked["archived"]:
            nodes = nodes.filter(archived_at__isnull=True, merged_into__isnull=True)
        page = page_of(
            request, nodes, keys=("dimension", "in_tree", "id"), cursor=asked["cursor"], limit=asked["limit"]
        )
        return answer_page(ScopeSerializer, page.rows, page.next, context=self._context(page.rows))

    def _context(self, rows: Sequence[Node]) -> dict[str, Any]:
        ids = [node.pk for node in rows]
        parents = [node.parent_id for node in rows if node.parent_id]
        seen: set[int] = set()
        for dimension in {node.dimension for node in rows}:
            seen |= set(
                visible_nodes(self.person, dimension).filter(pk__in=parents).values_list("pk", flat=True)
            )
        own = visible_scopes(self.person).filter(node__in=ids).values_list("node_id", flat=True)
        return {"seen": seen, "own": set(own)}


def _below(nodes: dict[str, int]) -> Any:
    return NodeAncestor.objects.filter(ancestor_id__in=list(nodes.values())).values("node_id")
