from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.words import LONGEST, Reader, fold, stop_words

TOPICS = {
    1: ["快递", "物流", "delivery"],
    2: ["贵", "太贵", "price", "value for money", "双11"],
    3: ["客服", "customer service"],
}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(TOPICS, stop=["Plumbline", "小店"])


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("物流太慢，包装破损，想退货退款", ["物流", "太慢", "包装", "破损", "退货", "退款"]),
        ("客服小哥服务态度好", ["客服", "小哥", "服务态度"]),
        ("The deliveries were late and both boxes crushed", ["delivery", "late", "box", "crushed"]),
        ("App闪退，customer service 不理人", ["customer service", "app", "闪退", "不理"]),
        ("Great value for money!", ["value for money"]),
        ("双11 活动价格不透明", ["双11", "活动", "价格", "透明"]),
        ("<p>Prices</p> are <a href='https://evil.example/x?price=1'>up</a>", ["price"]),
        ("&lt;b&gt;fragile&lt;/b&gt; &amp; heavy", ["fragile", "heavy"]),
        ("see https://example.com/late/boxes or www.a.cn/盒子 or me@late.example", []),
        ("😀😀👍🏽 100 5,000.50 2026-10-12 138-0000-0000", []),
        ("a b c 我 你 ! ? ……", []),
        ("ＦＵＬＬ　ｗｉｄｔｈ", ["full", "width"]),
        ("Driver’s attitude, she didn't smile", ["driver", "attitude", "smile"]),
        ("死贵死贵的", ["贵", "贵"]),  # of one letter, but a topic's
        ("plumbline 小店 the 我们", []),
        ("x" * (LONGEST + 1), []),
        ("", []),
        ("<", []),
    ],
)
def test_a_comment_is_its_words(reader: Reader, comment: str, words: list[str]) -> None:
    assert reader.words(comment) == words


@pytest.mark.parametrize(
    ("comment", "topics"),
    [
        ("快递员态度差", {1}),  # within a longer word
        ("太贵了", {2}),
        ("Pricey", set()),
        ("PRICES are up", {2}),
        ("good value for money, fast delivery", {1, 2}),
        ("value for moneymakers", set()),
        ("客服说快递慢", {1, 3}),
        ("一切都好", set()),
    ],
)
def test_a_comment_speaks_of_topics_by_their_words(reader: Reader, comment: str, topics: set[int]) -> None:
    assert reader.read(comment).topics == topics


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("deliveries", "delivery"), ("boxes", "box"), ("prices", "price"), ("dishes", "dish"), ("passes", "pass"),
        ("dress", "dress"), ("status", "status"), ("this", "this"), ("bus", "bus"), ("ties", "tie"), ("apps", "app"),
    ],
)  # fmt: skip
def test_english_words_are_told_in_the_singular(word: str, one: str) -> None:
    assert fold(word) == one


def test_stop_words_of_both_languages_ship() -> None:
    assert {"the", "我们", "because"} <= stop_words()
    assert not {"delivery", "快递"} & stop_words()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_whatever_people_write_is_read(reader: Reader, text: str) -> None:
    for word in reader.words(text):
        assert word
        assert len(word) <= LONGEST
        assert "<" not in word
    assert reader.read(text) == reader.read(text)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["快递很慢", " late boxes ", "，太贵了。", " customer service "]), max_size=6)
)
def test_topics_of_sentences_add_up(reader: Reader, sentences: list[str]) -> None:
    whole = reader.read("。".join(sentences)).topics
    assert whole == frozenset().union(*(reader.read(one).topics for one in sentences))
