from decisions.selectors.inbox import Inbox, inbox
from decisions.selectors.threads import ProposalView, Thread, proposal_page, thread

__all__ = ["Inbox", "ProposalView", "Thread", "inbox", "proposal_page", "thread"]
