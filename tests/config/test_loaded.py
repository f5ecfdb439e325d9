"""What is loaded before the processes part ways must survive the fork."""

import json
import os
import subprocess
import sys
from pathlib import Path

LOOK = """
import json, sys, threading
import psutil
before = {one.path for one in psutil.Process().open_files()}
from threadwell.config import loaded
loaded.load()
from django.db import connections
from django.template import engines
print(json.dumps({
    "threads": psutil.Process().num_threads(),
    "lines": len(psutil.Process().net_connections("all")),
    "files": sorted({one.path for one in psutil.Process().open_files()} - before),
    "connected": [one.alias for one in connections.all(initialized_only=True) if one.connection],
    "loaded": [name for name in sys.modules if name.startswith("threadwell.config.commands.")],
    "answers": "threadwell.config.asgi" in sys.modules,
}))
"""


def test_loading_asks_no_database_begins_no_thread_and_opens_nothing(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("THREADWELL_")}
    environment = {
        **clean,
        "THREADWELL_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "threadwell.config.settings",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "DATABASE_OWNER_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }
    told = subprocess.run(
        [sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, check=True
    ).stdout
    seen = json.loads(told)
    assert {name.rpartition(".")[2] for name in seen.pop("loaded")} == {"web", "worker", "gateway"}
    # What answers knows who its parent is as soon as it is loaded: each child loads that by itself.
    assert seen == {"threads": 1, "lines": 0, "files": [], "connected": [], "answers": False}
