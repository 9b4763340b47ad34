"""The known people of every story. They live in the town of `tests/make.py`."""

from __future__ import annotations

from dataclasses import dataclass

from huiying.accounts.models import User
from tests.make import persons


@dataclass(frozen=True)
class Cast:
    """One of each role. `clerk` and `head` work at the water bureau, `other_clerk` at housing."""

    operator: User
    dispatcher: User
    clerk: User
    head: User
    other_clerk: User
    section_clerk: User
    reviewer: User
    callback: User
    supervisor: User
    editor: User
    leader: User
    admin: User
    auditor: User
    stranger: User

    def everybody(self) -> list[User]:
        return [getattr(self, name) for name in self.__dataclass_fields__]


PEOPLE = (  # in the order of the fields above
    ("xiaozhang", "张晓", ["operator"], None),
    ("laoli", "李建国", ["dispatcher"], None),
    ("chenjing", "陈静", ["clerk"], "water"),
    ("wangju", "王立新", ["head"], "water"),
    ("zhaolei", "赵磊", ["clerk"], "housing"),
    ("sunyan", "孙燕", ["clerk"], "housing-gas"),
    ("zhouhong", "周红", ["reviewer"], None),
    ("wumin", "吴敏", ["callback"], None),
    ("zhengtao", "郑涛", ["supervisor"], None),
    ("fengli", "冯丽", ["editor"], None),
    ("hanxian", "韩先明", ["leader"], None),
    ("guanli", "管理员", ["admin"], None),
    ("shenji", "钱审", ["auditor"], None),
    ("luren", "路任", [], None),
)


def people() -> Cast:
    """The whole cast, signed up in a town that stands already."""
    return Cast(*persons(PEOPLE))
