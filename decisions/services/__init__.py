from decisions.services.errors import Settled
from decisions.services.proposals import Verdict, answer, decide, lapse, propose, withdraw
from decisions.services.talk import add_comment, complete_task, hand_over_task, open_task

__all__ = [
    "Settled",
    "Verdict",
    "add_comment",
    "answer",
    "complete_task",
    "decide",
    "hand_over_task",
    "lapse",
    "open_task",
    "propose",
    "withdraw",
]
