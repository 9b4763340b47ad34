"""The command line as a person meets it."""

import sys

import pytest
from django.core.management import BaseCommand, get_commands

from huiying import __version__, cli
from huiying.common.errors import Refused


@pytest.fixture
def command(monkeypatch):
    """`command(callable)` makes `huiying say` call it."""

    def command(act):
        class Say(BaseCommand):
            help = "说"

            def handle(self, **options):
                act()

        known = {**get_commands(), "say": Say()}
        monkeypatch.setattr("django.core.management.get_commands", lambda: known)

    return command


def test_help_is_chinese_and_lists_our_commands_and_djangos(capsys):
    assert cli.run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in [*cli.our_commands(), *cli.FROM_DJANGO, "HUIYING_HOME", "用法"])


def test_no_command_at_all_shows_the_help(capsys):
    assert cli.run([]) == 0
    assert "用法" in capsys.readouterr().out


def test_every_command_of_ours_says_in_chinese_what_it_does():
    assert not {name: what for name, what in cli.our_commands().items() if not "一" <= what[:1] <= "龥"}


@pytest.mark.parametrize("name", ["topics", "classify"])
def test_the_help_of_a_command_is_chinese_and_only_about_the_command(name, capsys):
    with pytest.raises(SystemExit) as left:
        cli.run([name, "--help"])
    shown = capsys.readouterr().out
    assert left.value.code == 0
    assert shown.startswith(f"用法：huiying {name}")
    assert not [word for word in ("usage", "options", "--settings", "--verbosity") if word in shown]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["topics"], "还缺少：文件"),
        (["topics", "a.csv", "--top", "三"], "--top：填成了 '三'，这里要填数"),
        (["classify", "rollback", "分类"], "对象：没有 '分类'，可用：'topic', 'nature', 'unit'"),
        (["topics", "a.csv", "--tops", "3", "--xls"], "不认识：--tops 3 --xls"),
    ],
)
def test_a_slip_in_the_options_is_told_in_chinese(typed, said, capsys):
    with pytest.raises(SystemExit) as left:
        cli.run(typed)
    assert left.value.code == 2
    assert f"{said}。看说明：huiying {typed[0]}" in capsys.readouterr().err


def test_a_command_of_ours_is_found_by_a_fresh_process(house):
    name = next(iter(cli.our_commands()))
    assert f"huiying {name}" in house.run(name, "--help").stdout


def test_version(capsys):
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"huiying {__version__}\n"


def test_a_slip_of_the_finger_gets_the_nearest_command(capsys):
    assert cli.run(["migrat"]) == 2
    assert "是不是 migrate？" in capsys.readouterr().err


def test_a_refusal_is_one_sentence_and_exit_code_2(command, capsys):
    def refuse():
        raise Refused("第 3 行没有编号。")

    command(refuse)
    assert cli.run(["say"]) == 2
    assert capsys.readouterr().err == "第 3 行没有编号。\n"
    with pytest.raises(Refused):
        cli.run(["say", "--traceback"])


def test_an_unknown_trouble_keeps_its_traceback(command):
    command(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cli.run(["say"])


def test_ctrl_c_ends_without_a_traceback(command, monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    command(interrupt)
    monkeypatch.setattr(sys, "argv", ["huiying", "say"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_wrong_database_url_is_one_sentence(bare_house):
    bare_house.env["DATABASE_URL"] = "mysql://db.example/town"
    done = bare_house.run("migrate", check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("DATABASE_URL")
    assert "Traceback" not in done.stderr


def test_before_the_tables_exist_every_command_says_how_to_make_them(bare_house) -> None:
    (bare_house.home / "a.csv").write_text("编号\n", encoding="utf-8")
    commands = ["figures 2022-03", "bulletin list", "place export x", "calendar show 2022"]
    for answer in bare_house.type(*commands, "import a.csv", "doctor", check=False):
        assert answer.code == 2
        assert "huiying migrate" in answer.err
