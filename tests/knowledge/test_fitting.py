"""Which texts are offered where, and in which order."""

import pytest

from huiying.knowledge.fitting import Condition, Phrase, fits, fitting

HERE = Condition(move="urge", topic="phone/城乡建设/供水", nature="complaint", channel="hotline")


def phrase(name: str, **when: str) -> Phrase:
    return Phrase(name, name, f"{name}。", Condition(**when))


@pytest.mark.parametrize(
    ("when", "yes"),
    [
        ({}, True),
        ({"move": "urge"}, True),
        ({"move": "refuse"}, False),
        ({"topic": "phone/城乡建设"}, True),
        ({"topic": "phone/城乡建设/供水"}, True),
        ({"topic": "phone/城乡"}, False),
        ({"topic": "phone/城乡建设/供水/水质"}, False),
        ({"nature": "inquiry"}, False),
        ({"channel": "hotline", "nature": "complaint"}, True),
    ],
)
def test_every_condition_must_hold_and_a_topic_covers_those_below_it(when: dict[str, str], yes: bool) -> None:
    assert fits(Condition(**when), HERE) is yes


def test_the_most_specific_comes_first_and_equals_keep_their_order() -> None:
    found = fitting(
        [
            phrase("任何"),
            phrase("供水", topic="phone/城乡建设/供水"),
            phrase("催办"),
            phrase("催办一", move="urge"),
            phrase("催办二", move="urge"),
            phrase("催办城建", move="urge", topic="phone/城乡建设"),
            phrase("催办供水", move="urge", topic="phone/城乡建设/供水"),
            phrase("催办投诉", move="urge", nature="complaint"),
            phrase("催办热线", move="urge", channel="hotline"),
            phrase("不予受理", move="refuse"),
        ],
        HERE,
        most=20,
    )
    assert [each.name for each in found] == [
        "催办供水",
        "催办城建",
        "催办投诉",
        "催办热线",
        "催办一",
        "催办二",
        "供水",
        "任何",
        "催办",
    ]


def test_only_so_many_are_offered() -> None:
    assert len(fitting([phrase(str(n)) for n in range(30)], HERE)) == 8
