"""A figure put into a sentence stays a figure; an unknown name is an error, not a hole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.bulletins.content import Matter, Text
from huiying.bulletins.wording import Joined, Marks
from huiying.common.errors import Refused


def test_runs_come_back_in_their_places() -> None:
    marks = Marks()
    one, two = Matter("R1", "甲路漏水"), Matter("R2", "乙路停电")
    context = {"matters": Joined([marks.mark(one), marks.mark(two)])}
    assert marks.render("反映{{ matters }}。", context) == (Text("反映"), one, Text("、"), two, Text("。"))


def test_line_breaks_of_the_template_are_not_in_the_sentence() -> None:
    assert Marks().render("\n  一，\n    二。\n", {}) == (Text("一，二。"),)


def test_a_number_can_be_compared_in_a_template() -> None:
    marks = Marks()
    context = {"n": marks.mark(Text("3"), 3)}
    assert marks.plain("{% if n > 2 %}多{% else %}少{% endif %}{% if n %}有{% endif %}", context) == "多有"


def test_an_unknown_name_is_refused_by_name() -> None:
    with pytest.raises(Refused, match=r"hot\.recieved"):
        Marks().render("受理{{ hot.recieved }}件", {"hot": {"received": 1}})


def test_a_broken_template_is_refused_in_words() -> None:
    with pytest.raises(Refused, match="句式写法有误"):
        Marks().render("{% for x in %}", {})


@given(st.text(st.characters(exclude_categories=("Cs", "Co")), max_size=40))
def test_any_title_passes_through_unchanged(title: str) -> None:
    marks = Marks()
    matter = Matter("R1", title)
    assert marks.render("{{ m }}", {"m": marks.mark(matter)}) == (matter,)
