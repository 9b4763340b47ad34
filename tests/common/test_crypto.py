import json

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from huiying.common import keys
from huiying.common.crypto import SealBroken, Vault

KEY = bytes(range(32))
CIPHERS = ["aes-256-gcm", "sm4-gcm"]


@pytest.mark.parametrize("cipher", CIPHERS)
def test_what_is_sealed_opens_again_and_shows_nothing(cipher: str) -> None:
    sealed = Vault(KEY, cipher=cipher).seal("张三丰 13900000001", context=b"person:1")
    assert b"13900000001" not in sealed
    assert Vault(KEY, cipher=cipher).open(sealed, context=b"person:1") == "张三丰 13900000001"


@given(st.text(), st.binary(), st.sampled_from(CIPHERS))
def test_every_text_comes_back_as_it_was(plain: str, context: bytes, cipher: str) -> None:
    vault = Vault(KEY, cipher=cipher)
    text = plain.encode(errors="ignore").decode()
    assert vault.open(memoryview(vault.seal(text, context=context)), context=context) == text


def test_a_record_is_sealed_as_json() -> None:
    vault = Vault(KEY)
    sealed = vault.seal({"姓名": "张三丰", "电话": "13900000001"}, context=b"p")
    assert json.loads(vault.open(sealed, context=b"p")) == {"姓名": "张三丰", "电话": "13900000001"}


def test_the_same_text_is_never_sealed_the_same_way_twice() -> None:
    assert Vault(KEY).seal("张三丰", context=b"p") != Vault(KEY).seal("张三丰", context=b"p")


def test_old_values_open_after_the_cipher_is_changed() -> None:
    sealed = Vault(KEY, cipher="aes-256-gcm").seal("张三丰", context=b"p")
    assert sealed[0] == 1
    assert Vault(KEY, cipher="sm4-gcm").open(sealed, context=b"p") == "张三丰"


def test_a_value_moved_to_another_row_does_not_open() -> None:
    sealed = Vault(KEY).seal("张三丰", context=b"person:1")
    with pytest.raises(SealBroken, match="密文打不开"):
        Vault(KEY).open(sealed, context=b"person:2")


def test_another_key_does_not_open_it() -> None:
    sealed = Vault(KEY).seal("张三丰", context=b"p")
    with pytest.raises(SealBroken, match="请核对密钥文件"):
        Vault(bytes(32)).open(sealed, context=b"p")


@pytest.mark.parametrize("cipher", CIPHERS)
def test_one_changed_bit_anywhere_is_noticed(cipher: str) -> None:
    sealed = Vault(KEY, cipher=cipher).seal("张三丰", context=b"p")
    for i in range(len(sealed)):
        changed = sealed[:i] + bytes([sealed[i] ^ 1]) + sealed[i + 1 :]
        with pytest.raises(SealBroken):
            Vault(KEY).open(changed, context=b"p")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + bytes(27), b"\x09" + bytes(60)])
def test_what_was_never_sealed_is_refused_by_its_form(sealed: bytes) -> None:
    with pytest.raises(SealBroken, match="密文格式不对"):
        Vault(KEY).open(sealed, context=b"p")


def test_a_key_of_the_wrong_length_and_an_unknown_cipher_are_refused() -> None:
    with pytest.raises(ValueError, match="应为 32 字节，现为 5 字节"):
        Vault(b"short")
    with pytest.raises(ValueError, match="rot13"):
        Vault(KEY, cipher="rot13")


def test_the_blind_mark_knows_a_telephone_however_it_is_written() -> None:
    vault = Vault(KEY)
    mark = vault.blind("13900000001", field="phone")
    assert len(mark) == 32
    assert vault.blind("+86 139-0000-0001", field="phone") == mark
    assert vault.blind("13900000002", field="phone") != mark
    assert vault.blind("张 三", field="name") == vault.blind("张三", field="name")


def test_the_blind_mark_depends_on_key_and_column() -> None:
    mark = Vault(KEY).blind("13900000001", field="phone")
    assert Vault(bytes(32)).blind("13900000001", field="phone") != mark
    assert Vault(KEY).blind("13900000001", field="fax") != mark


@pytest.mark.parametrize("nothing", ["", " ", "无"])
def test_no_telephone_has_no_mark(nothing: str) -> None:
    assert Vault(KEY).blind(nothing, field="phone") == ""


def test_the_vault_of_the_installation_has_the_key_of_the_settings() -> None:
    with override_settings(HUIYING_DATA_KEY=KEY.hex()):
        sealed = keys.vault().seal("张三丰", context=b"p")
        assert keys.vault() is keys.vault()
    assert Vault(KEY).open(sealed, context=b"p") == "张三丰"
    with pytest.raises(SealBroken):
        keys.vault().open(sealed, context=b"p")
