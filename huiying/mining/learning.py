"""What the place learns from its own confirmed cases: versions of models, compared, kept, taken back.

Nobody labels anything for this: a case whose topic, nature or unit a person has confirmed is a lesson, and a
correction (核定分类, 更正记录, 退办) changes it, because lessons are read from the cases as they are now. One
case in seven, by the lot of its number, is never learnt from; on these a new version and the one in use are
compared, and the new one is used only if it is not worse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max

from huiying.accounts import trail
from huiying.accounts.models import TrailKind, User
from huiying.cases.models import Assignment, Case, CaseText, Event, Office
from huiying.cases.moves import Ending, TaskStatus
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.mining import model_files
from huiying.mining.classify import Model
from huiying.mining.classify_scores import judge
from huiying.mining.classify_training import train
from huiying.mining.cold_start import nature_names
from huiying.mining.models import KINDS, ModelVersion

NEWEST = 20_000
"""So many of the newest lessons are learnt: a bounded cost of a minute and a gigabyte at any age."""
FEWEST = 60
HELD_BACK = 7
"""One in so many cases is kept for comparing."""
COMPARED = 20
"""With fewer cases held back a comparison says nothing; then only a first version is taken."""
NEWS = 30
"""So many cases must have come or changed before it is worth learning again."""
KEPT_FILES = 6
CHANGES = ("register", "reclassify", "amend", "dispatch", "agree_return", "redirect", "designate")
NOT_LED = (TaskStatus.RETURNED, TaskStatus.RETURN_ASKED, TaskStatus.CANCELLED)
TITLES = dict(KINDS)

Progress = Callable[[int, int], None] | None


@dataclass(frozen=True, slots=True)
class Lesson:
    """A case's words and what a person confirmed of it."""

    number: str
    text: str
    label: str

    @property
    def held_back(self) -> bool:
        return sha256(self.number.encode()).digest()[0] % HELD_BACK == 0


def lessons(kind: str) -> list[Lesson]:
    """The newest lessons of a kind. Erased words and what was never a case teach nothing."""
    found = list(READERS[kind]())
    words = _bodies({pk for pk, _, _, _ in found})
    return [
        Lesson(number, f"{title}\n{words.get(pk, '')}".strip(), label) for pk, number, title, label in found
    ]


Found = tuple[int, str, str, str]
"""Key, number and title of a case, and its label."""


def _topics() -> Iterable[Found]:
    return _cases("topic__path")


def _natures() -> Iterable[Found]:
    return _cases("nature__code")


def _cases(label: str) -> Iterable[Found]:
    cases = Case.objects.exclude(ending=Ending.INVALID).exclude(**{f"{label.split('__')[0]}": None})
    return cases.order_by("-pk").values_list("pk", "number", "title", label)[:NEWEST]


def _units() -> Iterable[Found]:
    """The units that lead their cases and did not give them back."""
    led = Assignment.objects.filter(case__lead__isnull=False, role="lead").exclude(status__in=NOT_LED)
    rows = led.order_by("-pk").values_list("case_id", "case__number", "case__title", "unit__code")[:NEWEST]
    return {row[0]: row for row in reversed(rows)}.values()


READERS: dict[str, Callable[[], Iterable[Found]]] = {"topic": _topics, "nature": _natures, "unit": _units}


def _bodies(cases: set[int]) -> dict[int, str]:
    """What the citizens wrote, by case."""
    if not cases:
        return {}
    texts = CaseText.objects.filter(kind="body", erased_at=None, case__gte=min(cases)).order_by("pk")
    return {pk: text for pk, text in texts.values_list("case_id", "text").iterator() if pk in cases}


# Learning


def names(place: Place, kind: str) -> dict[str, list[str]]:
    """What the things of a kind are called, by code: the lesson before all others. Only those in use."""
    if kind == "unit":
        units = {code: unit for code, unit in place.units.items() if unit.active}
        return {code: [unit.name, *unit.aliases, *unit.duties] for code, unit in units.items()}
    if kind == "nature":
        rows = [(code, nature) for code, nature in place.natures.items() if nature.active]
        return {code: [*nature_names(nature.name), *nature.aliases] for code, nature in rows}
    topics = {path: topic for path, topic in place.topics.items() if topic.active}
    return {path: [t.name, *t.aliases, *path.split("/")[1:-1]] for path, t in topics.items()}


@dataclass(frozen=True, slots=True)
class Learnt:
    """What came of learning: the version, None where there was nothing to do; and why, in a sentence."""

    version: ModelVersion | None
    said: str


def learn(
    place: Place,
    kind: str,
    *,
    at: datetime,
    by: User | None = None,
    anyway: bool = False,
    progress: Progress = None,
) -> Learnt:
    """Learn a kind anew and use the result if it is not worse. `anyway` learns without news too."""
    if why := why_not(kind, anyway=anyway):
        return Learnt(None, f"{TITLES[kind]}：{why}")
    upto = Event.objects.aggregate(last=Max("pk"))["last"] or 0
    told = lessons(kind)
    taught = [lesson for lesson in told if not lesson.held_back]
    model = train(
        [each.text for each in taught],
        [each.label for each in taught],
        hints=[("\n".join(said), label) for label, said in names(place, kind).items()],
        progress=progress,
    )
    before = versions().get(kind)
    if before and _outdated(before):
        before = None
    figures = _compared(model, before, [lesson for lesson in told if lesson.held_back])
    version = _save(kind, model, figures, upto, at=at, by=by)
    return Learnt(version, f"{version}：{_told(version)}")


def why_not(kind: str, *, anyway: bool = False) -> str:
    """Why a kind cannot be learnt now, or need not be; "" where it should."""
    newest = ModelVersion.objects.filter(kind=kind).order_by("-number").first()
    if newest and not anyway and news(newest.upto) < NEWS and not _outdated(newest):
        return "没有足够的新件，未重新学习"
    labels = [label for _, _, _, label in READERS[kind]()]
    if len(labels) < FEWEST or len({*labels}) < 2:
        return f"已核定的件有 {len(labels)} 件，满 {FEWEST} 件、分属两类才学习"
    return ""


def _outdated(version: ModelVersion) -> bool:
    """Whether it should be in use but cannot be: written by an earlier release, or its file is gone."""
    return version.status == "used" and bool(problem(version))


def problem(version: ModelVersion) -> str:
    """Why its file cannot be used; "" where it can."""
    try:
        read(version)
    except Refused as refusal:
        return f"{version}用不了：{refusal}"
    return ""


def news(upto: int) -> int:
    """How many cases came or changed since."""
    return Event.objects.filter(pk__gt=upto, kind__in=CHANGES).values("case").distinct().count()


def _compared(model: Model, before: ModelVersion | None, held: Sequence[Lesson]) -> dict[str, Any]:
    """How the new model does on cases that nobody learnt from, beside the one in use."""
    figures: dict[str, Any] = dict(model.about) | {"held_back": len(held)}
    figures["better"] = model.about["accuracy"] > model.about["commonest"]
    if before:
        figures |= {"before": before.number, "better": model.about["accuracy"] >= before.figures["accuracy"]}
    if len(held) >= COMPARED:
        texts, truth = [lesson.text for lesson in held], [lesson.label for lesson in held]
        new = judge(model, texts, truth).as_dict()
        figures |= {name: new[name] for name in MEASURED}
        if before:
            old = judge(read(before), texts, truth)
            figures |= {"accuracy_before": old.accuracy, "better": new["accuracy"] >= old.accuracy}
    return figures


MEASURED = ("accuracy", "top3_accuracy", "macro_f1", "coverage", "precision", "ece")
"""The figures of a version that are measured on the cases held back, where there are enough of them."""


@transaction.atomic
def _save(
    kind: str, model: Model, figures: dict[str, Any], upto: int, *, at: datetime, by: User | None
) -> ModelVersion:
    """The next version. Its number is taken by whoever writes it first; the other is refused."""
    last = ModelVersion.objects.filter(kind=kind).aggregate(last=Max("number"))["last"] or 0
    version = ModelVersion(
        kind=kind,
        number=last + 1,
        status="used" if figures["better"] else "rejected",
        made_at=at,
        made_by=by,
        texts=model.about["texts"],
        labels=len(model.labels),
        upto=upto,
        figures=figures,
    )
    version.path.parent.mkdir(parents=True, exist_ok=True)
    version.sha256 = model_files.save(model, version.path)
    if version.status == "used":
        ModelVersion.objects.filter(kind=kind, status="used").update(status="replaced")
    version.save()
    Office.touch()
    _drop_old_files(kind)
    return version


def _drop_old_files(kind: str) -> None:
    """Keep the numbers of the newest versions only; of the others the row remains."""
    for version in ModelVersion.objects.filter(kind=kind).exclude(status="used")[KEPT_FILES:]:
        version.path.unlink(missing_ok=True)


def _told(version: ModelVersion) -> str:
    figures = version.figures
    before = f"，原来的 {figures['accuracy_before']:.1%}" if "accuracy_before" in figures else ""
    kept = "已启用" if version.status == "used" else "不如原来的，未启用"
    return f"由 {version.texts} 件学得，准确率 {figures['accuracy']:.1%}{before}，{kept}"


# Use


def versions() -> dict[str, ModelVersion]:
    """The version in use of each kind."""
    return {version.kind: version for version in ModelVersion.objects.filter(status="used")}


def read(version: ModelVersion) -> Model:
    """The version's model, read once a process. Raises Refused where its file is gone or was changed."""
    return _read(version.path, version.sha256)


def broken(place: Place, now: datetime) -> list[str]:
    """Versions in use whose file is gone, changed, or of another format; for the doctor."""
    found = []
    for version in versions().values():
        try:
            model_files.load(version.path, sha256=version.sha256)
        except Refused as refusal:
            found.append(f"{version}用不了：{refusal}")
    return found


@lru_cache(maxsize=2 * len(KINDS))
def _read(path: Path, sha256: str) -> Model:
    return model_files.load(path, sha256=sha256)


@transaction.atomic
def roll_back(kind: str, *, at: datetime, by: User | None = None, seen: str = "") -> ModelVersion:
    """Take the version in use back, and use the one before it again. Raises Refused where there is none, or
    where it is not the one whose number the person saw."""
    now = ModelVersion.objects.filter(kind=kind, status="used").first()
    if seen and (now is None or seen != str(now.number)):
        gone = ModelVersion(kind=kind, number=seen)
        who = trail.last_change(_subject(gone))
        raise Refused(
            f"您打开页面之后，{gone}已{f'被退回{who}' if who else '不再使用'}，"
            f"现用{now or '名称建议'}。请看过再定。"
        )
    if now is None:
        raise Refused(f"{TITLES[kind]}还没有使用中的模型，没有什么可退回的。")
    before = before_it(now)
    if not ModelVersion.objects.filter(pk=now.pk, status="used").update(status="withdrawn"):
        raise Refused(f"{now}刚刚已被别人退回{trail.last_change(_subject(now))}。")
    if before:
        read(before)  # a broken file is refused now, not on the screens
        ModelVersion.objects.filter(pk=before.pk).update(status="used")
    Office.touch()
    after = str(before) if before else "不用模型，按名称建议"
    trail.note(by, TrailKind.SETTING, at=at, subject=_subject(now), before=str(now), after=after)
    return now


def before_it(now: ModelVersion) -> ModelVersion | None:
    """The version that is used again when this one is taken back; None: then names suggest."""
    earlier = ModelVersion.objects.filter(kind=now.kind, status="replaced", number__lt=now.number)
    return next((version for version in earlier if version.path.is_file()), None)


def _subject(version: ModelVersion) -> str:
    """How the trail names a version."""
    return f"{version._meta.verbose_name}：{version}"
