"""Settings changed by the one door, and rules in versions."""

from datetime import date

import pytest

from huiying.accounts.models import Trail, Unit
from huiying.cases import place, revising, rule_versions
from huiying.cases.models import ClockRule, Nature, Office, Topic, TopicTree
from huiying.cases.reckoning import Moved
from huiying.common.errors import Refused
from tests import make
from tests.cast import people

pytestmark = pytest.mark.django_db
NOW = make.at(3, 15, 10)


@pytest.fixture
def cast():
    make.town()
    return people()


def save(row, cast, seen=None) -> bool:
    stored = type(row).objects.filter(pk=row.pk).first()
    seen = (revising.mark(stored) if stored else "") if seen is None else seen
    return revising.revise(row, seen=seen, by=cast.admin, at=NOW)


def test_a_change_is_told_to_the_trail_and_to_every_process(cast) -> None:
    revision = Office.objects.get().revision
    nature = Nature.objects.get(code="tip")
    nature.name, nature.aliases = "检举", ["举报"]
    assert save(nature, cast)
    line = Trail.objects.get()
    assert (line.user, line.kind, line.subject) == (cast.admin, "setting", "性质：检举")
    assert line.data == {
        "before": {"名称": "举报", "别名": []},
        "after": {"名称": "检举", "别名": ["举报"]},
    }
    assert Office.objects.get().revision > revision
    assert place.current().natures["tip"].name == "检举"


def test_saving_what_is_there_already_leaves_no_line(cast) -> None:
    assert not save(Nature.objects.get(code="tip"), cast)
    assert not Trail.objects.exists()


def test_the_overtaken_changes_nothing(cast) -> None:
    first, second = (Nature.objects.get(code="tip") for _ in range(2))
    seen = revising.mark(first)
    first.name, second.name = "检举", "控告"
    save(first, cast, seen)
    with pytest.raises(revising.Overtaken, match="已被别人改过"):
        save(second, cast, seen)
    assert Nature.objects.get(code="tip").name == "检举"


def test_a_unit_moves_with_all_below_it_and_never_under_itself(cast) -> None:
    unit = Unit.objects.get(code="housing")
    unit.parent = Unit.objects.get(code="stone")
    save(unit, cast)
    assert Unit.objects.get(code="housing-gas").path == "stone/housing/housing-gas/"
    unit = Unit.objects.get(code="stone")
    unit.parent = Unit.objects.get(code="housing-gas")
    with pytest.raises(Refused, match="不能是本单位或它的下级"):
        save(unit, cast)


def test_a_unit_with_open_cases_or_active_sections_is_not_switched_off(cast) -> None:
    make.case(status="handling", unit="water")
    for code, said in (("water", "还有 1 件没有办完"), ("housing", "下级单位")):
        unit = Unit.objects.get(code=code)
        unit.active = False
        with pytest.raises(Refused, match=said):
            save(unit, cast)
    assert not Unit.objects.filter(active=False).exists()


@pytest.mark.parametrize("code", ["", "a b", "a/b", "水" * 65])
def test_a_code_that_would_break_addresses_is_refused(cast, code) -> None:
    with pytest.raises(Refused, match="代码"):
        save(Nature(code=code, name="某"), cast)


def test_a_topic_is_named_once(cast) -> None:
    tree = TopicTree.objects.get(code="net")
    for topic, said in (
        (Topic(tree=tree, name="民生"), "已有“net/民生”"),
        (Topic(tree=tree, name="民/生"), "不能有“/”"),
        (Topic(tree=tree, name="新", parent=Topic.objects.get(path="phone/城乡建设")), "不在所选的体系"),
    ):
        with pytest.raises(Refused, match=said):
            save(topic, cast)


def newer(**changes) -> ClockRule:
    rule = ClockRule.objects.get(code="reply", version=1)
    rule.pk, rule._state.adding = None, True
    for name, value in changes.items():
        setattr(rule, name, value)
    return rule


def test_a_new_version_shows_what_it_would_move_before_it_does(cast) -> None:
    case = make.case(status="handling", received=make.at(3, 14))
    make.case(status="handling", received=make.at(3, 1))
    rule = newer(amount=5, valid_from=date(2022, 3, 14))
    found = [one for one in rule_versions.preview(place.current(), rule, at=NOW) if isinstance(one, Moved)]
    assert {(one.number, one.kind) for one in found} == {(case.number, "reply")}
    assert found[0].after == make.at(3, 22, 0)
    assert ClockRule.objects.filter(code="reply").count() == 1
    rule_versions.add(rule, after=1, by=cast.admin, at=NOW)
    assert ClockRule.objects.get(code="reply", version=2).amount == 5
    assert Trail.objects.get().subject == "时限规则：其他诉求十个工作日（第2版）"


def test_two_new_versions_at_once_are_not_two(cast) -> None:
    rule_versions.add(newer(amount=5), after=1, by=cast.admin, at=NOW)
    with pytest.raises(revising.Overtaken):
        rule_versions.add(newer(amount=6), after=1, by=cast.admin, at=NOW)
    assert ClockRule.objects.filter(code="reply").count() == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": 0}, "至少是 1"),
        ({"valid_from": date(2019, 1, 1)}, "不能早于"),
        ({"unit": "hours", "ends_at_hour": make.at(3, 1, 17).time()}, "截止时刻"),
    ],
)
def test_a_version_that_cannot_be_is_refused(cast, changes, said) -> None:
    with pytest.raises(Refused, match=said):
        rule_versions.add(newer(**changes), after=1, by=cast.admin, at=NOW)
