"""Whether this process was asked to stop: long work looks here between its pieces, and hands back what it holds.

The mark lies in memory that child processes share with the one that forked them (a worker's parent gets the signal,
its children do the work), so it must be made before they are: importing this module does that.
"""

from __future__ import annotations

import mmap
import struct
import time

_SINCE = struct.Struct("d")
_mark = mmap.mmap(-1, _SINCE.size)


def ask() -> None:
    """Says that this process, and those that it forked, shall stop."""
    if not asked():
        _SINCE.pack_into(_mark, 0, time.monotonic())


def forget() -> None:
    """For tests, and for a process that starts anew."""
    _SINCE.pack_into(_mark, 0, 0.0)


def asked() -> bool:
    return bool(_SINCE.unpack_from(_mark, 0)[0])


def asked_for() -> float:
    """For how many seconds now; 0 where nobody asked."""
    since = float(_SINCE.unpack_from(_mark, 0)[0])
    return time.monotonic() - since if since else 0.0
