"""The command `huiying`: Django's command line, with Chinese help and refusals without tracebacks."""

import argparse
import difflib
import os
import sys
from collections.abc import Iterable, Iterator

from huiying import __version__
from huiying.common.errors import Refused

# What the help prints, in this order. A command of ours that no group names is listed under 其他.
GROUPS = {
    "先试一试": ["demo", "serve"],
    "地方与数据": ["place", "calendar", "import"],
    "统计与通报": ["measures", "figures", "bulletin"],
    "文本分析": ["classify", "topics", "duplicates", "replies", "evaluate"],
    "运行与检查": ["user", "worker", "doctor", "search", "lifecycle", "bench"],
}
# Django's own commands that an office needs, in Chinese.
FROM_DJANGO = {
    "migrate": "建立或升级数据库表",
    "createsuperuser": "新建管理员",
    "changepassword": "修改某个用户的密码",
    "check": "检查设置",
    "shell": "Python 交互环境",
    "dbshell": "数据库交互环境",
}
OTHER = "其他"
# What argparse says of options: of each sentence ours.
SAID = {
    "usage: ": "用法：",
    "options": "选项",
    "positional arguments": "参数",
    "show this help message and exit": "看这个说明",
    "%(prog)s: error: %(message)s\n": "%(message)s。看说明：%(prog)s --help\n",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s：%(message)s",
    "the following arguments are required: %s": "还缺少：%s",
    "one of the arguments %s is required": "这几个选项须选一个：%s",
    "not allowed with argument %s": "不能与 %s 同时用",
    "unrecognized arguments: %s": "不认识：%s",
    "expected one argument": "后面要写一个值",
    "expected at least one argument": "后面至少要写一个值",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s 可以是 %(matches)s，请写全",
    "invalid %(type)s value: %(value)r": "填成了 %(value)r，这里要填数",
    "invalid choice: %(value)r (choose from %(choices)s)": "没有 %(value)r，可用：%(choices)s",
}

USAGE = """huiying {version} · 回应：政务服务便民热线、领导信箱与网络留言的受理、转办、答复与通报

用法：huiying 命令 [参数]
      huiying 命令 --help   看一个命令的说明
      huiying --version     看版本
"""
CLOSING = """
数据、文件和密钥都在 HUIYING_HOME（现在是 {home}）；全部环境变量见 docs/operations.md。"""


def main() -> None:
    """Run one command and leave with its exit code: 2 for a refusal, 130 for Ctrl-C."""
    try:
        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\n已中断。", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # `huiying … | head`: the reader has left, which is no error of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


def run(arguments: list[str]) -> int:
    """Run `huiying ARGUMENTS`; the exit code. Unknown troubles keep their traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huiying.settings")
    if arguments == ["--version"]:
        print(f"huiying {__version__}")
        return 0
    try:
        if arguments in ([], ["--help"], ["-h"], ["help"]):
            print(_help())
            return 0
        return _command(arguments)
    except Refused as refusal:
        if "--traceback" in arguments:
            raise
        print(refusal, file=sys.stderr)
        return 2


def _command(arguments: list[str]) -> int:
    import django
    from django.conf import settings
    from django.core.management import base, execute_from_command_line, get_commands

    django.setup()  # before get_commands, which otherwise knows Django's own commands only
    known = get_commands()
    if arguments[0] not in {"help", *known}:
        raise Refused(_unknown(arguments[0], sorted(known)))
    settings.HUIYING_HOME.mkdir(parents=True, exist_ok=True)
    _speak_chinese()
    if str(known.get(arguments[0])).startswith("huiying."):
        # Django's checks load every page of the workbench to look for slips of programmers: `make lint` does
        base.BaseCommand.requires_system_checks = []
    execute_from_command_line(["huiying", *arguments])
    return 0


def _speak_chinese() -> None:
    """Let the help of a command be ours, without the options that Django adds to each (they still work).

    argparse looks its sentences up in its own `_`, which is gettext's.
    """
    from django.core.management import base

    class Formatter(base.DjangoHelpFormatter):
        def _reordered_actions(self, actions: Iterable[argparse.Action]) -> list[argparse.Action]:
            return [each for each in actions if not self.show_last & {*each.option_strings}]

    setattr(argparse, "_", lambda said: SAID.get(said, said))  # noqa: B010
    setattr(base, "DjangoHelpFormatter", Formatter)  # noqa: B010


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return (
        f"没有“{name}”这个命令。"
        + (f"是不是 {near[0]}？" if near else "")
        + "运行 huiying --help 看全部命令。"
    )


def _help() -> str:
    import django
    from django.conf import settings

    django.setup()
    lines = [USAGE.format(version=__version__)]
    for title, commands in _grouped(our_commands()):
        lines += [f"{title}：", *[f"  {name:<18}{what}" for name, what in commands], ""]
    return "\n".join(lines) + CLOSING.format(home=settings.HUIYING_HOME)


def our_commands() -> dict[str, str]:
    """Our own commands, each with the first line of its help."""
    from django.core.management import get_commands, load_command_class

    ours = {name: app for name, app in get_commands().items() if str(app).startswith("huiying.")}
    return {
        name: (load_command_class(str(app), name).help.strip() or "（没有说明）").splitlines()[0]
        for name, app in sorted(ours.items())
    }


def _grouped(ours: dict[str, str]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    named = {name for names in GROUPS.values() for name in names}
    for title, names in GROUPS.items():
        if present := [(name, ours[name]) for name in names if name in ours]:
            yield title, present
    if rest := [(name, what) for name, what in ours.items() if name not in named]:
        yield OTHER, rest
    yield "Django 自带的常用命令", list(FROM_DJANGO.items())
