"""The known people of every story. They live in the town of `tests/make.py`."""

from __future__ import annotations

from dataclasses import dataclass

from huiying.accounts.models import User
from tests.make import person


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


def people() -> Cast:
    """The whole cast, signed up in a town that stands already."""
    return Cast(
        operator=person("xiaozhang", "张晓", "operator"),
        dispatcher=person("laoli", "李建国", "dispatcher"),
        clerk=person("chenjing", "陈静", "clerk", unit="water"),
        head=person("wangju", "王立新", "head", unit="water"),
        other_clerk=person("zhaolei", "赵磊", "clerk", unit="housing"),
        section_clerk=person("sunyan", "孙燕", "clerk", unit="housing-gas"),
        reviewer=person("zhouhong", "周红", "reviewer"),
        callback=person("wumin", "吴敏", "callback"),
        supervisor=person("zhengtao", "郑涛", "supervisor"),
        editor=person("fengli", "冯丽", "editor"),
        leader=person("hanxian", "韩先明", "leader"),
        admin=person("guanli", "管理员", "admin"),
        auditor=person("shenji", "钱审", "auditor"),
        stranger=person("luren", "路任"),
    )
