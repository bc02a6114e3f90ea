"""`manage.py attribute`: one JSON object; and one clear line, and nothing else, where it cannot be."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from channels.attribution import Model

REFERENCE = """path,conversions,nulls,hours
a>b>c,100,0,72>24>0
a,50,0,0
b>c,30,0,24>0
a>c,20,0,48>0
a>b,0,200,
c,0,100,
"""
HEADINGS = "path,conversions,nulls\n"
TIMED = "path,conversions,nulls,hours\n"


def written(folder: Path, content: str | bytes, name: str = "paths.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def asked(path: Path, model: str, *words: str) -> tuple[dict[str, Any], str]:
    """What it printed, and what it said besides."""
    out, err = io.StringIO(), io.StringIO()
    call_command("attribute", "--model", model, "--paths", str(path), *words, stdout=out, stderr=err)
    assert out.getvalue().count("\n") == 1
    return json.loads(out.getvalue()), err.getvalue()


def refused(path: Path | str, model: str = "linear", *words: str) -> str:
    out = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command(
            "attribute", "--model", model, "--paths", str(path), *words, stdout=out, stderr=io.StringIO()
        )
    assert not out.getvalue()
    said = str(error.value)
    assert said
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("model", "words", "wanted"),
    [
        ("first", [], {"a": 170, "b": 30, "c": 0}),
        ("last", [], {"c": 150, "a": 50, "b": 0}),
        ("last-non-direct", ["--direct", "c"], {"b": 130, "a": 70, "c": 0}),
        ("linear", [], {"a": 280 / 3, "c": 175 / 3, "b": 145 / 3}),
        ("position", [], {"a": 100, "c": 65, "b": 35}),
        ("time-decay", ["--half-life-hours", "24"], {"c": 1268 / 13, "a": 802 / 13, "b": 530 / 13}),
        ("markov", [], {"c": 33000 / 397, "a": 29240 / 397, "b": 17160 / 397}),
        ("markov", ["--order", "2"], {"a": 680 / 9, "c": 600 / 9, "b": 520 / 9}),
        ("markov", ["--order", "3"], {"a": 680 / 9, "c": 600 / 9, "b": 520 / 9}),
        ("shapley", [], {"a": 163000 / 663, "c": 2350 / 663, "b": -32750 / 663}),
    ],
)
def test_the_reference_case_prints_the_credits_worked_by_hand(
    tmp_path: Path, model: str, words: list[str], wanted: dict[str, float]
) -> None:
    """Worked in test_attribution."""
    printed, said = asked(written(tmp_path, REFERENCE), model, *words)
    assert list(printed) == ["credits", "total"]
    assert list(printed["credits"]) == list(wanted)
    assert printed["credits"] == pytest.approx(wanted, rel=1e-9)
    assert printed["total"] == 200
    assert not said


def test_time_decay_goes_by_a_week_where_nothing_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, REFERENCE)
    assert asked(path, "time-decay") == asked(path, "time-decay", "--half-life-hours", "168")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_chinese_names_come_out_as_they_went_in(tmp_path: Path, encoding: str, separator: str) -> None:
    lines = [
        ("Nulls", "备注", " path ", "Conversions"),
        ("0", "直播间来的", "抖音直播>微信社群", "1,000" if separator != "," else "1000"),
        ("5", "", "微信社群 > 抖音直播", "0"),
        ("0", "", "搜索广告", "２"),
    ]
    text = "\r\n".join(separator.join(cells) for cells in lines)
    printed, _said = asked(written(tmp_path, text.encode(encoding)), "last")
    assert printed == {"credits": {"微信社群": 1000, "搜索广告": 2, "抖音直播": 0}, "total": 1002}


def test_a_file_of_headings_alone_has_no_credits(tmp_path: Path) -> None:
    for model in Model:
        printed, _said = asked(written(tmp_path, HEADINGS), model, "--direct", "a")
        assert printed == {"credits": {}, "total": 0}


def test_the_same_path_on_several_lines_counts_together(tmp_path: Path) -> None:
    printed, _said = asked(written(tmp_path, HEADINGS + "a>b,1,0\n\na>b,2.5,1\n"), "last")
    assert printed == {"credits": {"b": 3.5, "a": 0}, "total": 3.5}


def test_a_direct_that_no_path_holds_is_said(tmp_path: Path) -> None:
    printed, said = asked(written(tmp_path, REFERENCE), "last-non-direct", "--direct", "(none)")
    assert printed["credits"] == {"c": 150, "a": 50, "b": 0}
    assert "'(none)'" in said


def test_estimated_shapley_values_are_said_to_be_so(tmp_path: Path) -> None:
    lines = "".join(f"c{number:02d}>c{number + 1:02d},1,{number}\n" for number in range(30))
    printed, said = asked(written(tmp_path, HEADINGS + lines), "shapley")
    assert sum(printed["credits"].values()) == pytest.approx(30)
    assert "standard errors" in said


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("path,conversions\na,1\n", "missing: nulls"),
        ("a>b,1,0\n", "missing: path, conversions, nulls"),
        ("path,conversions,nulls,Path\na,1,0,b\n", "“path” stands there twice"),
        (HEADINGS + "a,1,0\nb,-1,0\n", "Line 3: -1 in “conversions” is below zero"),
        (HEADINGS + "a,1,0\n\n\nb,1,-2\n", "Line 5: -2 in “nulls” is below zero"),
        (HEADINGS + "a,one,0\n", "Line 2: “one” in “conversions” is no number"),
        (HEADINGS + 'a,"1\n2x",0\n', "Line 2: “1 2x” in “conversions” is no number"),
        (HEADINGS + "a,1,nan\n", "Line 2: “nan” in “nulls” is no number"),
        (HEADINGS + "a,inf,0\n", "Line 2: “inf”"),
        (HEADINGS + "a,1e3,0\n", "Line 2: “1e3”"),
        (HEADINGS + "a,1,\n", "Line 2: “nulls” is blank"),
        (HEADINGS + "a\n", "Line 2: “conversions” is blank"),
        (HEADINGS + "a,1000000000000000,0\n", "Line 2: 1000000000000000 in “conversions” is too large"),
        (HEADINGS + "a,1,0,5\n", "Line 2: There are more cells"),
        (HEADINGS + "a>,1,0\n", "Line 2: A step of the path is empty"),
        (HEADINGS + "a,1,0\na>>b,1,0\n", "Line 3: A step of the path is empty"),
        (HEADINGS + '"a\nb",1,0\n,1,0\n', "Line 4: A step of the path is empty"),
        (TIMED + "a>b,1,0,5\n", "Line 2: The path has other hours than steps: 1 and 2"),
        (TIMED + "a,1,0,0\na>b,1,0,5>x\n", "Line 3: “x” is no number of hours"),
        (TIMED + "a>b,1,0,5>\n", "Line 2: “” is no number of hours"),
        (TIMED + "a>b,1,0,5>-1\n", "Line 2: A touch cannot come after"),
        (TIMED + "a>b,1,0,0>5\n", "Line 2: Hours before the conversion must not grow"),
        (HEADINGS + 'a,1,0\n"b,1,0\n', "cut off"),
        ("", "empty"),
        ("\n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "no table"),
        (b"%PDF-1.7\n", "no table"),
        (b"PK\x03\x04 something", "damaged"),
        (b"path,conversions,nulls\na\0b,1,0\n", "no text"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, content: str | bytes, wanted: str) -> None:
    assert wanted in refused(written(tmp_path, content))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert "nowhere.csv" in refused(tmp_path / "nowhere.csv")
    assert refused(tmp_path)
    assert refused("nul\0.csv")


@pytest.mark.parametrize(
    ("content", "model", "words", "wanted"),
    [
        (REFERENCE, "best", [], "'best' is no model; write first, last, last-non-direct, linear"),
        (REFERENCE, "Markov", [], "'Markov' is no model"),
        (REFERENCE, "markov", ["--order", "4"], "order 1, 2 or 3"),
        (REFERENCE, "markov", ["--order", "0"], "order 1, 2 or 3"),
        (REFERENCE, "markov", ["--order", "two"], "--order"),
        (REFERENCE, "time-decay", ["--half-life-hours", "0"], "half-life"),
        (REFERENCE, "time-decay", ["--half-life-hours", "-24"], "half-life"),
        (REFERENCE, "time-decay", ["--half-life-hours", "nan"], "half-life"),
        (REFERENCE, "time-decay", ["--half-life-hours", "a week"], "--half-life-hours"),
        (REFERENCE, "last-non-direct", [], "--direct NAME"),
        (HEADINGS + "a,0,1\na>b,1,0\n", "time-decay", [], "Line 3: Time decay needs the hours"),
        (TIMED + "a,1,0,0\na>b,1,0,\n", "time-decay", [], "Line 3: Time decay needs the hours"),
        (HEADINGS + "a,1,0\n", "markov", [], "did not convert"),
        (HEADINGS + "a,1,0\n", "shapley", [], "did not convert"),
    ],
)
def test_what_a_model_cannot_answer_is_refused(
    tmp_path: Path, content: str, model: str, words: list[str], wanted: str
) -> None:
    assert wanted in refused(written(tmp_path, content), model, *words)
