"""Which fields of customers are sealed."""

from __future__ import annotations

from customers.models import Customer
from organization.sealed import SealedField, register_sealed


def register() -> None:
    register_sealed(*(SealedField(Customer, field) for field in ("contact", "name", "phone", "email")))
