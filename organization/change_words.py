"""What was done to a tree, in a sentence."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from organization.models import ChangeKind, TreeChange


def change_in_words(change: TreeChange) -> str:
    """Needs `node` and `other`; nodes are called as they are called now."""
    name, nodes = change.node.label, change.details["nodes"]
    if change.kind == ChangeKind.MERGE:
        assert change.other is not None
        return _("%(name)s merged into %(other)s") % {"name": name, "other": change.other.label}
    if change.kind == ChangeKind.MOVE:
        if change.other is None:
            return _("%(name)s moved to the top") % {"name": name}
        return _("%(name)s moved below %(other)s") % {"name": name, "other": change.other.label}
    if change.kind == ChangeKind.RENAME:
        before = nodes.get(str(change.node_id), {})
        old, new = _names(before.get("before", {})), _names(before.get("after", {}))
        if old == new:
            return _("%(name)s looked at") % {"name": name}
        return _("%(old)s renamed to %(new)s") % {"old": old or name, "new": new or name}
    if change.kind in (ChangeKind.ALIAS, ChangeKind.UNALIAS):
        slug = [*change.details["made"], *change.details["removed"]][0]["slug"]
        if change.kind == ChangeKind.ALIAS:
            return _("Files may call %(name)s “%(slug)s”") % {"name": name, "slug": slug}
        return _("Files no longer call %(name)s “%(slug)s”") % {"name": name, "slug": slug}
    others = len(nodes) - 1
    words = {
        ChangeKind.ARCHIVE: _("%(name)s put away"),
        ChangeKind.RESTORE: _("%(name)s brought back"),
        ChangeKind.REVIEW: _("%(name)s looked at"),
    }[ChangeKind(change.kind)] % {"name": name}
    if others > 0:
        words += " " + ngettext("(and %(n)s more)", "(and %(n)s more)", others) % {"n": others}
    return words


def _names(values: dict[str, Any]) -> str:
    return " · ".join(value for value in (values.get("name"), values.get("name_zh")) if value)
