"""The tables of the desk: what a call can be that is no case, and what a call is scored by. Pure."""

from __future__ import annotations

from typing import NamedTuple


class CallKind(NamedTuple):
    """One kind of call. `key` logs it with Alt; `to` is the number that took it over, "" where none did;
    one that is `about` a case that is there already is logged beside that case.
    """

    title: str
    key: str = ""
    to: str = ""
    about: bool = False


CALLS = {
    "invalid": CallKind("无效来电", "q"),
    "harassing": CallKind("骚扰来电", "w"),
    "silent": CallKind("无声或挂断", "x"),
    "queued": CallKind("转人工挂断", "z"),
    "wrong": CallKind("打错", "v"),
    "police": CallKind("转 110", "j", "110"),
    "fire": CallKind("转 119", "k", "119"),
    "ambulance": CallKind("转 120", "l", "120"),
    "traffic": CallKind("转 122", "m", "122"),
    "progress": CallKind("查询进度", about=True),
    "supplement": CallKind("补充诉求", about=True),
}
"""Calls logged beside the cases and counted apart. 国办发〔2020〕53号: 与110等紧急热线联动, 双号并行."""

CRITERIA = {
    "courtesy": "用语规范",
    "listening": "倾听理解",
    "record": "记录准确",
    "sorting": "分类准确",
    "guidance": "答复得当",
}
BEST = 5
"""Marks go from 1 to this."""
