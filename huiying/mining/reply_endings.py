"""Whether an answer was written to its end, and the day below it. Pure."""

from __future__ import annotations

import re
from datetime import date

from huiying.mining import rubric_words as words
from huiying.mining.reply_clauses import COURTESY, RECEIPT

_GOES_ON = re.compile(r"(?:[，,、：:；;（(《“【—\-]|如下)$")
"""After such a sign something follows."""
_CLOSED = re.compile(r"[。．.！!？?…~～”\"’」』）)】>》/]$")
_DANGLING = re.compile(
    r"(?:[的对和与及在将为把被由向从并或而如您我]|我们|关于|根据|以及|按照|现将)$"
    r"|感谢(?=[^，。]{0,9}对)(?![^，。]{0,40}(?:支持|关[心注爱]|监督|理解|信任|帮助|配合))[^，。]{0,40}$"
)
"""So no sentence ends, however polite."""
_SIGNED = re.compile(
    r"(?:^|(?<=[。！!？?；;\s”）)日>]))(?![^\s]*[已转请将是有为可属在到于您你的了])[^\s，,。；;！!？?：:]{2,30}"
    r"(?:局|委|办|政府|公司|中心|处|所|院|校|部|室|街道|镇|乡|会|队|站|科|厅|热线|先生|女士|敬上|印发)\s*$"
)
_NUMBERED = re.compile(
    r"(?:[日号]|(?:19|20)\d{2}\s*[年./\-]\s*\d{1,2}\s*[月./\-](?:\s*\d{1,2}\s*月?)?|[\d\-—－]{5,}|[A-Za-z]{2,}[\w./\-]*)\s*$"
)
"""A date, a telephone, an address of the web."""
ENDED = re.compile(r"感谢|谢谢|祝|特此|此复|欢迎|敬请|谅解|支持|关注|理解|\d{1,2}\s*[日号]\s*$")
"""In the last characters: a closing, thanks, the day below."""
TAIL = 60
_ONE = re.compile(r"(?:^|(?<=[\s。；;：:，,！!？?）)]))(?:一[、.．]|一是|1[、.．](?!\d))")
_TWO = re.compile(r"二|(?<!\d)2(?!\d)|②")
_STOP = re.compile(r"[。！!？?]")
LONG = 30
"""Characters from which on an answer is written with stops."""
_SENTENCE = re.compile(r"[^。！!？?\n]*$")
_CLAUSE = re.compile(r"[^，,。；;！!？?：:\n\s]*$")
_HEAD = re.compile(r"[，,。；;！!？?：:\n]")
_DAY = re.compile(r"(?P<year>(?:19|20)\d{2})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号]?\s*$")


def broken_off(answer: str) -> tuple[str, str] | None:
    """Why an answer seems to break off, and its last words; None where it does not.

    Without a stop at its end it may be signed, dated, polite, or written without stops altogether.
    """
    said = answer.rstrip()
    if cut := words.CUT_OFF.search(answer):
        return "：说有下文，后面没有内容", cut.group()
    tail = said[-TAIL:]
    if not ENDED.search(tail) and (one := _ONE.search(answer)) and not _TWO.search(answer, one.end()):
        return "：列了“一”，没有“二”", _HEAD.split(answer[one.start() :], maxsplit=1)[0]
    if not said or _CLOSED.search(tail):
        return None
    if _GOES_ON.search(tail):
        return "：说有下文，后面没有内容", _last_sentence(said)
    met = _CLAUSE.search(tail)
    clause = met.group() if met else ""
    if not _STOP.search(said) and len(said) < LONG:
        return None
    if _DANGLING.search(clause):
        return "：最后一句没有写完", clause
    if _SIGNED.search(tail) or _NUMBERED.search(tail) or COURTESY.search(clause) or RECEIPT.search(clause):
        return None
    return "：最后一句没有写完，也没有句号", clause


def _last_sentence(said: str) -> str:
    match = _SENTENCE.search(said, max(0, len(said) - 30))
    return match.group().strip() if match else ""


def signed_on(answer: str) -> tuple[date, str] | None:
    """The day below an answer, and its words."""
    match = _DAY.search(answer.rstrip())
    try:
        return (
            (date(int(match["year"]), int(match["month"]), int(match["day"])), match.group())
            if match
            else None
        )
    except ValueError:
        return None
