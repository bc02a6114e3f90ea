"""The chart of a mail: always a small picture, whatever the figures are."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal as D
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from alerts.drawing import FAINT, GROUND, HEIGHT, LIGHTS, WIDTH, draw
from alerts.mail_chart import Picture, Point, has_place, limit_of, placed, window
from common import formats
from tests.alerts.builders import MARCH


class Money:
    unit = "money"


def write(amount: D, language: str = "en") -> str:
    return formats.tile(amount, Money(), language)


def picture(*values: str | None, status: str = "red", **more: object) -> Picture:
    points = tuple(
        Point(f"2026-{place:02d}", D(value) if value is not None else None, D(100))
        for place, value in enumerate(values, 1)
    )
    return Picture(**{"points": points, "status": status, "write": write, **more})  # type: ignore[arg-type]


def seen(png: bytes) -> Image.Image:
    image = Image.open(BytesIO(png))
    assert image.format == "PNG"
    return image.convert("RGB")


def colours(png: bytes) -> set[str]:
    """Those of more than a few pixels."""
    found = Counter(zip(*[iter(seen(png).tobytes())] * 3, strict=True))
    return {"#" + bytes(rgb).hex() for rgb, count in found.items() if count > 150}


def test_it_is_sharp_small_and_brings_its_own_white_ground() -> None:
    png = draw(picture("90", "110", "95", "60"))
    image = seen(png)
    assert image.size == (2 * WIDTH, 2 * HEIGHT)
    assert len(png) < 40_000
    assert {image.getpixel(at) for at in ((0, 0), (2 * WIDTH - 1, 2 * HEIGHT - 1))} == {(255, 255, 255)}
    assert colours(png) > {GROUND, LIGHTS["red"].lower()}


def test_other_figures_lights_and_limits_give_another_picture() -> None:
    pictures = [
        picture("90", "60"),
        picture("90", "61"),
        picture("90", "60", status="yellow"),
        picture("90", "60", status="green"),
        picture("90", "60", status="grey"),
        picture("90", "60", limit=D(70)),
        picture("90", "60", runs=True),
    ]
    assert len({draw(one) for one in pictures}) == len(pictures)
    assert draw(pictures[0]) == draw(picture("90", "60"))


@pytest.mark.parametrize("status", ["green", "yellow", "red"])
def test_the_last_point_has_the_colour_of_the_light(status: str) -> None:
    assert LIGHTS[status].lower() in colours(draw(picture("90", "60", status=status)))


def test_the_way_to_a_month_that_still_runs_is_no_fall() -> None:
    assert FAINT in colours(draw(picture("90", "100", "10", runs=True)))
    assert FAINT not in colours(draw(picture("90", "100", "10")))


def test_a_limit_far_away_does_not_flatten_the_figures() -> None:
    assert draw(picture("90", "60", limit=D(10**9))) == draw(picture("90", "60"))


def test_nothing_known_is_no_picture() -> None:
    assert draw(picture(None, None)) == b""


def test_chinese_amounts_and_periods_have_their_signs_in_the_font() -> None:
    def of(label: str, word: str) -> bytes:
        points = (Point("2025-01", D(90)), Point(label, D(60)))
        return draw(Picture(points, "red", lambda amount: f"{amount:f}{word}"))

    drawn = [of("2026年第三季度", "万"), of("2026年第四季度", "万"), of("2026年第三季度", "亿")]
    assert len(set(drawn)) == 3, "a sign that the font lacks is drawn as the same box"


amounts = st.none() | st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from([D(0), D(-5)])


@settings(max_examples=60, deadline=None)
@given(
    points=st.lists(st.tuples(amounts, amounts), min_size=1, max_size=14),
    limit=amounts,
    status=st.sampled_from(["green", "yellow", "red", "grey", "unheard"]),
    runs=st.booleans(),
)
def test_whatever_the_figures_are_it_is_drawn(
    points: list[tuple[D | None, D | None]], limit: D | None, status: str, runs: bool
) -> None:
    made = tuple(Point("March 2026", value, expected) for value, expected in points)
    png = draw(Picture(made, status, lambda amount: f"{amount:.3g}", limit, runs))
    if any(value is not None for value, _ in points):
        assert seen(png).size == (2 * WIDTH, 2 * HEIGHT)
        assert len(png) < 40_000
    else:
        assert png == b""


def test_it_shows_a_year_of_months_up_to_the_one_of_the_event() -> None:
    months = window("month", MARCH, 1)
    assert [str(month) for month in (months[0], months[-1])] == ["2025-03", "2026-03"]
    assert len(window("day", MARCH, 1)) == 14


@pytest.mark.parametrize(
    ("condition", "limit"),
    [
        ({"kind": "level", "below": "0.8"}, D("0.8")),
        ({"kind": "level", "above": "5"}, D(5)),
        ({"kind": "level", "above": "5", "below": "1"}, None),
        ({"kind": "attainment", "below": "0.85"}, None),
        (None, None),
    ],
)
def test_a_limit_is_drawn_where_it_is_one_amount(condition: dict[str, str] | None, limit: D | None) -> None:
    assert limit_of(condition) == limit


def test_a_mail_without_its_picture_has_no_trace_of_it() -> None:
    html = '<p>60%</p><!--chart--><img src="cid:chart"><p>Line</p><!--/chart--><p>Target</p>'
    assert has_place(html)
    assert placed(html, "") == "<p>60%</p><p>Target</p>"
    assert placed(html, "cid:1@x") == '<p>60%</p><img src="cid:1@x"><p>Line</p><p>Target</p>'
    assert not has_place(placed(html, ""))
