"""Forgets a customer on her request: `manage.py forget M10086`, `forget 13812341234`, `forget '#42'`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.keys import normal
from customers.services.forgetting import Forgotten, find_customers, forget, forget_key


class Command(BaseCommand):
    help = (
        "Erases what tells who a customer is, and what she wrote; what she bought and how she rated stays, as nobody's."
        " Twice is once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "customer",
            help="her key as files write it, her phone number, her mail address, or #ID as pages say it",
        )
        parser.add_argument(
            "--all", action="store_true", help="all of them, where several have this number or address"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        text = options["customer"]
        if not normal(text):
            raise CommandError("Say whom: a key, a phone number, a mail address, or #ID.")
        found = find_customers(text)
        if len(found) > 1 and not options["all"]:
            named = ", ".join(f"#{one.pk}" for one in found)
            raise CommandError(f"Several customers have this: {named}. Name one of them, or say --all.")
        now = timezone.now()
        if found:
            for customer in found:
                self._say(forget(customer=customer, person=None, now=now))
        elif text.strip().startswith("#"):
            raise CommandError(f"There is no customer {text.strip()}.")
        else:
            self._say(forget_key(key=text, person=None, now=now))

    def _say(self, done: Forgotten) -> None:
        if done.customer is None and not (done.rejects or done.renamed):
            self.stdout.write("Nothing here knows this customer, or she was forgotten already.")
        elif done.customer is None:
            self.stdout.write("No customer has this key; what else knew it does no longer.")
        elif done.already:
            self.stdout.write(
                f"Customer #{done.customer} was forgotten already; nothing new of hers is left."
            )
        else:
            self.stdout.write(f"Customer #{done.customer} is forgotten. Her figures stay, as nobody's.")
        if done.rejects:
            self.stdout.write(f"Emptied {done.rejects} rejected lines that named her.")
        if done.imports:
            self.stdout.write(
                "The files of these imports are kept as they were sent, and may still name her:"
            )
            for batch in done.imports:
                self.stdout.write(f"  import {batch.pk}: {batch.file_name} (uploads/{batch.stored_as})")
        self.stdout.write("Backups made before today still hold her.")
