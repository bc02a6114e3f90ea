from decisions.models.approvals import Band, Delegation
from decisions.models.proposals import Proposal, ProposalState, Step, StepState
from decisions.models.talk import Comment, CommentKind, Task, TaskState

__all__ = [
    "Band",
    "Comment",
    "CommentKind",
    "Delegation",
    "Proposal",
    "ProposalState",
    "Step",
    "StepState",
    "Task",
    "TaskState",
]
