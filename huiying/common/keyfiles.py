"""Secret keys on disk: written once, then only read. No Django here."""

import os
import secrets
from pathlib import Path

from huiying.common.errors import Refused

KEY_BYTES = 32


def read_or_create(path: Path) -> str:
    """The hex key kept in `path`; a new random one of 32 bytes is written there when there is none.

    The file appears whole or not at all and only its owner can read it. Of two processes that
    start together one writes and both read the same key.
    """
    if not path.exists():
        _write_once(path, secrets.token_hex(KEY_BYTES))
    key = path.read_text("ascii").strip()
    if not key:
        raise Refused(
            f"密钥文件是空的：{path}。请从备份恢复这个文件，不要删除后重新生成，否则已加密的资料无法解开。"
        )
    return key


def check_data_key(text: str) -> str:
    """`text` itself when it is 64 hexadecimal digits, which spell 32 bytes; anything else is refused."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Refused(
            "资料密钥须为 64 位十六进制数字，即 32 字节。请检查环境变量 HUIYING_DATA_KEY，"
            "没有设置它时检查 HUIYING_HOME/keys/data.key。"
        )
    return text


def _write_once(path: Path, key: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return  # another process was first: its key is the key
    finally:
        draft.unlink()
