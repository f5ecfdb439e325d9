"""Disk: whether there is room for what arrives.

In:    the folder of blobs and the reserve, from the settings
Out:   bytes; yes or no
Touch: asks the file system
"""

import shutil
from pathlib import Path

from django.conf import settings


def free() -> int:
    """Bytes that we may still write beside the blobs."""
    folder = Path(settings.BLOB_ROOT)
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def is_full() -> bool:
    """Less is left than shall stay free; deliveries are put off until there is room again."""
    return free() < settings.DISK_RESERVE
