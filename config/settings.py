"""The one settings file: everything that differs between machines comes from the environment.

`.env.example` lists every variable; a test fails when the two disagree.
With no DATABASE_URL the embedded PostgreSQL is started (see `config/embedded.py`),
with no REDIS_URL the embedded Redis.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF  # noqa: F401
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import embedded
from config.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def env_bool(name: str, default: bool = False) -> bool:
    return env(name, "1" if default else "0").strip().lower() in {"1", "true", "yes", "on"}


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def env_json(name: str) -> dict[str, Any]:
    """An object in JSON; empty where nothing is set."""
    try:
        found = json.loads(env(name) or "{}")
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be an object in JSON.") from None
    if not isinstance(found, dict):
        raise ImproperlyConfigured(f"{name} must be an object in JSON.")
    return found


# -- What this process is ---------------------------------------------------------------------

PRODUCTION = env_bool("PLUMBLINE_PRODUCTION")
DEBUG = env_bool("DEBUG") and not PRODUCTION
VAR_DIR = embedded.var_dir()  # data of the embedded servers, uploads, demo mail
SECRET_KEY = env("SECRET_KEY") or embedded.local_secret("secret_key", production=PRODUCTION)
SECRETS_KEYS = env_list("SECRETS_KEYS")
CUSTOMER_KEY = env("CUSTOMER_KEY")  # hashes the keys by which files know customers
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
SITE_URL = env("SITE_URL", "http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "organization",
    "decisions",
    "kpis",
    "alerts",
    "ingest",
    "customers",
    "channels",
    "budgets",
    "feedback",
    "dashboards",
]

MIDDLEWARE = [
    "config.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages are mostly repeated markup: a tenth on the wire. Django pads answers against BREACH.
    "django.middleware.gzip.GZipMiddleware",
    "organization.api.errors.ProblemMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "organization.middleware.PersonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboards.middleware.ReadingMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "dashboards.context.shell",
                "organization.context.signing_in",
            ],
        },
    },
]

# -- Data -------------------------------------------------------------------------------------

DATABASES = {
    "default": dj_database_url.parse(
        env("DATABASE_URL") or embedded.database_url(), conn_max_age=60, conn_health_checks=True
    )
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("application_name", "plumbline")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env("REDIS_URL") or embedded.redis_url()
CACHES = {
    "default": {
        "BACKEND": "common.cache.Cache",
        "LOCATION": REDIS_URL,
        # Nobody waits long for what is only quicker.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}
UPLOAD_DIR = Path(env("PLUMBLINE_UPLOADS") or VAR_DIR / "uploads")
UPLOAD_LIMIT_BYTES = int(env("UPLOAD_LIMIT_MB", "2048")) * 1024 * 1024
XLSX_LIMIT_BYTES = int(env("XLSX_LIMIT_MB", "100")) * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["ingest.uploads.SpoolUploadHandler"]
FILE_UPLOAD_TEMP_DIR = UPLOAD_DIR / "coming"  # on the volume that keeps them: /tmp may be small, or memory
SILENCED_SYSTEM_CHECKS = ["files.E001"]  # that folder is made by the first file that comes
FILE_UPLOAD_PERMISSIONS = 0o600

# -- People -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "organization.Person"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboards:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "organization.adapters.AccountAdapter"  # nobody signs up by themselves
ACCOUNT_FORMS = {
    "login": "organization.forms_login.EnterForm",
    "reset_password": "organization.forms_login.ForgottenForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody is written to whom nobody here knows
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # here she stays; every other session ends
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
# allauth counts tries by address (10 a minute) and by account (5 in 5 minutes), behind this many proxies of ours.
ALLAUTH_TRUSTED_PROXY_COUNT = int(env("TRUSTED_PROXIES", "0"))
# The longest that the company may choose in its settings; `organization.middleware` keeps to what it chose.
SESSION_COOKIE_AGE = 90 * 24 * 3600
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600

MFA_ADAPTER = "organization.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "organization.forms_factors.AskForm",
    "reauthenticate": "organization.forms_factors.AskAgainForm",
    "activate_totp": "organization.forms_factors.AppForm",
    "add_webauthn": "organization.forms_factors.PasskeyForm",
    "edit_webauthn": "organization.forms_factors.PasskeyNameForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a clock that is half a minute off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION  # localhost has no HTTPS

SOCIALACCOUNT_ADAPTER = "organization.adapters.SocialAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = (
    True  # a link: the strict policy would stop a form that is sent on to the provider
)
SOCIALACCOUNT_STORE_TOKENS = False
OIDC_ISSUER = env("OIDC_ISSUER").rstrip("/")
OIDC_NAME = env("OIDC_NAME", "SSO")
OIDC_DOMAINS = env_list("OIDC_DOMAINS")
OIDC_ONLY = env_bool("OIDC_ONLY") and bool(OIDC_ISSUER)
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, object]] = {}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "company",
                "name": OIDC_NAME,
                "client_id": env("OIDC_CLIENT_ID"),
                "secret": env("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ],
    }

# -- Language and time --------------------------------------------------------------------------

LANGUAGE_CODE = env("LANGUAGE_CODE", "en")
LANGUAGES = [("en", _("English")), ("zh-hans", _("Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env("TIME_ZONE", "Asia/Shanghai")
USE_I18N = True
USE_TZ = True

# -- Static files -------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(UPLOAD_DIR)},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# -- Security -----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
        "worker-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]

# -- Telling ------------------------------------------------------------------------------------

# Seconds for a mail server at each word, for a gateway, a chat service or a webhook for all of its answer.
DELIVERY_TIMEOUT = float(env("DELIVERY_TIMEOUT", "10"))
# Seconds after the first failed try, the second and so on; then the last of them again, until a day has passed.
DELIVERY_WAITS = [float(wait) for wait in env_list("DELIVERY_WAITS", "30,120,600,1800,7200,21600")]

# -- Mail ---------------------------------------------------------------------------------------

EMAIL_TIMEOUT = DELIVERY_TIMEOUT
EMAIL_HOST = env("EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = int(env("EMAIL_PORT", "1025"))
EMAIL_HOST_USER = env("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS")
EMAIL_USE_SSL = env_bool("EMAIL_USE_SSL")
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", "Plumbline <plumbline@localhost>")

# -- SMS ----------------------------------------------------------------------------------------

SMS_GATEWAY = env("SMS_GATEWAY")  # http, twilio, aliyun or tencent; empty: nobody is told by SMS
SMS_ACCOUNT = env("SMS_ACCOUNT")
SMS_SECRET = env("SMS_SECRET")
SMS_FROM = env("SMS_FROM")
SMS_APP_ID = env("SMS_APP_ID")
SMS_REGION = env("SMS_REGION", "ap-guangzhou")
SMS_ENDPOINT = env("SMS_ENDPOINT")
SMS_TEMPLATES = env_json("SMS_TEMPLATES")
SMS_URL = env("SMS_URL")
SMS_METHOD = env("SMS_METHOD", "POST")
SMS_HEADERS = env_json("SMS_HEADERS")
SMS_BODY = env("SMS_BODY") or '{"to": "{phone}", "text": "{text}"}'
SMS_SUCCESS = env("SMS_SUCCESS")
SMS_COUNTRY = env("SMS_COUNTRY", "86")
SMS_PER_HOUR = int(env("SMS_PER_HOUR", "6"))

# -- Chat services ------------------------------------------------------------------------------

# Another address for a service, by its kind (a proxy of the company's, Lark instead of Feishu), as JSON.
CHAT_ENDPOINTS = env_json("CHAT_ENDPOINTS")

# -- Watching over it ---------------------------------------------------------------------------

METRICS_TOKEN = env("METRICS_TOKEN")
HEALTH_WORK_LIMIT = int(env("HEALTH_WORK_LIMIT", "900"))  # seconds
HEALTH_BEAT_LIMIT = int(env("HEALTH_BEAT_LIMIT", "120"))
WATCHDOG_EMAIL = env_list("WATCHDOG_EMAIL")  # told beside administrators, and when the database is away

# -- Pictures of pages ---------------------------------------------------------------------------

CHROMIUM = env("CHROMIUM")  # its path; empty: whichever is in PATH
DRAWING_SECONDS = 30  # for one picture; a worker's lease of it outlasts them

# -- The way out --------------------------------------------------------------------------------

OUTBOUND_ALLOW = env_list("OUTBOUND_ALLOW")

# -- Work in the background -----------------------------------------------------------------------
# The database is the memory: a task only says "look", so a lost one costs a sweep and a doubled one nothing.

WORKER_GRACE_SECONDS = float(
    env("WORKER_GRACE_SECONDS", "30")
)  # for a running import, when its worker is to stop
CELERY_BROKER_URL = embedded.broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": 3,
    "socket_timeout": 10,
    # Whoever saves while the broker is down waits for one more try; otherwise the client tries for six seconds.
    "max_retries": 1,
    "interval_start": 0.1,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.2}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # keeps no file: what was missed, a sweep finds
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "config.tasks.sweep", "schedule": 30.0, "options": {"expires": 30}},
}

# -- API ----------------------------------------------------------------------------------------------

API_REQUESTS_PER_MINUTE = int(env("API_REQUESTS_PER_MINUTE", "300"))  # of a token; of a person, twice that
REST_FRAMEWORK = {
    # `organization.api.views.ApiView` says the rest.
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Plumbline",
    "DESCRIPTION": "Figures, targets, areas, alerts and imports, for programs. Every address sees and does what its"
    " person may see and do.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [{"url": "/"}],
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": False,
    "POSTPROCESSING_HOOKS": ["organization.api.schema.complete"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

LOGGING = logging_config(as_json=PRODUCTION)
