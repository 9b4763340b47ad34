import threading

import pytest

from huiying.common import keyfiles
from huiying.common.errors import Refused


def test_twenty_starts_at_once_agree_on_one_key(tmp_path):
    path, found = tmp_path / "keys" / "data.key", []
    starts = [threading.Thread(target=lambda: found.append(keyfiles.read_or_create(path))) for _ in range(20)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert found == [path.read_text().strip()] * 20
    assert [file.name for file in path.parent.iterdir()] == ["data.key"]


def test_only_the_owner_reads_a_key(tmp_path):
    keyfiles.read_or_create(tmp_path / "keys" / "data.key")
    assert (tmp_path / "keys" / "data.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_an_empty_key_file_is_not_replaced(tmp_path):
    (tmp_path / "data.key").touch()
    with pytest.raises(Refused, match="备份"):
        keyfiles.read_or_create(tmp_path / "data.key")
    assert (tmp_path / "data.key").read_text() == ""


@pytest.mark.parametrize("text", ["", "0f", "0f" * 31, "0f" * 33, "zz" * 32])
def test_a_data_key_of_the_wrong_form_is_refused(text):
    with pytest.raises(Refused, match="HUIYING_DATA_KEY"):
        keyfiles.check_data_key(text)
