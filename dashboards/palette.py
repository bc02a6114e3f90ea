"""The eight colours of series, apart from the lights and from each other, for eyes that lack a cone too.

The browser draws with the variables --pl-series-1 to --pl-series-8 of static/css/tokens.css, which differ
by theme; a figure on the server names a series by its index only (`trace["meta"]["series"]`).
"""

from __future__ import annotations

SERIES_LIGHT = ("#0f61be", "#dd7800", "#5c237c", "#1098a1", "#eb52a0", "#0a2340", "#8c86e2", "#513406")
SERIES_DARK = ("#599aff", "#e4860c", "#9052e3", "#adeaf0", "#c975b9", "#4b6997", "#ccbbff", "#956a42")
LIGHTS_LIGHT = {"green": "#18794e", "yellow": "#946800", "red": "#c62a2f", "grey": "#687076"}
LIGHTS_DARK = {"green": "#4cc38a", "yellow": "#f0c000", "red": "#ff6369", "grey": "#9ba1a6"}
