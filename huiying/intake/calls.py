"""Calls that are no case, calls that 110 and its like took over and gave back, and notes on a number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time

from django.db.models import QuerySet

from huiying.accounts.models import User
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case
from huiying.cases.place import zone
from huiying.common import cells
from huiying.common.keys import vault
from huiying.intake import rights
from huiying.intake.kinds import CALLS
from huiying.intake.models import CallerNote, CallLog, Draft


def index_of(phone: str) -> str:
    """The keyed digest under which a number is found; "" for no number."""
    return vault().blind(phone, field="phone") if phone.strip() else ""


def checked(phone: str) -> str:
    """A number as it was typed, if it can be dialled; "" for none. Raises NotAllowed, with how to mend it."""
    try:
        cells.phone(phone)
    except cells.CellError as wrong:
        raise NotAllowed(f"来电号码{wrong}。不知道号码的，请留空。") from None
    return phone.strip()


def log(
    kind: str,
    *,
    by: User,
    at: datetime,
    phone: str = "",
    draft: Draft | None = None,
    case: Case | None = None,
) -> CallLog:
    """Log a call that is no case, its transfer, or that it was about `case`. Raises NotAllowed."""
    rights.need_desk(by)
    if kind not in CALLS or CALLS[kind].about != bool(case):
        raise NotAllowed(f"没有“{kind}”这一类来电，请从列表中选择。")
    phone = checked(phone)
    index = index_of(phone)
    return CallLog.objects.create(
        kind=kind,
        operator=by,
        at=at,
        phone_index=index,
        sealed=vault().seal(phone, context=f"call:{index}".encode()) if index else b"",
        transferred_to=CALLS[kind].to,
        draft=draft,
        case=case,
    )


def take_back(call: CallLog, *, by: User, at: datetime) -> None:
    """The caller is on our line again. Raises NotAllowed where it was never away, or is back."""
    rights.need_desk(by)
    if not call.transferred_to:
        raise NotAllowed("这个来电没有转出，不需要回接。")
    if not CallLog.objects.filter(pk=call.pk, returned_at=None).update(returned_at=at):
        raise NotAllowed("这个来电已经回接。")


def of_today(user: User, at: datetime) -> list[CallLog]:
    """What the person logged on the day of `at`, newest first."""
    return list(_of_today(user, at))


def _of_today(user: User, at: datetime) -> QuerySet[CallLog]:
    start = datetime.combine(at.astimezone(zone()).date(), time(), zone())
    return CallLog.objects.filter(operator=user, at__gte=start, at__lte=at)


def still_away(user: User, at: datetime) -> QuerySet[CallLog]:
    """The person's calls of today that another number took over and has not given back."""
    return _of_today(user, at).exclude(transferred_to="").filter(returned_at=None)


def away(logged: Iterable[CallLog]) -> list[CallLog]:
    """Those of the calls that another number took over and has not given back."""
    return [call for call in logged if call.transferred_to and not call.returned_at]


def counted(logged: Iterable[CallLog]) -> list[tuple[str, int]]:
    """How many of the calls are of each kind, in the table's order."""
    found = Counter(call.kind for call in logged)
    return [(row.title, found[code]) for code, row in CALLS.items() if found[code]]


def note_number(phone: str, note: str, *, by: User, at: datetime) -> CallerNote:
    """Leave a note on a number for whoever takes its next call. Raises NotAllowed."""
    rights.need_listening(by)
    if not index_of(checked(phone)) or not note.strip():
        raise NotAllowed("请填写来电号码和备注。")
    index, text = index_of(phone), note.strip()[:200]
    same = CallerNote.objects.filter(phone_index=index, note=text, lifted_at=None).select_related("by")
    if left := same.first():
        when = left.noted_at.astimezone(zone())
        raise NotAllowed(f"{left.by}已给这个号码留下同样的备注（{when:%m-%d %H:%M}），不必再留。")
    return CallerNote.objects.create(phone_index=index, note=text, by=by, noted_at=at)


def lift_note(note: CallerNote, *, by: User, at: datetime) -> None:
    """Take a note back; it stays on record. Raises NotAllowed."""
    rights.need_listening(by)
    if not CallerNote.objects.filter(pk=note.pk, lifted_at=None).update(lifted_at=at):
        raise NotAllowed("这条备注已经撤下。")


def notes() -> list[CallerNote]:
    """The notes in force, newest first."""
    return list(CallerNote.objects.filter(lifted_at=None).select_related("by")[:200])
