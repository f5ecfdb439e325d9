"""Settings of a test run: the product's own, with a data folder for this run alone.

In:    THREADWELL_HOME where the run has one already (a worker of pytest-xdist), else nothing
Out:   Django's settings
Touch: a temporary folder, which tests/conftest.py removes at the end
"""

import os
import tempfile

if "THREADWELL_TEST_HOME" not in os.environ:
    os.environ["THREADWELL_TEST_HOME"] = tempfile.mkdtemp(prefix="threadwell-test-")
for name in [
    name for name in os.environ if name.startswith("THREADWELL_") and not name.startswith("THREADWELL_TEST_")
]:
    del os.environ[name]
os.environ["THREADWELL_HOME"] = os.environ["THREADWELL_TEST_HOME"]

from threadwell.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick, and nobody's secret
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
