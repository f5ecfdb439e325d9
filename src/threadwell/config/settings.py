"""Settings: what Django is told, computed from the options.

In:    the options (docs/reference/settings.md)
Out:   Django's settings
Touch: reads keys of the data folder
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.csp import CSP

from threadwell.config import databases, home, logs, marks, options, statics

PACKAGE = Path(__file__).parent.parent
OPTIONS = options.chosen()

HOME: Path = OPTIONS["THREADWELL_HOME"]
_blobs: Path | str | None = OPTIONS["THREADWELL_BLOBS"]
BLOB_BUCKET: str = _blobs if isinstance(_blobs, str) else ""
BLOB_ROOT: Path = HOME / "blobs" if BLOB_BUCKET or not _blobs else Path(_blobs)
DISK_RESERVE: int = OPTIONS["THREADWELL_DISK_RESERVE"] * 1024 * 1024

_keys = home.keys(HOME)
SECRET_KEY: str = OPTIONS["THREADWELL_SECRET_KEY"] or _keys.signing
SECRET_RING: tuple[str, ...] = OPTIONS["THREADWELL_SECRET_RING"] or _keys.ring
#: read again when it changes, so that keys can be changed under running processes
SECRET_RING_FILE: Path | None = None if OPTIONS["THREADWELL_SECRET_RING"] else HOME / "keys" / "ring"

PUBLIC_URL: str = OPTIONS["THREADWELL_URL"] or f"http://localhost:{OPTIONS['THREADWELL_PORT']}"
PUBLIC_HOST: str = urlsplit(PUBLIC_URL).hostname or "localhost"
IS_HTTPS = PUBLIC_URL.startswith("https://")
TRUSTED_PROXIES: tuple[str, ...] = OPTIONS["THREADWELL_TRUSTED_PROXIES"]

GATEWAY_HOST: str = OPTIONS["THREADWELL_GATEWAY_HOST"]
GATEWAY_NAME: str = OPTIONS["THREADWELL_GATEWAY_NAME"] or PUBLIC_HOST
GATEWAY_CERTIFICATE: Path | None = OPTIONS["THREADWELL_GATEWAY_CERTIFICATE"]
GATEWAY_CERTIFICATE_KEY: Path | None = OPTIONS["THREADWELL_GATEWAY_CERTIFICATE_KEY"]
SMTP_PORT: int = OPTIONS["THREADWELL_SMTP_PORT"]
LMTP_PORT: int = OPTIONS["THREADWELL_LMTP_PORT"]
MAIL_LIMIT: int = OPTIONS["THREADWELL_MAIL_LIMIT"] * 1024 * 1024
UPLOAD_LIMIT: int = OPTIONS["THREADWELL_UPLOAD_LIMIT"] * 1024 * 1024

#: the clamd that scans files; None where nothing is scanned
CLAMAV: Path | tuple[str, int] | None = OPTIONS["THREADWELL_CLAMAV"]

UNDO_SECONDS: int = OPTIONS["THREADWELL_UNDO_SECONDS"]

DEBUG: bool = OPTIONS["THREADWELL_DEBUG"]
ROOT_URLCONF = "threadwell.config.urls"
ASGI_APPLICATION = "threadwell.config.asgi.application"
AUTH_USER_MODEL = "workplace.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "threadwell.record.workplace",
    "threadwell.record.fields",
    "threadwell.record.people",
    "threadwell.record.inboxes",
    "threadwell.record.journal",
    "threadwell.record.sight",
    "threadwell.record.conversations",
    "threadwell.record.notices",
    "threadwell.record.hours",
    "threadwell.record.clocks",
    "threadwell.record.rota",
    "threadwell.record.imports",
    "threadwell.record.work",
    "threadwell.record.followups",
    "threadwell.record.surveys",
    "threadwell.record.commitments",
    "threadwell.record.teamwork",
    "threadwell.record.routing",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "threadwell.interfaces.web.entrance.Entrance",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "ui" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "threadwell.interfaces.web.context.around",
            ],
            "libraries": {
                name: f"threadwell.interfaces.web.templatetags.{name}"
                for name in ("customers", "kept", "threadwell", "timed")
            },
        },
    }
]

#: which module speaks the channel of an inbox's kind (channels/dialects.py)
CHANNELS = {"email": "threadwell.channels.email.read"}

DATABASES = databases.described(OPTIONS, as_owner=os.environ.get(databases.OWNER_SWITCH) == "yes")
#: seconds; a report waits so long for the replica to have what was written before it
REPLICA_WAIT: int = OPTIONS["THREADWELL_REPLICA_WAIT"]

#: a pooler of transactions hands the server to somebody else between two of them: who listens goes around it
DATABASE_DIRECT = databases.around_the_pooler(OPTIONS)

SCHEMA_MARK = marks.of_migrations(INSTALLED_APPS)

# Sign-in (django-allauth). Nobody signs up: people come by the set-up link or by invitation.
AUTHENTICATION_BACKENDS = ["threadwell.interfaces.web.sessions.SignIn"]
SESSION_ENGINE = "threadwell.interfaces.web.sessions"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": more}
    for name, more in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "threadwell.interfaces.web.accounts.Accounts"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation or the set-up link has proven the address
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody can make us write to strangers
ACCOUNT_CHANGE_EMAIL = True  # one address, and a new one counts once its link was opened
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "threadwell.interfaces.web.sign_in_forms.SignIn",
    "reset_password": "threadwell.interfaces.web.sign_in_forms.ResetPassword",
    "add_email": "threadwell.interfaces.web.sign_in_forms.AddEmail",
}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_HTTPS else "http"
MFA_ADAPTER = "threadwell.interfaces.web.second_factors.SecondFactors"
MFA_FORMS = {
    "authenticate": "threadwell.interfaces.web.second_factors.Code",
    "reauthenticate": "threadwell.interfaces.web.second_factors.CodeAgain",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Threadwell"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS  # browsers themselves allow this for localhost only
USERSESSIONS_TRACK_ACTIVITY = True
ALLAUTH_TRUSTED_PROXY_COUNT = 0  # the server has put the client's own address in place already

# What browsers are told
ALLOWED_HOSTS = [PUBLIC_HOST, "localhost", "127.0.0.1", "[::1]", *OPTIONS["THREADWELL_ALLOWED_HOSTS"]]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "threadwell_session"
CSRF_COOKIE_NAME = "threadwell_csrf"
SECURE_HSTS_SECONDS: int = OPTIONS["THREADWELL_HSTS_SECONDS"]
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"  # the desk frames its own message pages
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],  # the rich text editor brings a style element
    "img-src": [CSP.SELF, "data:"],
    "frame-src": [CSP.SELF],
    "frame-ancestors": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
}
#: What `manage check --deploy` would complain of, each with the reason that it is as it is.
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # other hosts of the domain are not ours to speak for
    "security.W021",  # the same, for the lists that browsers ship
    "security.W008",  # whoever ends TLS leads from http to https; we may not even hear of http
    "security.W019",  # the desk frames its own message pages; other sites' are kept off by the content policy
]
DATA_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_LIMIT

# Files for browsers; while developing, they change under the same address.
_own = PACKAGE / "ui" / "static"
STATIC_URL = "/static/" if DEBUG else f"/static/{marks.of_files(_own)}/"
STATICFILES_DIRS = [_own]
STATIC_FOLDERS = statics.folders(_own, INSTALLED_APPS)

# Words and times
USE_I18N = True
USE_TZ = True
LANGUAGE_CODE: str = OPTIONS["THREADWELL_LANGUAGE"]
TIME_ZONE: str = OPTIONS["THREADWELL_TIME_ZONE"]
LOCALE_PATHS = [PACKAGE / "ui" / "locale"]
FORMAT_MODULE_PATH: list[str] = []

# Mail of the system itself; the desk's letters leave by their inbox's own server.
DEFAULT_FROM_EMAIL: str = OPTIONS["THREADWELL_SYSTEM_MAIL_FROM"]
_server = OPTIONS["THREADWELL_SYSTEM_MAIL"]
HAS_SYSTEM_MAIL = bool(_server)
MAILERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": _server.host,
            "port": _server.port,
            "username": _server.user,
            "password": _server.password,
            "use_ssl": _server.use_tls,
            "use_tls": _server.use_starttls,
            "timeout": 20,
        },
    }
    if _server
    else {
        "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "OPTIONS": {"file_path": str(HOME / "outbox")},
    }
}

# Work done later (procrastinate): jobs are found by importing these modules.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_IMPORT_PATHS: list[str] = [
    f"threadwell.flow.{journey}"
    for journey in (
        "intake",
        "importing",
        "learning",
        "moving_in",
        "trying",
        "notifying",
        "joining",
        "outbound",
        "reactions",
        "clockwork",
        "pursuing",
        "surveying",
        "resting",
        "committing",
        "duplicates",
        "clocks",
        "opening",
        "handing_over",
        "routing",
        "rehearsing",
        "redistributing",
        "orphans",
        "guarding",
    )
    if (PACKAGE / "flow" / f"{journey}.py").exists()
]

# Shared by all processes, for what is counted across them (attempts to sign in).
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entry"}}
LOGGING_CONFIG = "threadwell.config.logs.configure"
LOGGING = logs.described(level=OPTIONS["THREADWELL_LOG_LEVEL"], form=OPTIONS["THREADWELL_LOG_FORMAT"])
