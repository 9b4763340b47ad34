"""Personal data sealed at rest, and a keyed blind index by which it can still be looked up.

Pure: the key is passed in (`common/keys.py` takes it from the settings). Two sub-keys are derived from it by
HKDF-SHA256 (RFC 5869), one to seal and one to index, so that neither use weakens the other.

A sealed value is: one version byte (which cipher) + 12 random bytes (nonce) + ciphertext with 16-byte tag.
The version byte and the caller's context are authenticated: a value moved to another row does not open.
Random 96-bit nonces are safe for 2**32 values under one key (NIST SP 800-38D, 8.3).
"""

import hmac
import json
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from huiying.common.errors import Refused
from huiying.common.text import normal_name, normal_phone

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


class SealBroken(Refused):
    """A sealed value does not open: wrong key, wrong context, or changed bytes."""


class Sealing(NamedTuple):
    """One way to seal: its mark in the first byte, its block cipher and the length of its key in bytes."""

    version: int
    algorithm: Callable[[bytes], Any]
    key_bytes: int


SEALINGS = {
    "aes-256-gcm": Sealing(1, algorithms.AES, 32),
    "sm4-gcm": Sealing(2, algorithms.SM4, 16),
}

NORMAL_FORMS: dict[str, Callable[[str], str]] = {"phone": normal_phone, "name": normal_name}


class Vault:
    """Seals and opens personal data under one 32-byte key; `cipher` is how new values are sealed."""

    def __init__(self, key: bytes, *, cipher: str = "aes-256-gcm") -> None:
        """Derive the sub-keys; `ValueError` for a key of the wrong length or an unknown cipher."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"数据密钥应为 {KEY_BYTES} 字节，现为 {len(key)} 字节：请核对密钥文件")
        if cipher not in SEALINGS:
            raise ValueError(f"不认识的加密算法“{cipher}”：可用 {'、'.join(SEALINGS)}")
        self._version = SEALINGS[cipher].version
        self._sealings = {
            sealing.version: (sealing, _derive(key, f"huiying seal {name}", sealing.key_bytes))
            for name, sealing in SEALINGS.items()
        }
        self._blind_key = _derive(key, "huiying blind index", 32)

    def seal(self, plain: str | Mapping[str, Any], *, context: bytes) -> bytes:
        """Return the sealed text, or the sealed JSON of a mapping; it opens only with the same context."""
        text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False, sort_keys=True)
        sealing, key = self._sealings[self._version]
        nonce = os.urandom(NONCE_BYTES)
        sealer = Cipher(sealing.algorithm(key), modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(bytes([sealing.version]) + context)
        body = sealer.update(text.encode()) + sealer.finalize()
        return bytes([sealing.version]) + nonce + body + sealer.tag

    def open(self, sealed: bytes | memoryview, *, context: bytes) -> str:
        """Return the text that was sealed, by the cipher its first byte names, or raise `SealBroken`."""
        value = bytes(sealed)
        found = self._sealings.get(value[0]) if value else None
        if found is None or len(value) < 1 + NONCE_BYTES + TAG_BYTES:
            raise SealBroken(
                f"密文格式不对（{len(value)} 字节）：数据不完整，或由更新的版本写入，请从备份恢复"
            )
        sealing, key = found
        nonce, body, tag = value[1:13], value[13:-TAG_BYTES], value[-TAG_BYTES:]
        opener = Cipher(sealing.algorithm(key), modes.GCM(nonce, tag)).decryptor()
        opener.authenticate_additional_data(value[:1] + context)
        try:
            return (opener.update(body) + opener.finalize()).decode()
        except InvalidTag:
            raise SealBroken(
                "密文打不开：数据密钥不是加密时的那一把，或数据被改动、挪动过。请核对密钥文件，或从备份恢复"
            ) from None

    def blind(self, value: str, *, field: str) -> str:
        """Return the look-up mark of a value: 32 hexadecimal characters, the same for the same normal form.

        `field` parts the marks of different columns and names the normal form ("phone", "name"; any other
        is only NFKC without spaces, in lower case). A value with nothing in it has no mark: "" is returned,
        and a caller must not look up "".
        """
        normal = NORMAL_FORMS.get(field, normal_name)(value)
        if not normal:
            return ""
        return self._mark(f"{field}\0{normal}")

    def fingerprint(self, text: str) -> str:
        """Return the mark of a text exactly as it is: 32 hexadecimal characters, "" for an empty text.

        It names a text without saying anything of it to those who have no key.
        """
        return self._mark(f"\0{text}") if text else ""

    def _mark(self, said: str) -> str:
        return hmac.digest(self._blind_key, said.encode(), "sha256").hex()[:32]


def _derive(key: bytes, purpose: str, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=purpose.encode()).derive(key)
