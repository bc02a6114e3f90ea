"""Customers of a whole file at once: their keys hashed, their contacts sealed. In the caller's transaction."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from common.secrets import opened, seal
from customers.keys import hash_key
from customers.models import Customer

_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": ""})


def hash_keys(cursor: Any, typed: str, *, where: str = "true") -> None:
    """Makes `hashed` (raw, key_hash) of the different texts of `typed.t_customer` among the rows `where`, each hashed once."""
    cursor.execute(f"SELECT DISTINCT t_customer FROM {typed} WHERE {where}")
    rows = "".join(f"{raw.translate(_ESCAPES)}\t\\\\x{hash_key(raw).hex()}\n" for (raw,) in cursor.fetchall())
    cursor.execute("CREATE TEMP TABLE hashed (raw text, key_hash bytea) ON COMMIT DROP")
    cursor.copy_expert("COPY hashed FROM STDIN", io.StringIO(rows))
    cursor.execute("ANALYZE hashed")


def find_hashed(cursor: Any) -> None:
    """From `hashed` makes `whose` (raw, customer_id, key_hash): all of these customers are there by now."""
    cursor.execute(
        """
        CREATE TEMP TABLE whose ON COMMIT DROP AS
        SELECT raw, id AS customer_id, key_hash FROM hashed JOIN customers_customer USING (key_hash);
        DROP TABLE hashed; ANALYZE whose
        """
    )


def keep_contacts(cursor: Any, typed: str, *, told_at: datetime) -> None:
    """Keeps what `typed.t_contact` says of the customers in `whose`."""
    cursor.execute(
        f"""
        SELECT customer_id, max(t_contact) FROM {typed} JOIN whose ON raw = t_customer
        WHERE t_contact <> '' GROUP BY 1 ORDER BY 1
        """
    )
    _seal(cursor.fetchall(), told_at=told_at)


def _seal(told: Sequence[tuple[int, str]], *, told_at: datetime) -> None:
    """No two seals of one text are the same, so the known ones are opened to see what is new."""
    known = dict(Customer.objects.filter(pk__in=[pk for pk, _contact in told]).values_list("pk", "contact"))
    changed = [
        Customer(pk=pk, contact=seal(contact), contact_at=told_at)
        for pk, contact in told
        if opened(known.get(pk, "")) != contact
    ]
    Customer.objects.bulk_update(changed, ["contact", "contact_at"], batch_size=2000)
