"""A spoilt answer scores below the true one, in each way, and the right check says so."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from huiying.mining.reply_scores import WAYS, auc, falls, half
from huiying.mining.text_files import Row

MATTERS = (
    ("东街自来水浑浊", "供水支管破损，已更换管道十二米并冲洗，东街自来水浑浊已消除，检测合格"),
    ("北街路灯不亮", "北街路灯线路老化，已更换路灯十二盏，夜间照明恢复正常，路灯全部点亮"),
    ("西门公交站牌倒塌", "西门公交站牌基座锈蚀，公交公司已重新安装站牌，站牌倒塌处已恢复"),
    ("南湖小学食堂饭菜发馊", "南湖小学食堂冷柜故障，已责令停用并清理食堂，饭菜留样检测合格"),
    ("河滨广场夜间噪音", "河滨广场音响超标，已约谈领舞人员，夜间九点后停止播放，噪音检测达标"),
    ("老粮站违章建筑", "老粮站院内违章建筑两处，已下达通知并拆除，现场清理完毕"),
)


def row(no: int) -> Row:
    title, told = MATTERS[no % len(MATTERS)]
    day = 1 + no % 9
    answer = (
        f"网友“UU{1000 + no}”您好！您反映的{title}收悉。3月{day}日我局执法人员到现场查看，情况属实。"
        f"经查，{told}。根据《城市管理条例》，我局将每月巡查。咨询电话0990-8152233。感谢您的关注和支持！2022年3月20日"
    )
    values = {
        "title": title,
        "body": f"{title}，听说{told[:18]}，是吗？",
        "person": f"UU{1000 + no}",
    }
    times = {"at": datetime(2022, 3, 1, tzinfo=UTC), "answered_at": datetime(2022, 3, 20, tzinfo=UTC)}
    return Row(no, str(no), values | {"answer": answer}, times)


ROWS = [row(no) for no in range(24)]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_each_way_lowers_the_score_and_is_named_by_the_right_check(way) -> None:  # type: ignore[no-untyped-def]
    (fall,) = falls(ROWS, tz=UTC, most=4, ways=[way])
    assert fall.n >= 1
    assert fall.auc > 0.5
    assert fall.drop > 0
    assert fall.found > 0.5


def test_the_same_is_drawn_again_and_only_from_its_half() -> None:
    quarter = [way for way in WAYS if way.name == "quarter"]
    assert list(falls(ROWS, tz=UTC, most=3, ways=quarter)) == list(falls(ROWS, tz=UTC, most=3, ways=quarter))
    of_a = sum(half(each) == "A" for each in ROWS)
    assert 0 < of_a < len(ROWS)
    (fall,) = falls(ROWS, tz=UTC, of="A", ways=quarter)
    assert fall.n == of_a


def test_auc_counts_ties_as_halves() -> None:
    assert auc(np.array([2.0, 2.0]), np.array([1.0, 2.0])) == 0.75
    assert auc(np.array([1.0]), np.array([3.0])) == 0.0
