from organization.services.addresses import (
    confirm_address,
    enter_code,
    find_link,
    follow_link,
    refuse_address,
    send_code,
)
from organization.services.audit import record
from organization.services.calendar import load_events, load_holidays
from organization.services.company import update_company
from organization.services.errors import Refused
from organization.services.jobs import cancel_job, order_job
from organization.services.nodes import archive_node, mark_node_reviewed, rename_node, restore_node
from organization.services.people import (
    assign_duty,
    assign_responsibility,
    change_person,
    end_responsibility,
    grant_role,
    make_person,
    remove_duty,
    revoke_grant,
)
from organization.services.pulse import note_pulse
from organization.services.tree import ensure_scope, make_node, make_nodes

__all__ = [
    "Refused",
    "archive_node",
    "assign_duty",
    "assign_responsibility",
    "cancel_job",
    "change_person",
    "confirm_address",
    "end_responsibility",
    "ensure_scope",
    "enter_code",
    "find_link",
    "follow_link",
    "grant_role",
    "load_events",
    "load_holidays",
    "make_node",
    "make_nodes",
    "make_person",
    "mark_node_reviewed",
    "note_pulse",
    "order_job",
    "record",
    "refuse_address",
    "remove_duty",
    "rename_node",
    "restore_node",
    "revoke_grant",
    "send_code",
    "update_company",
]
