"""The vault of this installation: the one way from the data key in the settings to personal data."""

from functools import lru_cache

from django.conf import settings

from huiying.common.crypto import Vault


def vault() -> Vault:
    """Return the vault of `settings.HUIYING_DATA_KEY` (hex)."""
    return _vault(str(settings.HUIYING_DATA_KEY))


@lru_cache(maxsize=4)
def _vault(key: str) -> Vault:
    return Vault(bytes.fromhex(key))
