"""One text gives the same features however it comes, and any text at all gives some answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.mining import features
from huiying.mining.features import FAMILIES, LONGEST, met, read

WRITTEN = "城东新区道路积水\n领导，您好：我们小区门口的路灯已经坏了一个月，没有人来修。"
CUT = "城东 新区 道路 积水 \u3000 \u3000 领导 小区 门口 路灯 已经 坏 一个月 人来 修"


def test_what_is_written_and_what_is_cut_into_words_are_one_text() -> None:
    assert read(WRITTEN).joined == read(CUT).joined
    assert sorted(met(read(WRITTEN)).codes) == sorted(met(read(CUT)).codes)


def test_the_title_ends_where_the_line_does() -> None:
    assert read(WRITTEN).joined[: read(WRITTEN).title] == "城东新区道路积水"
    assert read("您好！\n路灯坏了没人修").title == len("路灯坏没人修")
    assert read("路灯\n坏了没人修").title == len("路灯坏没人修"), "two characters are no title"
    assert read("学校" * 100).title == features.NO_TITLE


def test_full_width_and_capital_letters_are_the_same_word() -> None:
    assert read("ＫＴＶ扰民").joined == read("ktv扰民").joined


def test_a_word_is_not_the_run_of_its_characters() -> None:
    found = met(read("路灯"))
    by_family = {no: set(found.codes[found.families == no]) for no in range(len(FAMILIES))}
    assert all(
        by_family[no].isdisjoint(by_family[other]) for no in by_family for other in by_family if no < other
    )


def test_a_word_has_one_code_wherever_it_stands() -> None:
    found = met(read("停水 路灯 停水 学校 停水"))
    assert sorted((found.families == 0).nonzero()[0][[0, 2, 4]]) == [0, 2, 4]
    assert len({int(found.codes[no]) for no in (0, 2, 4)}) == 1
    assert len({int(found.codes[no]) for no in (0, 1, 3)}) == 3


@pytest.mark.parametrize("text", ["", "   \n", "的了吗", "。！？", "😀😀", "\ud800", "\x00"])
def test_a_text_without_words_has_no_features(text: str) -> None:
    assert read(text).words == []
    assert len(met(read(text)).codes) == 0


@pytest.mark.parametrize("text", ["12345", "Street light broken", "مصباح الشارع", "Дорога", "路" * 100_000])
def test_numbers_other_languages_and_endless_texts_are_read(text: str) -> None:
    reading = read(text)
    assert 0 < len(reading.joined) <= LONGEST
    assert len(met(reading).codes) > 0


@given(st.text(max_size=300))
def test_spans_lie_in_the_text_and_words_make_it_up(text: str) -> None:
    reading = read(text)
    found = met(reading)
    assert "".join(reading.words) == reading.joined
    assert 0 <= reading.title <= len(reading.joined)
    assert (found.begins >= 0).all()
    assert (found.ends <= len(reading.joined)).all()
    assert (found.begins < found.ends).all()


def test_signs_that_grow_when_made_comparable_stay_within_the_limit() -> None:
    assert len(read("㍿" * LONGEST).joined) <= LONGEST
