"""Bench: how fast Threadwell is, beside the floor of the same machine in the same run.

In:    THREADWELL_BENCH_HOME: an empty folder, made by bin/bench
Out:   Django set up for a Threadwell of this run alone, on free ports
Touch: the environment, before anything of Threadwell is imported
"""

import os
import socket
from pathlib import Path

import django

from threadwell.config import home


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


for _name in [name for name in os.environ if name.startswith(("THREADWELL_", "DATABASE_"))]:
    if _name != "THREADWELL_BENCH_HOME":
        del os.environ[_name]
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "threadwell.config.settings",
    "THREADWELL_HOME": os.environ["THREADWELL_BENCH_HOME"],
    "THREADWELL_LOG_LEVEL": "warning",
    **{f"THREADWELL_{name}PORT": str(free_port()) for name in ("", "SMTP_", "LMTP_")},
}
home.prepare(Path(os.environ["THREADWELL_HOME"]))
django.setup()
