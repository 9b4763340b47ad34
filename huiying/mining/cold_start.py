"""Before anything was learnt: the names that things have are the first lesson. Pure.

A topic is met in the words of its own name, its aliases and the names above it; a unit in its names and
duties (职责). What comes of it is a `Model` like any other, but one that is never certain: nobody has seen
how often it is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from huiying.common.errors import Refused
from huiying.mining.classify import Model
from huiying.mining.classify_training import LETTERS, Counted, count
from huiying.mining.features import Whole
from huiying.mining.hints import pairs

SLOPE = 1.0
"""How far apart likeness in words sets the probabilities."""

NATURE_WORDS = {
    "咨询": "请问 咨询 想了解 如何办理 怎么办理 需要什么材料 什么时候 是否可以 有什么规定 政策 条件 流程",
    "投诉": "投诉 态度恶劣 拖欠 乱收费 不退款 欺骗 质量问题 要求赔偿 严重影响 没有处理 不作为",
    "举报": "举报 违法 违规 偷税 贪污 受贿 无证 非法 黑作坊 造假 查处 线索",
    "建议": "建议 希望增设 希望加强 应当完善 能否增加 改进 优化 呼吁",
    "求助": "求助 帮助 困难 紧急 救助 没办法 求求 急需",
    "反映": "反映 情况 损坏 堵塞 停水 停电 噪声 积水 坑洼 无人管理",
    "表扬": "表扬 感谢 点赞 锦旗 热心 及时解决 非常满意",
    "感谢": "表扬 感谢 点赞 锦旗 热心 及时解决 非常满意",
}
"""How people put a request of a nature; for natures whose name holds the word."""


def named(names: Mapping[str, Sequence[str]]) -> Model:
    """A model from names alone: each label's names, the surest first. Raises Refused without two labels.

    Its weights are the words of the names, the rarer the heavier; what is said of a label at length is not
    held against it.
    """
    if len(names) < 2:
        raise Refused("至少要有两个类别才谈得上分类。")
    counted = count(["\n".join(said) for said in names.values()], len(names))
    rarity = np.log1p(len(names) / np.maximum(_spread(counted), 1)).astype(np.float32)
    weights = counted.rows.toarray().T.astype(np.float32)
    weights = (weights > 0) * rarity[:, None]
    return Model(
        labels=tuple(names),
        codes=counted.codes,
        families=counted.families,
        rarity=rarity,
        weights=weights.astype(np.float16),
        bias=np.zeros(len(names), np.float32),
        shares=LETTERS.shares,
        slope=SLOPE,
    )


def _spread(counted: Counted) -> Whole:
    return np.bincount(counted.rows.indices, minlength=len(counted.codes))


def duty_in(text: str, duties: Sequence[str]) -> str:
    """The duty of a unit that shares most with a text; "" where none shares a pair of characters."""
    told = {*pairs(text)}
    shared = {duty: len(told.intersection(pairs(duty))) for duty in duties}
    return max((duty for duty in duties if shared[duty]), key=shared.__getitem__, default="")


def nature_names(name: str) -> list[str]:
    """What is said in requests of a nature with this name."""
    return [name, *(words for known, words in NATURE_WORDS.items() if known in name)]
