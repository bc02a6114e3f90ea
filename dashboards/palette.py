"""The eight colours of series, apart from the lights' red and green and from each other under deuteranopia.

The browser draws with the variables --pl-series-1 to --pl-series-8 of static/css/tokens.css, which differ
by theme; a figure on the server names a series by its index only (`trace["meta"]["series"]`).
"""

from __future__ import annotations

SERIES_LIGHT = ("#2462b1", "#cb7e04", "#622783", "#148e9d", "#e06ca9", "#0b2a52", "#8c86e2", "#6b4c21")
SERIES_DARK = ("#5b9aed", "#eba365", "#8858df", "#adeaf0", "#e27ccc", "#4b689f", "#cab8fe", "#956a42")
LIGHTS_LIGHT = {"green": "#18794e", "yellow": "#946800", "red": "#c62a2f", "grey": "#687076"}
LIGHTS_DARK = {"green": "#4cc38a", "yellow": "#f0c000", "red": "#ff6369", "grey": "#9ba1a6"}
