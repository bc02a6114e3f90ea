from ingest.services.fetch import fetch_due
from ingest.services.pull_queue import make_due, make_nightly, pulls_wait
from ingest.services.pulls import PullBusy, ask_now, pause_pull, remove_pull, save_pull
from ingest.services.queue import work_waits
from ingest.services.receive import receive
from ingest.services.send import KeyTaken, Once, reportable_measures, send_rows
from ingest.services.undo import ask_undo
from ingest.services.work import import_path, work_next

__all__ = [
    "KeyTaken",
    "Once",
    "PullBusy",
    "ask_now",
    "ask_undo",
    "fetch_due",
    "import_path",
    "make_due",
    "make_nightly",
    "pause_pull",
    "pulls_wait",
    "receive",
    "remove_pull",
    "reportable_measures",
    "save_pull",
    "send_rows",
    "work_next",
    "work_waits",
]
