"""Colours hold their distance for every eye: series from each other, from the lights, and words from their ground."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from dashboards import palette
from dashboards.templatetags.lights import light
from tests.dashboards.colour import EYES, apart, distance

THEMES = {
    "light": (palette.SERIES_LIGHT, palette.LIGHTS_LIGHT),
    "dark": (palette.SERIES_DARK, palette.LIGHTS_DARK),
}
# ΔE2000. Who lacks a cone has fewer colours to share out: less lies between any two.
SERIES = {"normal": 18.0, "deuteranopia": 11.0, "protanopia": 11.0}
LIGHTS = {"normal": 17.0, "deuteranopia": 10.0, "protanopia": 10.0}


def test_the_difference_is_the_one_of_the_papers_table() -> None:
    pairs = (
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    )
    for one, other, wanted in pairs:
        assert apart(one, other) == pytest.approx(wanted, abs=1e-4)
        assert apart(other, one) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize(("theme", "eyes"), list(product(THEMES, EYES)))
def test_series_are_told_apart(theme: str, eyes: str) -> None:
    series, _lights = THEMES[theme]
    near = {(a, b): distance(a, b, eyes) for a, b in combinations(series, 2)}
    assert not {pair: far for pair, far in near.items() if far < SERIES[eyes]}


@pytest.mark.parametrize(("theme", "eyes"), list(product(THEMES, EYES)))
def test_no_series_passes_for_a_light(theme: str, eyes: str) -> None:
    series, lights = THEMES[theme]
    near = {(a, name): distance(a, b, eyes) for a, (name, b) in product(series, lights.items())}
    assert not {pair: far for pair, far in near.items() if far < LIGHTS[eyes]}


def test_lights_are_told_apart_by_shape_where_eyes_see_one_colour() -> None:
    """Red and yellow are nearly one to a deuteranope; the shape, which comes first, is never the same."""
    assert distance(palette.LIGHTS_LIGHT["red"], palette.LIGHTS_LIGHT["yellow"], "deuteranopia") < 5
    shapes = {str(light(status, "")).partition("aria-hidden")[2][:60] for status in palette.LIGHTS_LIGHT}
    assert len(shapes) == len(palette.LIGHTS_LIGHT)
