"""The cells of the year's grid: thousands a page, for which the template's own loop takes longer than all the rest."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from kpis.selectors.grid import GridCell

register = template.Library()


@register.simple_tag
def grid_cells(cells: Iterable[GridCell]) -> SafeString:
    """A `<td>` for each; `data-from` where a wider period's target holds. Each text is escaped here, in one go."""
    return SafeString(
        "".join(
            f'<td data-from="{escape(cell.inherited)}">{escape(cell.text)}</td>'
            if cell.inherited
            else f"<td>{escape(cell.text)}</td>"
            for cell in cells
        )
    )
