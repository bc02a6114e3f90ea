"""What kind works where: what is counted, what is left out and said, and what is best only if it is."""

from __future__ import annotations

from channels.kinds import MOST_COLUMNS, Shown, kinds


def shown(tag: str, platform: str, *rates: float) -> list[Shown]:
    return [Shown([tag], platform, rate * 10_000, 10_000) for rate in rates]


SOLID = shown("工厂", "抖音", 0.08, 0.09, 0.07, 0.08, 0.1, 0.06)
USUAL = shown("开箱", "抖音", 0.03, 0.02, 0.04, 0.03, 0.03, 0.02)


def test_the_best_kind_is_the_one_whose_pieces_bear_it_out() -> None:
    found = kinds([*SOLID, *USUAL, *shown("萌宠", "快手", 0.3, 0.2)])
    assert found.best is not None
    assert found.best[0] == ("工厂", "抖音")
    assert [row.tag for row in found.rows] == ["工厂", "开箱", "萌宠"]
    assert found.platforms == ("抖音", "快手")


def test_a_piece_of_two_tags_counts_in_both_and_a_platform_written_otherwise_is_the_same() -> None:
    found = kinds(
        [*SOLID, Shown(["工厂", "Unboxing"], "抖音 ", 500, 10_000), Shown(["UNBOXING"], "抖音", 1, 10)]
    )
    tags = {row.tag: row for row in found.rows}
    assert tags["工厂"].total.pieces == 7
    assert tags["工厂"].cells["抖音"].pieces == 7
    assert tags["UNBOXING"].total.pieces == 2


def test_nothing_is_best_where_kinds_are_alike_or_too_small() -> None:
    alike = kinds(
        [
            *shown("a", "抖音", 0.03, 0.05, 0.04, 0.06, 0.02),
            *shown("b", "抖音", 0.05, 0.04, 0.03, 0.06, 0.025),
        ]
    )
    assert (alike.best, alike.enough, alike.differ) == (None, True, False)
    small = kinds([*shown("a", "抖音", 0.3), *shown("b", "抖音", 0.01, 0.011)])
    assert (small.best, small.enough) == (None, False)


def test_what_cannot_be_judged_is_counted_and_never_taken_for_zero() -> None:
    found = kinds(
        [
            *SOLID,
            Shown([], "抖音", 5, 10),
            Shown(["工厂"], "抖音", None, 10),
            Shown(["工厂"], "抖音", 0, 0),
            Shown(["工厂"], "抖音", 11, 10),
        ]
    )
    assert (found.untagged, found.unreported, found.impossible) == (1, 2, 1)
    assert found.rows[0].total.pieces == len(SOLID)
    nothing = kinds([Shown(["工厂"], "抖音", None, None)])
    assert (nothing.rows, nothing.unreported) == ((), 1)


def test_a_table_keeps_to_what_a_page_can_show_and_says_how_much_is_hidden() -> None:
    found = kinds([one for n in range(9) for one in shown("工厂", f"p{n}", 0.1, 0.2)])
    assert len(found.platforms) == MOST_COLUMNS
    assert found.hidden_columns == 9 - MOST_COLUMNS
