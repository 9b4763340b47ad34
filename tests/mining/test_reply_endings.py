"""An answer that breaks off is told from one that ends without a full stop."""

from __future__ import annotations

from datetime import date

import pytest

from huiying.mining.reply_endings import broken_off, signed_on

TOLD = "您好！三月三日我局到现场查看，供水支管破损，已更换管道十二米。"


@pytest.mark.parametrize(
    "end",
    [
        "下一步，",
        "下一步将对东街其余供水",
        "感谢您对我们工作",
        "感谢您的",
        "相关链接：",
        "现将其回复转载如下",
        "根据《城市供水条例",
        "2022年3",
        "一、关于水质的问题。",
    ],
)
def test_an_answer_that_breaks_off_is_told_with_its_last_words(end: str) -> None:
    found = broken_off(f"{TOLD}{end}")
    assert found
    assert found[1]
    assert found[1] in f"{TOLD}{end}"


@pytest.mark.parametrize(
    "end",
    [
        "",
        "特此回复",
        "感谢您的关注与支持",
        "云溪县水务局",
        " 云溪县水务局 2022年3月3日",
        "2022.3.3",
        "联系电话：0990-8152233",
        "（详见《云溪县供水公告》）",
        "一、水质合格。二、水压正常。",
        "1、水质合格。感谢您的监督。",  # a lone number, and a closing
    ],
)
def test_signed_dated_polite_and_closed_answers_do_not_break_off(end: str) -> None:
    assert broken_off(f"{TOLD}{end}") is None


@pytest.mark.parametrize("short", ["", "网友您好，留言已收悉", "已收悉", "😀"])
def test_a_line_without_stops_does_not_break_off(short: str) -> None:
    assert broken_off(short) is None


def test_the_day_below_is_read_and_no_other() -> None:
    assert signed_on(f"{TOLD} 2022年3月3日 ") == (date(2022, 3, 3), "2022年3月3日")
    assert signed_on(f"2022年3月3日，{TOLD}") is None
    assert signed_on(f"{TOLD}2022年2月30日") is None
