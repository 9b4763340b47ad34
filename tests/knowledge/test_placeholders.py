"""What a standard text may leave open: a short list of names, and nothing else happens in braces."""

from datetime import datetime

import pytest

from huiying.knowledge import placeholders


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("请于{办理时限}前办结。", ""),
        ("没有空的一句话。", ""),
        ("{承办单位}{承办单位}", ""),
        ("请{承半单位}办理", "没有“{承半单位}”这个空。您是否要找：承办单位？可用的有：{诉求件编号}"),
        ("请{}办理", "没有“{}”这个空。可用的有："),
        ("{诉求件编号.__class__}", "没有“{诉求件编号.__class__}”这个空"),
        ("{{诉求件编号}}", "花括号“{”没有成对"),
        ("请{承办单位办理", "花括号“{”没有成对"),
        ("请承办单位}办理", "花括号“}”没有成对"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write_instead(text: str, said: str) -> None:
    told = placeholders.trouble(text)
    assert told.startswith(said)
    assert bool(told) == bool(said)


def test_what_is_known_is_filled_in_and_what_is_not_stays_to_be_seen() -> None:
    text = placeholders.filled("{诉求件编号}由{承办单位}办理，{未知}。", {"诉求件编号": "R1", "承办单位": ""})
    assert text == "R1由〔承办单位〕办理，〔未知〕。"
    assert placeholders.gaps(text) == ["承办单位"]  # of our own names only
    assert (
        placeholders.completed(f"经核实，{text}", {"承办单位": "水务局"})
        == "经核实，R1由水务局办理，〔未知〕。"
    )


def test_a_value_is_never_taken_for_a_text_to_fill_in() -> None:
    assert placeholders.filled("{承办单位}", {"承办单位": "{办公电话}", "办公电话": "12345"}) == "{办公电话}"


def test_the_sample_fills_every_placeholder() -> None:
    every = "".join(f"{{{name}}}" for name in placeholders.PLACEHOLDERS)
    assert placeholders.trouble(every) == ""
    assert placeholders.gaps(placeholders.filled(every, placeholders.PLACEHOLDERS)) == []


def test_instants_are_written_as_in_a_letter() -> None:
    assert placeholders.instant(datetime(2022, 3, 1, 9, 5)) == "2022年3月1日9时05分"  # noqa: DTZ001
