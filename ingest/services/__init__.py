from ingest.services.queue import work_waits
from ingest.services.receive import receive
from ingest.services.undo import ask_undo
from ingest.services.work import import_path, work_next

__all__ = ["ask_undo", "import_path", "receive", "work_next", "work_waits"]
