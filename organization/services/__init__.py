from organization.services.audit import record
from organization.services.tree import ensure_scope, make_node, make_nodes

__all__ = ["ensure_scope", "make_node", "make_nodes", "record"]
