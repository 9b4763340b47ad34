import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.common.text import (
    Phrase,
    bigrams,
    changes,
    nearest,
    normal_name,
    normal_phone,
    normalise,
    search_phrase,
    search_tokens,
    short,
    suggestion,
)

UNITS = [
    "县住房和城乡建设局",
    "县民政局",
    "县财政局",
    "县人力资源和社会保障局",
    "县城市管理综合执法局",
    "青石镇",
]
SENTENCES = st.text(st.sampled_from("道路积水灯楼号𠮷〇12345abRX，。 -\u3000１Ａ"), max_size=30)


def answers(text: str, phrase: Phrase) -> bool:
    """Say what an engine says: the tokens stand side by side, the last one perhaps only begun."""
    tokens, wanted = search_tokens(text).split(), phrase.tokens
    windows = [tokens[i : i + len(wanted)] for i in range(len(tokens) - len(wanted) + 1)]
    *first, last = wanted
    return any(
        w[:-1] == first and (w[-1].startswith(last) if phrase.begins else w[-1] == last) for w in windows
    )


def finds(text: str, query: str) -> bool:
    return all(answers(text, phrase) for phrase in search_phrase(query))


def test_full_width_letters_and_odd_spaces_become_plain() -> None:
    assert normalise("\n\t ＡＢ１２\u3000道路\u00a0：积\u200b水\t") == "AB12 道路 :积水"


@given(st.text())
def test_what_is_normal_stays_as_it_is(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFKC", once)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("139 0000 0001", "13900000001"),
        ("139-0000-0001", "13900000001"),
        ("+86 13900000001", "13900000001"),
        ("（+86）13900000001", "13900000001"),
        ("008613900000001", "13900000001"),
        ("8613900000001", "13900000001"),
        ("013900000001", "13900000001"),
        ("１３９００００００００１", "139000000001"),
        ("0550-8150000", "05508150000"),
        ("(0550)8150000", "05508150000"),
        ("+86 550 8150000", "05508150000"),
        ("0550-8150000转8012", "05508150000"),
        ("8150000", "8150000"),
        ("+86 400 800 1234", "4008001234"),
        ("无", ""),
    ],
)
def test_one_telephone_has_one_normal_form(written: str, normal: str) -> None:
    assert normal_phone(written) == normal
    assert normal_phone(normal) == normal


def test_a_name_is_the_same_with_spaces_between_its_characters() -> None:
    assert normal_name(" 张\u3000三 ") == normal_name("张三") == "张三"


def test_a_run_of_hanzi_becomes_overlapping_pairs() -> None:
    assert bigrams("道路积水，灯 RX01") == ["道路", "路积", "积水", "灯", "rx01"]


def test_the_last_character_and_the_tails_of_numbers_are_indexed_too() -> None:
    assert search_tokens("道路积水") == "道路 路积 积水 水"
    assert search_tokens("RX0301") == "rx0301 x0301 0301 301"
    assert search_tokens("12号") == "12 号"


@pytest.mark.parametrize(
    "query",
    [
        "积水",
        "道路积水",
        "水",
        "道",
        "0001",
        "2022030001",
        "rx2022",
        "ＲＸ２０２２",
        "3号楼",
        "号楼 积水",
        "楼门前",
        "wps",
    ],
)
def test_a_part_of_the_text_finds_it(query: str) -> None:
    assert finds("RX2022030001：青石路3号楼门前道路积水，附WPS文件", query)


@pytest.mark.parametrize("query", ["水积", "道积", "13号楼", "路门前", "0002", "3道路"])
def test_what_the_text_does_not_hold_does_not_find_it(query: str) -> None:
    assert not finds("RX2022030001：青石路3号楼门前道路积水", query)


def test_a_house_number_is_not_found_in_a_longer_one() -> None:
    assert finds("青石路13号楼", "13号楼")
    assert not finds("青石路13号楼", "3号楼")


def test_punctuation_alone_asks_nothing() -> None:
    assert search_phrase("？！ …") == []


@given(SENTENCES, st.data())
def test_every_run_of_hanzi_cut_from_a_text_finds_it(text: str, data: st.DataObject) -> None:
    runs = [run for run in bigrams(text) if not run.isascii()]
    if runs:
        assert finds(text, data.draw(st.sampled_from(runs)))


@given(SENTENCES)
def test_every_text_is_found_by_itself(text: str) -> None:
    assert finds(text, text)


@given(st.text())
def test_tokens_hold_nothing_that_an_engine_could_cut_or_fold(text: str) -> None:
    for token in search_tokens(text).split(" "):
        assert token == token.lower()
        assert "'" not in token
        assert '"' not in token
        assert "\\" not in token


@pytest.mark.parametrize(
    ("word", "unit"),
    [
        ("县住建局", "县住房和城乡建设局"),
        ("人社局", "县人力资源和社会保障局"),
        ("县城管局", "县城市管理综合执法局"),
        ("民政局", "县民政局"),
        ("青石镇人民政府", "青石镇"),
        ("县民正局", "县民政局"),
    ],
)
def test_an_unknown_unit_brings_the_nearest_first(word: str, unit: str) -> None:
    assert nearest(word, UNITS)[0] == unit


def test_nothing_near_suggests_nothing() -> None:
    assert nearest("火星办事处", UNITS) == []
    assert suggestion("火星办事处", UNITS) == ""


def test_a_suggestion_is_a_question() -> None:
    assert suggestion("县住建局", UNITS, n=1) == "您是否要找：县住房和城乡建设局？"


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert short("道路\n积水", 5) == "道路 积水"
    assert short("道路积水严重", 5) == "道路积水…"
    with pytest.raises(ValueError, match="至少为 1"):
        short("道路", 0)


@given(st.text(), st.integers(1, 20))
def test_a_shortened_text_is_never_longer_than_asked(text: str, n: int) -> None:
    assert len(short(text, n)) <= n


def test_a_changed_text_is_told_clause_by_clause() -> None:
    assert changes("您好，已修好。谢谢", "您好，3月14日修好。\r\n谢谢") == [
        ("", "您好，"),
        ("-", "已修好。"),
        ("+", "3月14日修好。\n"),
        ("", "谢谢"),
    ]
    assert changes("一样。", "一样。") == [("", "一样。")]
    assert changes("", "新写的") == [("+", "新写的")]
