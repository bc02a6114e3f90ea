"""The chart of a mail: a few plain values in, a small PNG out. Pure, and light enough to be drawn while a mail waits.

The picture brings its own white ground, so that it reads in dark mail programs too, and carries no words: they stand
beside it, where a screen reader and who keeps pictures off find them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from PIL import Image, ImageColor, ImageDraw, ImageFont

from alerts.mail_chart import Picture, Point

Spot: TypeAlias = tuple[float, float]

WIDTH, HEIGHT = 560, 264  # CSS pixels; the file has twice as many, for sharp screens
_DENSE = 2
_FINE = 2  # lines are drawn finer still and scaled down, which smooths them
_S = _DENSE * _FINE
_SHADES = 8
_NEARLY_WHITE = 240
_TOP, _BOTTOM, _LEFT, _RIGHT = 16, 46, 4, 20
_TEXT, _VALUE = 19, 22  # a phone shows it at little more than half its width
_AWAY = 27  # from the last point to its amount
_FONT = Path(__file__).parent / "fonts" / "labels.otf"

GROUND, GRID, SOFT, FAINT = "#ffffff", "#e1e5ea", "#56616e", "#b3bdc9"
# As charts on pages: the actual solid, the plan thin and dark.
ACTUAL, PLAN = "#41546b", "#17202b"
LIGHTS = {"green": "#18794E", "yellow": "#946800", "red": "#C62A2F", "grey": "#687076"}

_WIDE = Context(prec=80)
_ROOM = Decimal("0.18")  # above and below, as a share of what is shown: the last value is written there
_FAR = 3  # a limit so many times the chart's height away would flatten all else


def draw(picture: Picture) -> bytes:
    """A PNG of WIDTH by HEIGHT at double density; empty where no value is known."""
    if not picture.known:
        return b""
    with localcontext(_WIDE):
        low, high, limit = _range(picture)
        ticks = _ticks(low, high)
        texts = _distinct([(tick, picture.write(tick)) for tick in ticks])
        left = _LEFT + max((_wide(text, _TEXT) for _, text in texts), default=0) + 8
        frame = _Frame(len(picture.points), left, low, high)
        image = Image.new("RGB", (WIDTH * _S, HEIGHT * _S), GROUND)
        _lines(ImageDraw.Draw(image), frame, picture, ticks, limit)
        image = image.reduce(_FINE)
        _words(ImageDraw.Draw(image), frame, picture, texts)
    out = BytesIO()
    image.quantize(palette=_palette(picture.status), dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()


@cache
def _palette(status: str) -> Image.Image:
    """The colours that are drawn with and their way to the ground, along smoothed edges. To find the best colours of each
    picture takes longer than to draw it, and shows no difference.
    """
    colours = list(ImageColor.getrgb(GROUND))
    for drawn in (GRID, FAINT, SOFT, ACTUAL, PLAN, _light(status)):
        colour = ImageColor.getrgb(drawn)
        for step in range(1, _SHADES + 1):
            shade = [255 + (part - 255) * step // _SHADES for part in colour]
            # What is almost white would be taken for white.
            if step == _SHADES or min(shade) < _NEARLY_WHITE:
                colours += shade
    image = Image.new("P", (1, 1))
    image.putpalette(colours)
    return image


@dataclass(frozen=True)
class _Frame:
    """Where a period and an amount lie, in CSS pixels."""

    count: int
    left: float
    low: Decimal
    high: Decimal

    def x(self, place: int) -> float:
        right = WIDTH - _RIGHT
        if self.count == 1:
            return (self.left + right) / 2
        return self.left + 8 + (right - self.left - 8) * place / (self.count - 1)

    def y(self, amount: Decimal) -> float:
        share = float((amount - self.low) / (self.high - self.low))
        return HEIGHT - _BOTTOM - (HEIGHT - _BOTTOM - _TOP) * share


def _range(picture: Picture) -> tuple[Decimal, Decimal, Decimal | None]:
    """From where to where, and the limit if it can be shown with the rest."""
    amounts = [
        amount for point in picture.points for amount in (point.value, point.expected) if amount is not None
    ]
    low, high = min(amounts), max(amounts)
    span = (high - low) or abs(high) or Decimal(1)
    limit = picture.limit
    if limit is not None and not low - span * _FAR <= limit <= high + span * _FAR:
        limit = None
    if limit is not None:
        low, high = min(low, limit), max(high, limit)
    pad = (high - low) * _ROOM or abs(high) * _ROOM or Decimal(1)
    # What is never negative is not shown as if it could be.
    floor = Decimal(0) if low >= 0 and low - pad < 0 else low - pad
    return floor, high + pad, limit


def _ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """Two to five round amounts."""
    rough = (high - low) / 3
    power = Decimal(1).scaleb(rough.adjusted())
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    first = (low / step).to_integral_value(ROUND_CEILING)
    last = (high / step).to_integral_value(ROUND_FLOOR)
    return [step * (first + place) for place in range(int(last - first) + 1)]


def _distinct(texts: Sequence[tuple[Decimal, str]]) -> list[tuple[Decimal, str]]:
    """Amounts that are written alike are written once."""
    return list({text: (tick, text) for tick, text in texts}.values())


def _lines(
    pen: ImageDraw.ImageDraw,
    frame: _Frame,
    picture: Picture,
    ticks: Sequence[Decimal],
    limit: Decimal | None,
) -> None:
    for tick in ticks:
        _line(pen, (frame.left, frame.y(tick)), (WIDTH - _RIGHT, frame.y(tick)), GRID, 1)
    if limit is not None:
        _dashed(pen, [(frame.left, frame.y(limit)), (WIDTH - _RIGHT, frame.y(limit))], SOFT, 2, (2, 4))
    last = len(picture.points) - 1
    whole = last if picture.runs else last + 1
    expected = [point.expected for point in picture.points]
    for run in _runs(expected[:whole], frame):
        _dashed(pen, run, PLAN, 1.75, (8, 5))
        if len(run) == 1:
            _tick(pen, run[0])
    values = [point.value for point in picture.points]
    for run in _runs(values[:whole], frame):
        _joined(pen, run, ACTUAL, 3)
    value, due = values[last], expected[last]
    if picture.runs and due is not None:
        _tick(pen, (frame.x(last), frame.y(due)))
    if picture.runs and value is not None and last and (before := values[last - 1]) is not None:
        way = [(frame.x(last - 1), frame.y(before)), (frame.x(last), frame.y(value))]
        _dashed(pen, way, FAINT, 2.5, (4, 4))
    _mark(
        pen,
        (frame.x(last), frame.y(value) if value is not None else float(HEIGHT - _BOTTOM)),
        picture.status,
    )


def _runs(amounts: Sequence[Decimal | None], frame: _Frame) -> list[list[Spot]]:
    """What is known in a row; a gap is a gap."""
    runs: list[list[Spot]] = [[]]
    for place, amount in enumerate(amounts):
        if amount is not None:
            runs[-1].append((frame.x(place), frame.y(amount)))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _line(pen: ImageDraw.ImageDraw, start: Spot, stop: Spot, colour: str, width: float) -> None:
    pen.line([_fine(start), _fine(stop)], fill=colour, width=round(width * _S))


def _tick(pen: ImageDraw.ImageDraw, spot: Spot) -> None:
    _line(pen, (spot[0] - 10, spot[1]), (spot[0] + 10, spot[1]), PLAN, 2)


def _joined(pen: ImageDraw.ImageDraw, run: Sequence[Spot], colour: str, width: float) -> None:
    if len(run) == 1:
        _disc(pen, run[0], 3, colour)
        return
    pen.line([_fine(spot) for spot in run], fill=colour, width=round(width * _S), joint="curve")


def _dashed(
    pen: ImageDraw.ImageDraw, run: Sequence[Spot], colour: str, width: float, beat: tuple[float, float]
) -> None:
    """A dash of `beat[0]` and a gap of `beat[1]` along the whole way, corners included."""
    period, done = sum(beat), 0.0
    for start, stop in pairwise(run):
        length = ((stop[0] - start[0]) ** 2 + (stop[1] - start[1]) ** 2) ** 0.5
        at = -(done % period)
        while at < length:
            ends = max(at, 0.0), min(at + beat[0], length)
            if ends[0] < ends[1]:
                begin, end = (_between(start, stop, along / length) for along in ends)
                _line(pen, begin, end, colour, width)
            at += period
        done += length


def _between(start: Spot, stop: Spot, share: float) -> Spot:
    return start[0] + (stop[0] - start[0]) * share, start[1] + (stop[1] - start[1]) * share


def _mark(pen: ImageDraw.ImageDraw, spot: Spot, status: str) -> None:
    """The light, by shape and colour, on a white rim that sets it off the lines."""
    colour = _light(status)
    for size, fill in ((11.0, GROUND), (9.0, colour)):
        if status == "yellow":
            _shape(pen, spot, [(0, -size), (size, size * 0.8), (-size, size * 0.8)], fill)
        elif status == "red":
            side = size * 0.9
            _shape(pen, spot, [(-side, -side), (side, -side), (side, side), (-side, side)], fill)
        else:
            _disc(pen, spot, size, fill)
    if status not in ("green", "yellow", "red"):
        _disc(pen, spot, 6.0, GROUND)


def _light(status: str) -> str:
    return LIGHTS.get(status, LIGHTS["grey"])


def _shape(pen: ImageDraw.ImageDraw, spot: Spot, corners: Sequence[Spot], colour: str) -> None:
    pen.polygon([_fine((spot[0] + x, spot[1] + y)) for x, y in corners], fill=colour)


def _disc(pen: ImageDraw.ImageDraw, spot: Spot, radius: float, colour: str) -> None:
    (x, y), size = _fine(spot), radius * _S
    pen.ellipse((x - size, y - size, x + size, y + size), fill=colour)


def _words(
    pen: ImageDraw.ImageDraw,
    frame: _Frame,
    picture: Picture,
    texts: Sequence[tuple[Decimal, str]],
) -> None:
    for tick, text in texts:
        _write(pen, (frame.left - 8, frame.y(tick)), text, "rm", _TEXT, SOFT)
    below = HEIGHT - _BOTTOM + 30
    points, last = picture.points, len(picture.points) - 1
    if last:
        first, end = points[0].label, points[last].label
        _write(pen, (frame.left, below), first, "lm", _TEXT, SOFT)
        _write(pen, (WIDTH - 2, below), end, "rm", _TEXT, SOFT)
        middle = points[last // 2].label
        half = _wide(middle, _TEXT) / 2 + 12
        x = frame.x(last // 2)
        if last > 1 and frame.left + _wide(first, _TEXT) < x - half and x + half < WIDTH - _wide(end, _TEXT):
            _write(pen, (x, below), middle, "mm", _TEXT, SOFT)
    else:
        _write(pen, (frame.x(0), below), points[0].label, "mm", _TEXT, SOFT)
    value = points[last].value
    if value is not None:
        _write(pen, _beside(frame, points, value), picture.write(value), "rm", _VALUE, PLAN)


def _beside(frame: _Frame, points: Sequence[Point], value: Decimal) -> Spot:
    """Where the last value is written: on the side from which the line does not come."""
    last = len(points) - 1
    before = points[last - 1].value if last else None
    x, y = min(frame.x(last) + 18, WIDTH - 2.0), frame.y(value)
    falls = before is not None and before > value
    if (falls or y - _AWAY < 12) and y + _AWAY <= HEIGHT - _BOTTOM + 2:
        return x, y + _AWAY
    return x, max(y - _AWAY, 12.0)


def _write(pen: ImageDraw.ImageDraw, spot: Spot, text: str, anchor: str, size: int, colour: str) -> None:
    """On a white rim, so that a line behind it does not cross it out."""
    pen.text(
        (spot[0] * _DENSE, spot[1] * _DENSE), text, fill=colour, font=_font(size), anchor=anchor,
        stroke_width=3 * _DENSE, stroke_fill=GROUND,
    )  # fmt: skip
    pen.text((spot[0] * _DENSE, spot[1] * _DENSE), text, fill=colour, font=_font(size), anchor=anchor)


def _wide(text: str, size: int) -> float:
    return _font(size).getlength(text) / _DENSE


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), size * _DENSE)


def _fine(spot: Spot) -> Spot:
    return spot[0] * _S, spot[1] * _S
