"""An address as a QR code, drawn as SVG. Pure."""

from __future__ import annotations

import io

import segno

SIZES = {"small": 25, "medium": 50, "large": 100}  # millimetres of a side, its quiet zone included
QUIET = 4  # modules around it, as ISO/IEC 18004 asks


def qr_svg(text: str, *, side: int) -> bytes:
    """Black on white whatever the theme, since cameras want it so. A quarter of it may be dirty and it still reads."""
    code = segno.make(text, error="q", micro=False)
    out = io.BytesIO()
    modules, _height = code.symbol_size(scale=1, border=QUIET)
    code.save(
        out, kind="svg", scale=side / modules, border=QUIET, unit="mm", light="#fff", xmldecl=False, svgclass=None,
        lineclass=None,
    )  # fmt: skip
    return out.getvalue()
