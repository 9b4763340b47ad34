"""The one settings file. Its defaults run; each knob is an environment variable of the table `KNOBS`.

Importing it reads the environment and nothing else: directories come when a command runs, keys when
they are first used.
"""

import os
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.functional import SimpleLazyObject

from huiying.common import databases, keyfiles
from huiying.common.errors import Refused


class Knob(NamedTuple):
    name: str
    default: str
    what: str


# docs/operations.md prints this table; tests/test_settings.py holds the two equal.
KNOBS = [
    Knob("HUIYING_HOME", "./var", "一切状态所在的目录：数据库、文件、密钥、通报、数据湖"),
    Knob("DATABASE_URL", "", "数据库。空为 HUIYING_HOME/huiying.sqlite3；postgres:// 开头换用 PostgreSQL"),
    Knob("HUIYING_SECRET_KEY", "", "签名密钥。空则生成在 HUIYING_HOME/keys/secret.key"),
    Knob("HUIYING_DATA_KEY", "", "个人资料密钥，64 位十六进制。空则生成在 HUIYING_HOME/keys/data.key"),
    Knob("HUIYING_HOSTS", "localhost,127.0.0.1,[::1]", "允许的主机名，逗号分隔"),
    Knob("HUIYING_ORIGINS", "", "反向代理后对外的网址，逗号分隔，如 https://12345.example.cn"),
    Knob("HUIYING_HTTPS", "off", "对外只走 HTTPS 时设为 on：cookie 只经 HTTPS 发送，并声明 HSTS"),
    Knob("HUIYING_DEBUG", "off", "调试页面。只在开发时设为 on"),
    Knob("HUIYING_TIME_ZONE", "Asia/Shanghai", "办公地时区，日期和工作日按它计算"),
    Knob("HUIYING_FONTS", "", "单位自有公文字体（小标宋、仿宋、楷体、黑体）所在目录。空则 PDF 用 Noto"),
    Knob("HUIYING_LOG_LEVEL", "WARNING", "日志级别：DEBUG、INFO、WARNING、ERROR"),
    Knob("HUIYING_IMPORT_MAX_MB", "100", "导入文件的大小上限，单位 MB"),
    Knob("HUIYING_ATTACHMENT_MAX_MB", "20", "每个附件的大小上限，单位 MB"),
    Knob("HUIYING_SESSION_HOURS", "10", "登录后多少小时须重新登录"),
    Knob("HUIYING_MAIL_HOST", "", "发信服务器。空则不发邮件"),
    Knob("HUIYING_MAIL_PORT", "587", "发信服务器端口"),
    Knob("HUIYING_MAIL_SECURITY", "starttls", "与发信服务器的加密：starttls、ssl 或 none"),
    Knob("HUIYING_MAIL_USER", "", "发信账号"),
    Knob("HUIYING_MAIL_PASSWORD", "", "发信账号的密码或授权码"),
    Knob("HUIYING_MAIL_FROM", "", "发件人地址。空则用发信账号"),
    Knob(
        "HUIYING_MODEL_URL", "", "内网的大模型服务（OpenAI 兼容接口），如 http://10.0.0.8:8000/v1。空则不用"
    ),
    Knob("HUIYING_MODEL_NAME", "", "大模型的名称，如 qwen2.5-14b-instruct"),
    Knob("HUIYING_MODEL_KEY", "", "大模型服务的密钥，没有的不填"),
]
_DEFAULTS = {knob.name: knob.default for knob in KNOBS}


def knob(name: str) -> str:
    """The knob's text from the environment, or its default; an empty variable counts as unset."""
    return os.environ.get(name, "").strip() or _DEFAULTS[name]


def _switch(name: str) -> bool:
    text = knob(name).lower()
    if text not in {"on", "off", "1", "0", "true", "false", "yes", "no"}:
        raise Refused(f"环境变量 {name} 是“{text}”，只能写 on 或 off。")
    return text in {"on", "1", "true", "yes"}


def _number(name: str) -> int:
    text = knob(name)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise Refused(f"环境变量 {name} 是“{text}”，须为正整数。")
    return int(text)


def _one_of(name: str, choices: Collection[str]) -> str:
    text = knob(name)
    if text not in choices:
        raise Refused(f"环境变量 {name} 是“{text}”，认不得。可以写：{'、'.join(sorted(choices))}。")
    return text


def _time_zone() -> str:
    text = knob("HUIYING_TIME_ZONE")
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError):
        raise Refused(f"环境变量 HUIYING_TIME_ZONE 是“{text}”，没有这个时区。例：Asia/Shanghai。") from None


def _words(name: str) -> list[str]:
    return [word.strip() for word in knob(name).split(",") if word.strip()]


def _secret_key() -> str:
    return knob("HUIYING_SECRET_KEY") or keyfiles.read_or_create(HUIYING_HOME / "keys" / "secret.key")


def _data_key() -> str:
    text = knob("HUIYING_DATA_KEY") or keyfiles.read_or_create(HUIYING_HOME / "keys" / "data.key")
    return keyfiles.check_data_key(text)


BASE_DIR = Path(__file__).resolve().parent
HUIYING_HOME = Path(knob("HUIYING_HOME")).expanduser().absolute()
HUIYING_FONTS = Path(knob("HUIYING_FONTS")).expanduser().absolute() if knob("HUIYING_FONTS") else None
HUIYING_IMPORT_MAX_MB = _number("HUIYING_IMPORT_MAX_MB")
HUIYING_ATTACHMENT_MAX_MB = _number("HUIYING_ATTACHMENT_MAX_MB")
SECRET_KEY: Any = SimpleLazyObject(partial(_secret_key))
HUIYING_DATA_KEY: Any = SimpleLazyObject(partial(_data_key))  # hex; str() of it reads or writes the file

DEBUG = _switch("HUIYING_DEBUG")
ALLOWED_HOSTS = _words("HUIYING_HOSTS")
CSRF_TRUSTED_ORIGINS = _words("HUIYING_ORIGINS")

INSTALLED_APPS = [
    "huiying.ops",
    "huiying.workbench",
    "huiying.archive",
    "huiying.bulletins",
    "huiying.statistics",
    "huiying.exchange",
    "huiying.quality",
    "huiying.intake",
    "huiying.dispatch",
    "huiying.replies",
    "huiying.mining",
    "huiying.knowledge",
    "huiying.notices",
    "huiying.cases",
    "huiying.batches",
    "huiying.accounts",
    "huiying.common",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "huiying.common.security.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",  # closed by default
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "huiying.workbench.visit.Guard",
    "huiying.workbench.sign_in.own_password_first",
    "huiying.workbench.once.Once",  # the innermost: a form sent twice is done once
]

ROOT_URLCONF = "huiying.urls"
WSGI_APPLICATION = "huiying.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "huiying.workbench.visit.office",
            ],
        },
    },
]

DATABASES = {
    "default": databases.from_url(knob("DATABASE_URL") or f"sqlite:///{HUIYING_HOME}/huiying.sqlite3"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["huiying.accounts.backend.Backend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

EMAIL_HOST = knob("HUIYING_MAIL_HOST")
EMAIL_PORT = _number("HUIYING_MAIL_PORT")
_MAIL_SECURITY = _one_of("HUIYING_MAIL_SECURITY", {"starttls", "ssl", "none"})
EMAIL_USE_TLS = _MAIL_SECURITY == "starttls"
EMAIL_USE_SSL = _MAIL_SECURITY == "ssl"
EMAIL_HOST_USER = knob("HUIYING_MAIL_USER")
EMAIL_HOST_PASSWORD = knob("HUIYING_MAIL_PASSWORD")
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = knob("HUIYING_MAIL_FROM") or EMAIL_HOST_USER

HUIYING_MODEL_URL = knob("HUIYING_MODEL_URL")
HUIYING_MODEL_NAME = knob("HUIYING_MODEL_NAME")
HUIYING_MODEL_KEY = knob("HUIYING_MODEL_KEY")

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = _time_zone()
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # served straight from the packages: no collectstatic before the first page
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = HUIYING_HOME / "files"

_HTTPS = _switch("HUIYING_HTTPS")
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_AGE = _number("HUIYING_SESSION_HOURS") * 3600
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = False  # htmx reads it

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["stderr"],
        "level": _one_of("HUIYING_LOG_LEVEL", {"DEBUG", "INFO", "WARNING", "ERROR"}),
    },
    "loggers": {"django": {"handlers": [], "level": "NOTSET"}},
}
