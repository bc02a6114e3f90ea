"""Which letters a text file is written in."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from ingest.errors import FileRefused

SAMPLE = 256 * 1024
CHUNK = 256 * 1024  # bytes
LONGEST_LINE = 8 * 1024 * 1024  # bytes, about; so that no file makes us hold it whole

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(path: Path) -> str:
    """The codec that reads the whole file: a byte-order mark decides, then UTF-8, GB18030, then the best guess.

    Raises FileRefused where the file is cut off in the middle of a letter, is no text at all, or has endless lines.
    """
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            _require_readable(path, codec)
            return codec
    if head.count(0) > len(head) // 10:
        codec = "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
        _require_readable(path, codec)
        return codec
    if b"\0" in head:
        raise _no_text()
    size = path.stat().st_size
    for codec in ("utf-8", "gb18030"):
        bad_at = _first_bad_byte(path, codec)
        letters = head[:bad_at].decode(codec, "ignore")
        if bad_at is None and not (codec == "gb18030" and _looks_western(letters)):
            return codec
        if (
            bad_at is not None
            and bad_at >= size - 3
            and not letters.isascii()
            and not _looks_western(letters)
        ):
            raise _cut_off()
    guess = from_bytes(head).best()
    # What is neither Chinese nor of another Asian script is Western: guesses among its many kinds are mere chance.
    codec = guess.encoding if guess is not None and guess.encoding in _ASIAN else "cp1252"
    if _first_bad_byte(path, codec) is not None:
        raise FileRefused(
            _("The letters of this file cannot be read. Save it as “CSV UTF-8” and send it again.")
        )
    return codec


_ASIAN = {"big5", "big5hkscs", "cp950", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "johab"}
_GLUED = re.compile(
    r"[a-z][\u3400-\u9fff]+[a-z]|[A-Za-z][\u3400-\u9fff][,;\t\s]|[,;\t\s][\u3400-\u9fff][a-z]"
)


def _looks_western(letters: str) -> bool:
    """Whether Chinese letters stand only between Latin ones, as in Qu閎ec: Western bytes read as GB18030."""
    chinese = re.findall(r"[\u3400-\u9fff]+", letters)
    return bool(chinese) and len(_GLUED.findall(letters)) * 2 > len(chinese)


def _no_text() -> FileRefused:
    return FileRefused(_("This file is no table: it holds bytes that are no text. Send a CSV or XLSX file."))


def _cut_off() -> FileRefused:
    return FileRefused(
        _("This file is cut off in the middle of a letter. Export it again and send the whole file.")
    )


def _require_readable(path: Path, codec: str) -> None:
    if _first_bad_byte(path, codec) is not None:
        raise _cut_off()


def _first_bad_byte(path: Path, codec: str) -> int | None:
    """Where the first byte stands that the codec cannot read; None where it reads everything.

    Raises FileRefused where it reads what no table holds.
    """
    decoder = codecs.getincrementaldecoder(codec)()
    offset = run = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return offset + error.start
            if "\0" in text:
                raise _no_text()
            run = 0 if "\n" in text or "\r" in text else run + len(chunk)
            if run >= LONGEST_LINE:
                raise FileRefused(
                    _(
                        "This file is no table: it has a line of more than %(limit)s MB. Send a CSV or XLSX file."
                    )
                    % {"limit": LONGEST_LINE // (1024 * 1024)}
                )
            offset += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return offset
    return None
