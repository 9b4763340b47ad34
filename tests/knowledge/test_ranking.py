"""Which articles fit what is typed: pure weighing of words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiying.knowledge import ranking
from huiying.knowledge.ranking import Asked, Candidate, ranked

TITLES = {
    1: "停水后何时恢复供水",
    2: "自来水发黄能不能喝",
    3: "水费怎么交",
    4: "公积金提取需要哪些材料",
    5: "ETC怎么办理",
    6: "居住证怎么办理",
}


def candidates(**more: dict[int, object]) -> list[Candidate]:
    rows = []
    for key, title in TITLES.items():
        extra = {name: values[key] for name, values in more.items() if key in values}
        rows.append(Candidate(key, frozenset(ranking.telling(title)), **extra))  # type: ignore[arg-type]
    return rows


def counts() -> dict[str, int]:
    found: dict[str, int] = {}
    for each in candidates():
        for word in each.words:
            found[word] = found.get(word, 0) + 1
    return found


def best(title: str, text: str = "", *, topic: str = "", **more: dict[int, object]) -> list[int]:
    asked = Asked.of(title, text)
    return [each.key for each in ranked(candidates(**more), asked, counts(), topic=topic)]


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("东街停水了，什么时候恢复供水", [1]),
        ("停水", [1]),
        ("自来水发黄", [2]),
        ("我想提取公积金", [4]),
        ("etc", [5]),
        ("ETC卡注销", [5]),
        ("怎么办理", []),  # says nothing of what
        ("路灯不亮", []),
        ("", []),
        ("，。！", []),
    ],
)
def test_what_is_typed_finds_what_answers_it(title: str, found: list[int]) -> None:
    assert best(title) == found


def test_a_single_pair_out_of_a_long_question_is_chance() -> None:
    assert best("小区广场水费尽晚间音乐太响影响休息") == []


def test_the_text_helps_and_the_title_leads() -> None:
    assert best("家里的水", "水龙头流出来的自来水发黄，有味道") == [2]
    assert best("停水何时恢复供水", "自来水发黄")[0] == 1


def test_topic_use_and_doubt_move_the_order() -> None:
    assert best("恢复供水 自来水发黄") == [2, 1]
    assert best("恢复供水 自来水发黄", topic="phone/供水", topics={1: ("phone/供水/水压",)}) == [1, 2]
    assert best("供水 自来 停水 发黄", uses={1: 1000})[0] == 1
    assert best("供水 自来 停水 发黄", uses={2: 1000})[0] == 2
    assert best("供水 自来 停水 发黄", uses={2: 1000}, outdated={2: 2})[0] == 1


@pytest.mark.parametrize(
    ("topics", "topic", "yes"),
    [
        (("a/b",), "a/b", True),
        (("a/b",), "a/b/c", True),
        (("a/b/c",), "a/b", True),
        (("a/b",), "a/bc", False),
        ((), "a/b", False),
        (("a/b",), "", False),
    ],
)
def test_a_topic_is_near_above_and_below(topics: tuple[str, ...], topic: str, yes: bool) -> None:
    assert ranking.is_about(topics, topic) is yes


def test_rare_words_weigh_more_and_unseen_ones_hardly() -> None:
    weights = [ranking.weight(n) for n in (1, 3, 30, 300, 301, 100_000)]
    assert weights == sorted(weights, reverse=True)
    assert ranking.weight(0) < ranking.weight(300) * 1.01


def test_the_reason_is_told_in_words() -> None:
    assert ranking.in_words(["自来", "来水", "恢复", "供水"], "自来水何时恢复供水？") == "自来水、恢复、供水"
    assert ranking.in_words(["供水", "时间"], "供水时间") == "供水、时间"
    assert ranking.in_words(["etc"], "办ＥＴＣ") == "etc"
    assert ranking.in_words([], "自来水") == ""


def test_common_words_side_by_side_are_asked_for_together() -> None:
    words = ["公积", "积金", "提取"]
    assert ranking.common_runs(words, {"公积", "积金", "提取"}) == [("公积", "积金")]
    assert ranking.common_runs(words, {"公积"}) == []


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_text_is_weighed_within_bounds(title: str, text: str) -> None:
    asked = Asked.of(title, text)
    assert len(asked.words) <= ranking.ALL_WORDS
    for each in ranked(candidates(), asked, counts()):
        assert each.score >= ranking.LEAST
        assert set(each.matched) <= asked.words.keys()
        assert ranking.in_words(each.matched, asked.text)
