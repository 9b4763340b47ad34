"""`huiying import FILE` at the terminal, and the real month."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from django.core.management import call_command

from huiying.cases import place as cases_place
from huiying.cases.models import Case
from huiying.common.errors import Refused
from huiying.exchange.models import ImportRun
from huiying.ops import place
from tests.exchange.ledgers import DIRECT, DISPATCHED, imported, ledger
from tests.make import town

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
SEED = Path(os.environ.get("HUIYING_SHARED", ROOT.parent / "shared")) / "seed" / "jixi-2022-03-cases.csv"


def run(*args: str | Path) -> tuple[int, str, str]:
    """The exit code, and what went to the two outputs."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command("import", *map(str, args), stdout=out, stderr=err, no_color=True)
    except SystemExit as left:
        code = int(str(left.code))
    return code, out.getvalue(), err.getvalue()


def test_a_good_file_ends_with_zero(tmp_path: Path) -> None:
    town()
    path = ledger(tmp_path / "三月.csv", DIRECT, DISPATCHED)
    assert run(path, "--dry-run") == (0, "将新增 2 行，将变更 0 行，0 行未变，将退回 0 行。\n", "")
    assert run(path, "--person", "李建国") == (0, "新增 2 行，变更 0 行，0 行未变，退回 0 行。\n", "")
    assert run(path)[1] == "新增 0 行，变更 0 行，2 行未变，退回 0 行。\n"
    assert set(ImportRun.objects.values_list("person", flat=True)) >= {"李建国"}


def test_the_first_ten_problems_are_shown_and_all_are_reported(tmp_path: Path) -> None:
    town()
    path = ledger(tmp_path / "三月.csv", *(DIRECT | {"编号": f"R{n}", "渠道": "县微信"} for n in range(12)))
    code, out, err = run(path)
    assert code == 1
    assert err.count("渠道“县微信”不在地方配置中") == 10
    assert "共 12 处问题" in err
    assert str(tmp_path / "三月.导入问题.xlsx") in err
    assert "退回 12 行" in out


def test_changes_are_shown(tmp_path: Path) -> None:
    town()
    path = tmp_path / "三月.csv"
    run(ledger(path, DIRECT))
    code, out, err = run(ledger(path, DIRECT | {"性质": "反映"}))
    assert (code, err) == (0, "第 2 行 R0001：性质 咨询 → 反映\n")
    assert "变更 1 行" in out


def test_the_columns_are_listed() -> None:
    code, out, _ = run("--columns")
    assert code == 0
    assert "编号（必需）" in out
    assert "来电时间" in out


def test_without_a_file_the_command_says_how() -> None:
    with pytest.raises(Refused, match="请写明要导入的文件"):
        run()


@pytest.mark.skipif(not SEED.is_file(), reason="没有真实月份的数据（HUIYING_SHARED），跳过")
def test_the_real_month_is_taken_in_once() -> None:
    cases_place.forget()
    place.load(ROOT / "examples" / "jixi")
    assert imported(SEED, dry_run=True).summary == "将新增 308 行，将变更 0 行，0 行未变，将退回 0 行。"
    assert imported(SEED).summary == "新增 308 行，变更 0 行，0 行未变，退回 0 行。"
    assert imported(SEED).summary == "新增 0 行，变更 0 行，308 行未变，退回 0 行。"
    modes = Case.objects.order_by().values_list("mode", flat=True)
    assert (list(modes).count("direct"), list(modes).count("dispatched")) == (152, 156)
    assert Case.objects.filter(rulings__kind="return", rulings__decision="dropped").count() == 1
    assert Case.objects.exclude(status="closed").count() == 0
