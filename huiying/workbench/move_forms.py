"""What a person fills in for a move on the case page: a table of fields per move, read and checked here.

A move has one door. One that needs more (the three texts of a reply, a contact, a unit's request, a letter, a
call-back, a correction) has no row: it is made on the screen made for it (`move_links`, `reply`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.http import QueryDict

from huiying.cases.history import CaseState
from huiying.cases.moves import (
    PAUSE_REASONS,
    REFUSAL_REASONS,
    RETURN_REASONS,
    SEND_BACK_REASONS,
)
from huiying.cases.place import Place
from huiying.cases.timeline import URGENCIES
from huiying.common.errors import Refused
from huiying.knowledge import standard_texts
from huiying.workbench import choices


@dataclass(frozen=True)
class Field:
    """One input. `choices` is a table of codes, or the name of a vocabulary of the place.

    `now` names what of the case's state it holds from the first: the form then corrects, and an empty
    list of many means that there is nothing any more.
    """

    name: str
    label: str
    kind: Literal["note", "text", "choice", "many", "date"] = "note"
    choices: Mapping[str, str] | Literal["units", "natures", "topics", "areas"] | None = None
    required: bool = True
    now: str = ""

    def options(self, place: Place, busy: Collection[str] = (), channel: str = "") -> list[tuple[str, str]]:
        """What may be chosen, code and name: units without the busy ones, topics of the channel's tree (of
        every tree where none is named); nothing for text and dates."""
        match self.choices:
            case None:
                return []
            case "units":
                taken = () if self.now else busy
                return [(code, name) for code, name in choices.units(place) if code not in taken]
            case "natures":
                return [(row.code, row.name) for row in place.natures.values() if row.active]
            case "topics":
                return choices.topics(place, place.channels.get(channel))
            case "areas":
                return choices.areas(place)
        return list(self.choices.items())

    def held(self, state: CaseState) -> list[str]:
        """What it holds before anybody typed."""
        value = getattr(state, self.now) if self.now else ""
        return list(value) if isinstance(value, tuple) else [value] if value else []


def _note(label: str, *, required: bool = True) -> Field:
    return Field("note", label, required=required)


def _reason(table: Mapping[str, str]) -> Field:
    return Field("reason", "理由", "choice", table)


WHY = _note("理由")
MORE = _note("说明（可不填）", required=False)
LEAD = Field("lead", "牵头单位", "choice", "units")
CO = Field("co", "协办单位（可多选，按住 Ctrl）", "many", "units", required=False)
UNTIL = Field("until", "延期至", "date")
SECRET = {"yes": "保密，承办单位看不到诉求人", "no": "不保密"}

FORMS: dict[str, tuple[Field, ...]] = {
    "claim": (),
    "drop_return": (),
    "agree_return": (MORE,),
    "resume": (),
    "release": (),
    "close": (),
    "direct_answer": (_note("答复内容"),),
    "supplement": (_note("诉求人补充的内容"),),
    "remark": (_note("备注（诉求人看不到，承办单位看得到）"),),
    "reclassify": (
        Field("nature", "性质", "choice", "natures", required=False, now="nature"),
        Field("topic", "内容分类", "choice", "topics", required=False, now="topic"),
        Field("area", "区域", "choice", "areas", required=False, now="area"),
        Field("urgency", "紧急程度", "choice", URGENCIES, required=False, now="urgency"),
        Field("accused", "被反映单位（可多选，按住 Ctrl）", "many", "units", required=False, now="accused"),
        MORE,
    ),
    "protect": (Field("secret", "诉求人信息", "choice", SECRET), MORE),
    "merge": (Field("into", "并入哪一件（编号）", "text"), MORE),
    "mark_invalid": (WHY,),
    "refuse": (_reason({code: why for code, (why, _) in REFUSAL_REASONS.items()}), MORE),
    "dispatch": (LEAD, CO, MORE),
    "add_co": (Field("co", "协办单位", "many", "units"),),
    "recall": (WHY,),
    "urge": (_note("催办内容（可不填）", required=False),),
    "instruct": (_note("批示内容"), Field("due", "反馈期限（可不填）", "date", required=False)),
    "refuse_return": (WHY,),
    "redirect_return": (LEAD, CO, MORE),
    "designate": (WHY,),
    "grant_extension": (UNTIL, MORE),
    "refuse_extension": (WHY,),
    "pause": (_reason(PAUSE_REASONS), MORE),
    "interim": (_note("阶段性答复内容"),),
    "send_back": (
        Field("reason", "退回的理由", "choice", SEND_BACK_REASONS),
        _note("要求"),
    ),
    "cancel": (WHY,),
    "withdraw": (_note("说明（可不填）", required=False),),
    "terminate": (WHY,),
    "unmerge": (WHY,),
    "reopen": (WHY,),
}


HINTS = {
    "mark_invalid": "不是诉求的来电：本件以“无效来电”办结，不计入受理量。",
    "recall": "单位还没有认领：派单全部撤回，本件回到派单台。",
    "cancel": "只撤销这一个单位的派单；撤销牵头单位的，本件回到派单台。",
    "withdraw": "诉求人自己要求撤回：本件以“撤回”办结。",
    "terminate": "本件不再办理，以“终止”办结，诉求人看得到。",
    "designate": "指定以后，单位不得再申请退办。",
    "pause": "等法定事项的时候停表，恢复计时后接着算。",
    "reopen": "本件回到派单台，重新派单。",
}
"""What a move leads to, said above its form where titles alone are taken for one another."""

ELSEWHERE: dict[str, dict[str, Any]] = {
    "ask_return": {"reason": next(iter(RETURN_REASONS))},
    "ask_extension": {"proposed": "9999-12-31"},
    "call_back": {"outcome": "missed"},
    "amend": {"seq": 1},
    "appeal": {"call": 1},
    "rule_appeal": {"call": 1},
}
"""What the guards want to see of a move that is filled in on another page, to say whether it is its turn."""

INSTEAD_OF_CO = (Field("co", "改由哪些单位协办", "many", "units"), MORE)


def fields(name: str, role: str = "") -> tuple[Field, ...]:
    """The fields of a move on an assignment of that role: who takes over from a co-unit is a co-unit."""
    return INSTEAD_OF_CO if (name, role) == ("redirect_return", "co") else FORMS[name]


class Incomplete(Refused):
    """The form lacks something; the message says which field."""


def read(name: str, given: QueryDict, place: Place, role: str = "") -> dict[str, Any]:
    """The keyword arguments for `lifecycle.advance`. Raises Incomplete."""
    values: dict[str, Any] = {}
    for field in fields(name, role):
        value = _value(field, given, place)
        if not value and field.required:
            verb = "选择" if field.choices else "填写"
            raise Incomplete(f"请{verb}“{field.label}”。")
        if field.kind == "note" and isinstance(value, str):
            standard_texts.need_no_gaps(value, field.label)
        if value or (field.now and field.kind == "many"):
            values[field.name] = value
    return _as_moved(values)


def _value(field: Field, given: QueryDict, place: Place) -> str | list[str]:
    codes = [text.strip() for text in given.getlist(field.name) if text.strip()]
    known = dict(field.options(place))
    if field.choices and (unknown := [code for code in codes if code not in known]):
        raise Incomplete(f"“{field.label}”中没有“{unknown[0]}”，请从列表中选择。")
    if field.kind == "many":
        return codes
    text = codes[0] if codes else ""
    if field.kind == "date" and text:
        try:
            date.fromisoformat(text)
        except ValueError:
            raise Incomplete(f"“{field.label}”请按 2022-04-15 的样子填写日期。") from None
    return text


def _as_moved(values: dict[str, Any]) -> dict[str, Any]:
    """Form values in the words of `history`: units as rows, a yes or no as a truth."""
    lead, co = values.pop("lead", ""), values.pop("co", [])
    if lead or co:
        values["units"] = [{"unit": lead, "role": "lead"}] if lead else []
        values["units"] += [{"unit": code, "role": "co"} for code in co]
    if "secret" in values:
        values["secret"] = values["secret"] == "yes"
    return values


def sample(name: str, place: Place, role: str = "", busy: Collection[str] = ()) -> dict[str, Any]:
    """A form filled in rightly, to ask the guards whether the move itself is possible.

    Where all units are busy a field stays empty, and the guard says what is missing.
    """
    if name not in FORMS:
        return dict(ELSEWHERE.get(name, {}))
    given: dict[str, Any] = {}
    for field in fields(name, role):
        codes = [code for code, _ in field.options(place, busy)]
        match field.kind:
            case "note" | "text":
                given[field.name] = "…"
            case "date":
                given[field.name] = "9999-12-31"
            case "choice":
                given[field.name] = codes[0] if codes else ""
            case "many":
                given[field.name] = codes[-1:] if field.required else []
    return _as_moved(given)
