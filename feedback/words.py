"""The words of comments in Chinese and English, and which topics they speak of. Nothing of feelings.

Words of Chinese are those of `jieba` (precise mode; https://github.com/fxsjy/jieba), which knows the words of topics
besides its own. English words are folded to the singular and no further: who reads them must know them again.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LONGEST = 40  # letters of a word
STOP_WORDS = Path(__file__).with_name("stop_words.txt")

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LATIN = "a-zß-öø-ÿ"
_TAG = re.compile(r"</?[a-z!][^<>]{0,500}>")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s，。；、）]{1,500}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
)
_RUN = re.compile(rf"[{_HAN}]+|[{_LATIN}]+(?:'[{_LATIN}]+)*")
_ALL_HAN = re.compile(rf"[{_HAN}]+")
_ONE_WORD = re.compile(rf"[{_HAN}]+|[{_LATIN}]+")
_END = re.compile(rf"[{_LATIN}0-9]")


@dataclass(frozen=True)
class Found:
    """What a comment says, each word once."""

    words: frozenset[str]
    topics: frozenset[int]


def is_chinese(word: str) -> bool:
    return bool(_ALL_HAN.match(word))


def normal(text: str) -> str:
    """As words are compared: half-width, lower case, straight apostrophes, spaces between words one."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    return " ".join(text.split())


def fold(word: str) -> str:
    """An English word in the singular: deliveries, boxes and prices are delivery, box and price."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1]


@cache
def stop_words() -> frozenset[str]:
    lines = STOP_WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


class Reader:
    """Reads comments one after the other; knows the words of topics (id → words) and what is no word here."""

    def __init__(self, topics: Mapping[int, Sequence[str]], stop: Collection[str] = ()) -> None:
        """Takes about a second the first time in a process: a dictionary of 350,000 words is read."""
        self._stop = stop_words() | {fold(normal(word)) for word in stop}
        self._exact: dict[str, set[int]] = {}
        self._inside: list[tuple[str, int]] = []  # Chinese words also within longer ones: 快递 in 快递员
        phrases: dict[str, str] = {}
        for topic, words in topics.items():
            for word in (normal(one) for one in words):
                if _ONE_WORD.fullmatch(word):
                    key = fold(word)
                else:
                    key = phrases.setdefault(word, word)
                self._exact.setdefault(key, set()).add(topic)
                if is_chinese(word) and len(word) > 1:
                    self._inside.append((word, topic))
        self._phrases = _any_of(phrases)
        self._cut = _cutter(tuple(sorted(word for word in self._exact if _ALL_HAN.fullmatch(word))))
        self._known: dict[str, frozenset[int]] = {}

    def words(self, text: str) -> list[str]:
        """As often as they stand there, those of several words first. Numbers, addresses, signs and what says nothing
        are left out; words of one letter too, but those of topics."""
        text = _ADDRESS.sub(" ", _TAG.sub(" ", html.unescape(normal(text))))
        found: list[str] = []
        if self._phrases is not None:
            found += self._phrases.findall(text)
            text = self._phrases.sub(" ", text)
        for run in _RUN.findall(text):
            if is_chinese(run):
                found += [word for word in self._cut(run) if self._counts(word)]
            else:
                word = fold(run.removesuffix("'s").replace("'", ""))
                if self._counts(word):
                    found.append(word)
        return found

    def read(self, text: str) -> Found:
        words = frozenset(self.words(text))
        return Found(words, frozenset().union(*(self.topics_of(word) for word in words)))

    def topics_of(self, word: str) -> frozenset[int]:
        known = self._known.get(word)
        if known is None:
            known = frozenset(self._exact.get(word, ())) | {
                topic for part, topic in self._inside if part in word
            }
            self._known[word] = known
        return known

    def _counts(self, word: str) -> bool:
        if word in self._exact:
            return True
        return 1 < len(word) <= LONGEST and word not in self._stop


def _any_of(phrases: Collection[str]) -> re.Pattern[str] | None:
    """What is more than one word (customer service, 双11), as it stands; not within a longer word."""
    if not phrases:
        return None
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile("|".join(_whole(phrase) for phrase in longest_first))


def _whole(phrase: str) -> str:
    before = rf"(?<![{_LATIN}0-9])" if _END.match(phrase[0]) else ""
    after = rf"(?![{_LATIN}0-9])" if _END.match(phrase[-1]) else ""
    return before + re.escape(phrase) + after


def _cutter(words: tuple[str, ...]) -> Any:
    """Cuts Chinese text into words, these among them. What jieba guesses to be a word that it does not know is taken
    apart again where a word of these is in it."""
    tokenizer = _tokenizer(words)
    ours = frozenset(words)
    known = tokenizer.FREQ

    def cut(text: str) -> list[str]:
        found: list[str] = []
        for word in tokenizer.cut(text):
            if len(word) > 1 and not known.get(word) and any(one in word for one in ours):
                found += tokenizer.cut(word, HMM=False)
            else:
                found.append(word)
        return found

    return cut


def _tokenizer(words: tuple[str, ...]) -> Any:
    import jieba

    frequencies, total = _dictionary()
    made = jieba.Tokenizer()
    made.FREQ, made.total, made.initialized = dict(frequencies), total, True
    for word in words:
        made.add_word(word)
    return made


@cache
def _dictionary() -> tuple[dict[str, int], int]:
    """jieba's own, read without its cache in the common temporary folder, which anybody could write."""
    import jieba

    base = jieba.Tokenizer()
    frequencies, total = base.gen_pfdict(base.get_dict_file())
    return frequencies, total
