"""A classifier as a file: arrays of numbers and a line of JSON, nothing that could run. Pure.

The format is numpy's npz without pickled objects. What is read is checked before it is used, so that a file
from elsewhere can at worst be wrong.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from huiying.common.errors import Refused, why
from huiying.mining.classify import Model
from huiying.mining.features import FAMILIES

FORMAT = 2
KIND = "huiying-classifier"
_TYPES = {
    "codes": np.uint64,
    "families": np.uint8,
    "rarity": np.float32,
    "weights": np.float16,
    "bias": np.float32,
}
MOST_BYTES = 512 * 1024 * 1024


def save(model: Model, path: Path) -> str:
    """Write the model, in one step under its name; its SHA-256. Raises Refused where it cannot be written."""
    head = {
        "kind": KIND,
        "format": FORMAT,
        "families": len(FAMILIES),
        "labels": model.labels,
        "shares": model.shares,
        "every_word": model.every_word,
        "slope": model.slope,
        "threshold": model.threshold,
        "about": model.about,
    }
    arrays: dict[str, Any] = {name: getattr(model, name) for name in _TYPES}
    arrays["head"] = np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), np.uint8)
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as file:
            np.savez(file, **arrays)
        os.replace(partial, path)
    except OSError as error:
        raise Refused(f"模型写不进 {path}（{why(error)}）。请检查文件夹和磁盘空间。") from error
    finally:
        partial.unlink(missing_ok=True)
    return checksum(path)


def checksum(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load(path: Path, *, sha256: str = "") -> Model:
    """Read a model. Raises Refused for a file that is none, that is of another format, or that is not the one
    whose checksum is given."""
    if not path.is_file():
        raise Refused(f"没有模型文件 {path}。请先运行 huiying classify train。")
    if path.stat().st_size > MOST_BYTES:
        raise Refused(f"{path} 太大，不是本系统的模型文件。")
    if sha256 and checksum(path) != sha256:
        raise Refused(f"模型文件 {path} 与登记的校验值不符，已拒绝使用。请重新训练，或退回上一版。")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            head = json.loads(bytes(stored["head"]).decode())
            arrays = {name: stored[name] for name in _TYPES}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise _strange(path) from error
    return _checked(path, head, arrays)


def _checked(path: Path, head: Any, arrays: dict[str, Any]) -> Model:
    """The model, if all its parts fit together."""
    if not isinstance(head, dict) or head.get("kind") != KIND:
        raise _strange(path)
    if head.get("format") != FORMAT or head.get("families") != len(FAMILIES):
        raise Refused(f"模型文件 {path} 是另一个版本的格式。请用现在的版本重新训练。")
    labels, rows, shares = head.get("labels"), len(arrays["codes"]), head.get("shares")
    fits = (
        isinstance(labels, list)
        and isinstance(shares, list)
        and len(shares) == len(FAMILIES)
        and all(isinstance(label, str) for label in labels)
        and all(arrays[name].dtype == kind for name, kind in _TYPES.items())
        and arrays["weights"].shape == (rows, len(labels))
        and arrays["families"].shape == arrays["rarity"].shape == (rows,)
        and arrays["bias"].shape == (len(labels),)
        and (rows == 0 or int(arrays["families"].max()) < len(FAMILIES))
    )
    if not fits:
        raise _strange(path)
    return Model(
        labels=tuple(head["labels"]),
        shares=tuple(map(float, head["shares"])),
        every_word=bool(head.get("every_word")),
        slope=float(head["slope"]),
        threshold=float(head["threshold"]),
        about=dict(head["about"]),
        **arrays,
    )


def _strange(path: Path) -> Refused:
    return Refused(f"{path} 不是本系统的模型文件，或已经损坏。请用 huiying classify train 重新训练。")
