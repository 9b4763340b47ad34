"""The pairs on which duplicates are measured are made as they are told to be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

from huiying.mining import duplicate_scores
from huiying.mining.evaluation import TOPICS
from huiying.mining.hot_topics import Report
from huiying.mining.text_files import open_texts, reports

DAY = datetime(2022, 3, 1, 9, tzinfo=UTC)
BODY = (
    "东街邮局门口的三盏路灯一周没有亮。晚上行人看不清路！有老人摔了一跤；请派人维修。谢谢你们关心这件事情。"
)
ROWS = [
    Report("1", "东街路灯不亮", BODY * 2, "u1", DAY),
    Report("2", "再问东街路灯不亮", BODY, "u1", DAY + timedelta(days=3)),
    Report("3", "东街路灯不亮", BODY, "u2", DAY + timedelta(days=4)),
    Report("4", "实验小学午餐收费", "咨询收费多少，能不能开发票，每天吃什么，谁来监督。" * 3, "u1", DAY),
]


def test_an_edit_cuts_reorders_or_masks() -> None:
    half, mixed, masked = (edit(BODY, Random(1)) for _, edit in duplicate_scores.EDITS.values())
    assert BODY.startswith(half)
    assert len(half) < len(BODY)
    assert mixed != BODY
    assert sorted(mixed) == sorted(BODY)
    assert "某某" in masked


def test_copies_are_of_different_messages_by_other_people_and_the_same_each_time() -> None:
    copies, origin = duplicate_scores.planted(ROWS)
    assert (copies, origin) == duplicate_scores.planted(ROWS)
    assert len({source for source, _ in origin.values()}) == len(copies) == 2
    assert not {copy.person for copy in copies} & {row.person for row in ROWS}


def test_one_user_again_is_a_pair_only_where_the_titles_share_a_name() -> None:
    assert duplicate_scores.again(ROWS)["pairs"] == 1
    assert duplicate_scores.again(ROWS)["recall@0.5"] == 1


def test_copies_of_the_outside_messages_are_found_again(data: Path) -> None:
    rows = reports(islice(open_texts(data / TOPICS, tz=UTC), 600))
    told = duplicate_scores.edits(rows)
    assert told["recall@0.5"] >= 0.93
    assert told["precision@0.5"] >= 0.97
