"""The three texts of a reply: written, approved, sent back for changes, handed in.

Each version is a row of its own and none is written over. The event names the version and the digest
of each text, so that a text changed afterwards is found out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from huiying.accounts.models import User
from huiying.cases import lifecycle
from huiying.cases.models import Assignment, Reply
from huiying.common.errors import Refused
from huiying.knowledge import standard_texts

TITLES = {"handling_report": "办理情况", "contact_record": "与群众联系记录", "public_answer": "公开答复"}


class Texts(NamedTuple):
    """What one version says; the public answer alone is shown to the citizen."""

    handling_report: str = ""
    contact_record: str = ""
    public_answer: str = ""

    @classmethod
    def of(cls, reply: Reply | None) -> Texts:
        if reply is None:
            return cls()
        return cls(reply.handling_report, reply.contact_record, reply.public_answer)

    def digests(self) -> dict[str, str]:
        """The digest of each text, as the event holds them."""
        return {name: lifecycle.digest(text) for name, text in self._asdict().items()}


class Outcome(NamedTuple):
    """What became of one of several tasks claimed at once; no refusal means claimed."""

    task: Assignment
    refusal: str = ""


class Incomplete(Refused):
    """A reply that lacks a text; the message says which."""


def latest(task: Assignment) -> Reply | None:
    """The newest version of the task's reply."""
    return task.replies.select_related("author").order_by("-no").first()


def claim_each(tasks: list[tuple[Assignment, int]], *, by: User, at: datetime) -> list[Outcome]:
    """Claim several tasks, each with the case's `seq` as it was seen; a refusal stops none of the others."""
    return [_claimed(task, seq, by, at) for task, seq in tasks]


def _claimed(task: Assignment, seq: int, by: User, at: datetime) -> Outcome:
    try:
        _advance(task, "claim", by=by, at=at, seq=seq)
    except Refused as refusal:
        return Outcome(task, str(refusal))
    return Outcome(task)


@transaction.atomic
def draft(task: Assignment, texts: Texts, *, by: User, at: datetime, seq: int) -> Reply:
    """Keep a new version of the texts. Raises NotAllowed, Stale, or Incomplete where all are empty."""
    if not any(texts):
        raise Incomplete(f"{task.case}：三项都还没有填写，没有可保存的内容。")
    return _written(task, "draft_reply", texts, by=by, at=at, seq=seq)


@transaction.atomic
def answer(task: Assignment, texts: Texts, *, by: User, at: datetime, seq: int) -> Reply:
    """Hand the texts in without approval: units of one person, and heads. Raises as `draft` does."""
    _complete(task, texts)
    return _written(task, "answer", texts, by=by, at=at, seq=seq)


@transaction.atomic
def approve(task: Assignment, *, by: User, at: datetime, seq: int) -> None:
    """The unit head agrees to the newest version. Raises NotAllowed, Stale or Incomplete."""
    _advance(task, "approve_reply", by=by, at=at, seq=seq, reply=_newest(task).no)


@transaction.atomic
def submit(task: Assignment, *, by: User, at: datetime, seq: int) -> None:
    """Hand the approved version in. Raises NotAllowed, Stale or Incomplete."""
    _advance(task, "submit_reply", by=by, at=at, seq=seq, reply=_newest(task).no)


@transaction.atomic
def revise(
    task: Assignment, *, note: str, by: User, at: datetime, seq: int, texts: Texts | None = None
) -> None:
    """The unit head wants changes, and says which; `texts` that the head wrote become a version of their own.
    Raises as `draft` does."""
    if texts is not None:
        draft(task, texts, by=by, at=at, seq=seq)
        seq = task.case.seq
    _advance(task, "revise_reply", by=by, at=at, seq=seq, note=note)


def _newest(task: Assignment) -> Reply:
    reply = latest(task)
    _complete(task, Texts.of(reply))
    assert reply is not None, "what is complete exists"
    return reply


def _complete(task: Assignment, texts: Texts) -> None:
    """A lead answers the citizen and reports; a co-unit reports to the lead."""
    needed = ("handling_report", "public_answer") if task.role == "lead" else ("handling_report",)
    if missing := [TITLES[name] for name in needed if not getattr(texts, name)]:
        raise Incomplete(f"{task.case}：请先填写“{'”和“'.join(missing)}”并保存。")
    standard_texts.need_no_gaps(texts.public_answer, TITLES["public_answer"])


def _written(task: Assignment, name: str, texts: Texts, *, by: User, at: datetime, seq: int) -> Reply:
    newest = latest(task)
    no = newest.no + 1 if newest else 1
    _advance(task, name, by=by, at=at, seq=seq, reply=no, texts=texts.digests())
    return Reply.objects.create(assignment=task, no=no, author=by, drafted_at=at, **texts._asdict())


def _advance(task: Assignment, name: str, *, by: User, at: datetime, seq: int, **data: Any) -> None:
    """One move of the task as the person saw its case."""
    task.case.seq = seq
    lifecycle.advance(task.case, name, by=by, at=at, on=task.no, **data)
