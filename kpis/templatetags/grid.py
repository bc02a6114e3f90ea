"""The cells of the year's grid: thousands a page, for which the template's own loop takes longer than all the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from kpis.selectors.grid import GridCell

register = template.Library()


@register.simple_tag
def grid_cells(cells: Iterable[GridCell]) -> SafeString:
    """A `<td>` for each; `data-from` where a wider period's target holds."""
    return format_html_join("", "<td{}>{}</td>", ((_held(cell.inherited), cell.text) for cell in cells))


def _held(text: str) -> str:
    return format_html(' data-from="{}"', text) if text else ""
