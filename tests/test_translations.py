"""Every text that people see is in the Chinese catalogue, whole, and written as Chinese is written."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from config.messages import LANGUAGES, LOCALE, ROOT, collect, translated

CHINESE = r"[\u4e00-\u9fff]"
# Names that are the same in every language.
# A name, scores and formats by the letters that both languages use, and a key of the keyboard.
SAME_EVERYWHERE = {"Plumbline", "NPS", "CSAT", "CES", "CSV", "Excel", "Enter", "Ctrl", "Esc"}
# The style guide is for those who build; 500.html carries both languages itself; a frame's code is of no language.
NOT_LOOKED_AT = {
    "templates/dashboards/styleguide.html",
    "templates/500.html",
    "templates/dashboards/_embed_code.html",
}


def catalogue(domain: str) -> Catalog:
    path = LOCALE / LANGUAGES[0] / "LC_MESSAGES" / f"{domain}.po"
    if not path.exists():
        return Catalog(locale=LANGUAGES[0])
    with path.open("rb") as source:
        return read_po(source, locale=LANGUAGES[0])


def strings(message: Message) -> list[str]:
    return [
        text or ""
        for text in (message.string if isinstance(message.string, list | tuple) else [message.string])
    ]


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_every_text_of_the_code_and_the_templates_is_translated(domain: str) -> None:
    known = catalogue(domain)
    missing = []
    for message in collect(domain):
        if not message.id:
            continue
        identity = message.id[0] if isinstance(message.id, list | tuple) else message.id
        found = known.get(identity, message.context)
        if found is None or not translated(found):
            missing.append(f"{identity!r} in {message.locations[0][0]}")
    assert not missing, "not translated; run `make messages` and fill the catalogue:\n" + "\n".join(missing)


def test_nothing_in_the_catalogue_is_a_guess() -> None:
    assert not [message.id for message in catalogue("django") if message.id and message.fuzzy]


def test_translations_keep_their_placeholders() -> None:
    def holes(text: str) -> list[str]:
        return sorted(re.findall(r"%\(\w+\)[sd]|\{\w*\}", text))

    wrong = []
    for message in catalogue("django"):
        if message.id:
            wanted = holes(message.id[-1] if isinstance(message.id, list | tuple) else message.id)
            wrong += [text for text in strings(message) if holes(text) != wanted]
    assert not wrong


@pytest.mark.parametrize(
    ("rule", "pattern"),
    [
        ("full-width punctuation after Chinese", rf"{CHINESE}[,;:!?]|{CHINESE}\.(\s|$)"),
        ("a space between Chinese and Latin letters", rf"{CHINESE}[A-Za-z]|[A-Za-z]{CHINESE}"),
        ("a space between Chinese and digits", rf"{CHINESE}\d|\d(?![万亿]){CHINESE}"),
        ("no full stop of another language", r"。\s+\S|\s。"),
    ],
)
def test_chinese_is_written_as_chinese(rule: str, pattern: str) -> None:
    wrong = []
    for message in catalogue("django"):
        for text in strings(message):
            # What a placeholder becomes is not known here, so it is neither Latin nor Chinese.
            plain = re.sub(r"%\(\w+\)[sd]|</?\w+>", "\u25a1", text)
            if message.id and re.search(pattern, plain):
                wrong.append(text)
    assert not wrong, rule


def visible(template: str) -> list[str]:
    """Words of a template that stand outside every translation and outside every tag."""
    text = re.sub(r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}", " ", template, flags=re.S)
    text = re.sub(r"\{% block body_class %\}.*?\{% endblock %\}", " ", text, flags=re.S)
    text = re.sub(r"\{% blocktrans(late)?\b.*?\{% endblocktrans(late)? %\}", " ", text, flags=re.S)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.S)
    said = re.findall(r'\b(?:title|aria-label|placeholder|alt)="([^"]*)"', text)
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.S)
    said.append(re.sub(r"<[^>]*>", " ", text, flags=re.S))
    words = re.findall(r"[A-Za-z]{2,}|[\u4e00-\u9fff]+", " ".join(re.sub(r"&\w+;", " ", one) for one in said))
    return [word for word in words if word not in SAME_EVERYWHERE]


def test_no_template_speaks_one_language_alone() -> None:
    found = {}
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = path.relative_to(ROOT).as_posix()
        if name not in NOT_LOOKED_AT and (words := visible(path.read_text())):
            found[name] = words
    assert not found, "words outside {% translate %}"


def test_the_search_for_bare_words_finds_them() -> None:
    assert visible('<p title="Close">{% translate "Fine" %} Loose words</p>') == ["Close", "Loose", "words"]
