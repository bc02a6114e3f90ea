from ingest.services.queue import work_next, work_waits
from ingest.services.receive import import_path, receive
from ingest.services.undo import ask_undo

__all__ = ["ask_undo", "import_path", "receive", "work_next", "work_waits"]
