"""The tops of what is open to whoever was granted anything, as far as it is not closed to other areas than hers.

Written out, since it comes with every page: to put the query together anew took longer than to answer it.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, QuerySet
from django.db.models.expressions import RawSQL

from organization.models import DIMENSIONS, Node, Person

_LIES_IN = " AND ".join(
    f"(granted.{dimension}_id IS NULL OR EXISTS (SELECT 1 FROM organization_nodeancestor AS up"
    f" WHERE up.node_id = seen.{dimension}_id AND up.ancestor_id = granted.{dimension}_id))"
    for dimension in DIMENSIONS
)
_OPENED = f"""
    SELECT node.id FROM organization_node AS node
    WHERE node.open AND (
        NOT EXISTS (SELECT 1 FROM organization_nodereader AS reader WHERE reader.node_id = node.id)
        OR EXISTS (
            SELECT 1 FROM organization_nodereader AS reader
            JOIN organization_scope AS seen ON seen.id = reader.scope_id
            JOIN organization_grant AS own ON own.person_id = %s
            JOIN organization_scope AS granted ON granted.id = own.scope_id
            WHERE reader.node_id = node.id AND {_LIES_IN}
        )
    )
"""


def opened_to(member: Person) -> QuerySet[Node]:
    return Node.objects.filter(pk__in=RawSQL(_OPENED, [member.pk]))  # noqa: S611  # nobody's text


def opened_array(member: Person) -> RawSQL:
    """Their ids as an expression that comes with each of her grants, so that it needs no query of its own."""
    ids = f"ARRAY({_OPENED} ORDER BY node.id)"
    return RawSQL(ids, [member.pk], output_field=ArrayField(BigIntegerField()))  # noqa: S611  # likewise
