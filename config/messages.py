"""Message catalogues by Babel alone, since a bare machine has no gettext.

`extract` gathers the texts of Python, templates and scripts into `locale/*/LC_MESSAGES/`;
`compile` makes of each `.po` the `.mo` that Django reads.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_javascript, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
LANGUAGES = ("zh_Hans",)
APPS = (
    "common",
    "organization",
    "decisions",
    "kpis",
    "alerts",
    "ingest",
    "customers",
    "budgets",
    "feedback",
    "channels",
    "dashboards",
    "config",
)

Spec = tuple[int | tuple[int, str], ...] | None
KEYWORDS: dict[str, Spec] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
# Babel's own annotation of what an extractor yields is wrong: line, function, text or texts, comments.
Found = Any
Extractor = Callable[..., Iterable[Found]]


def extract_template(file: IO[bytes], keywords: object, tags: object, options: object) -> Iterator[Found]:
    """Django itself rewrites a template into calls of gettext; without indentation those are Python words."""
    from django.utils.translation.template import templatize

    calls = templatize(file.read().decode())
    flat = "\n".join(line.lstrip() for line in calls.split("\n"))
    yield from extract_python(io.BytesIO(re.sub(r"\bu(?=['\"])", "", flat).encode()), KEYWORDS, tags, {})  # type: ignore[arg-type]


def sources(domain: str) -> Iterator[tuple[Path, Extractor]]:
    if domain == "djangojs":
        yield from ((path, extract_javascript) for path in sorted((ROOT / "static" / "js").rglob("*.js")))
        return
    for app in APPS:
        yield from ((path, extract_python) for path in sorted((ROOT / app).rglob("*.py")))
    for suffix in ("html", "txt"):
        yield from ((path, extract_template) for path in sorted((ROOT / "templates").rglob(f"*.{suffix}")))


def collect(domain: str) -> Catalog:
    """All texts of a domain with the files that they stand in."""
    found = Catalog(project="Plumbline", charset="utf-8", fuzzy=False)
    for path, extractor in sources(domain):
        messages = extractor(io.BytesIO(path.read_bytes()), KEYWORDS, ["Translators:"], {})
        for _line, function, texts, comments in messages:
            spec = KEYWORDS.get(function)
            if function not in KEYWORDS or not texts:
                continue
            parts = [texts] if isinstance(texts, str) else [text for text in texts if isinstance(text, str)]
            context = parts.pop(0) if spec and isinstance(spec[0], tuple) else None
            wanted = 2 if function.startswith(("ng", "np")) else 1
            if len(parts) < wanted or not parts[0]:
                continue
            identity = (parts[0], parts[1]) if wanted == 2 else parts[0]
            place = (path.relative_to(ROOT).as_posix(), None)
            found.add(identity, locations=[place], auto_comments=comments, context=context)  # type: ignore[list-item]
    return found


def extract_all() -> None:
    for domain in ("django", "djangojs"):
        found = collect(domain)
        for language in LANGUAGES:
            path = LOCALE / language / "LC_MESSAGES" / f"{domain}.po"
            if not len(found) and not path.exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                with path.open("rb") as source:
                    catalogue = read_po(source, locale=language)
            else:
                catalogue = Catalog(locale=language, project="Plumbline", charset="utf-8", fuzzy=False)
            catalogue.update(
                found, no_fuzzy_matching=True, update_header_comment=False, update_creation_date=False
            )
            catalogue.obsolete.clear()
            with path.open("wb") as target:
                write_po(target, catalogue, width=110, sort_output=True, include_lineno=False)
            missing = sum(1 for message in catalogue if message.id and not translated(message))
            print(f"{path.relative_to(ROOT)}: {len(catalogue)} texts, {missing} not translated")


def translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return all(strings)


def compile_all() -> None:
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        with path.open("rb") as source:
            catalogue = read_po(source, locale=path.parts[-3])
        with path.with_suffix(".mo").open("wb") as target:
            write_mo(target, catalogue)


if __name__ == "__main__":
    commands = {"extract": extract_all, "compile": compile_all}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit("usage: python -m config.messages compile|extract")
    commands[sys.argv[1]]()
