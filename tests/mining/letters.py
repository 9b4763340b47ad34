"""Invented letters: three matters in many wordings, for models that learn in a blink.

The wordings share words but hardly any run of four characters, so that they are not near-duplicates.
"""

import random

PLACES = ("城东新区", "南门老街", "北苑小区", "河西开发区", "梅林路口", "清溪村", "幸福家园", "西大街")
MATTERS = {
    "市政": (
        ("路灯", "井盖", "路面", "人行道", "下水道", "护栏", "桥面", "路牌"),
        ("不亮了", "松动", "破损", "堵塞", "塌陷", "没人修", "坏了", "缺失"),
    ),
    "教育": (
        ("学校", "老师", "幼儿园", "校车", "食堂", "家长", "补课费", "学位"),
        ("乱收费", "态度差", "不够用", "太贵", "不公平", "不合格", "要交钱", "没名额"),
    ),
    "环保": (
        ("工厂", "工地", "河水", "垃圾站", "烧烤摊", "养猪场", "烟囱", "噪声"),
        ("排废气", "太吵", "发黑", "发臭", "冒黑烟", "污染", "扰民", "气味刺鼻"),
    ),
}
FILLERS = (
    "已经半个月",
    "天天如此",
    "投诉过两回",
    "大伙都有意见",
    "晚上更严重",
    "请派人看看",
    "老人孩子受不了",
    "夏天尤其",
)


def letters(each: int = 40, seed: int = 1) -> tuple[list[str], list[str]]:
    """So many letters of each matter, and the matters."""
    draw = random.Random(seed)
    texts, labels = [], []
    for label, words in MATTERS.items():
        for _ in range(each):
            said = ["".join(map(draw.choice, words)) for _ in range(4)]
            body = "，".join([*said[1:], *draw.sample(FILLERS, 2)])
            texts.append(f"{draw.choice(PLACES)}{said[0]}\n尊敬的领导：您好！{body}。希望处理，谢谢！")
            labels.append(label)
    return texts, labels
