"""Run the fuzzing: all parts, or those that are named.

In:    the words after bin/fuzz
Out:   what pytest says, with how many cases there were; finds are laid under var/finds
Touch: a database of this run, which is removed
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

PARTS = {
    "mails": "test_mails.py",
    "api": "test_api.py",
    "rules": "test_conditions.py",
    "tables": "test_tables.py",
}
HERE = Path(__file__).parent


def main() -> int:
    asked = _arguments()
    environment = {**os.environ, "FUZZ_SECONDS": str(asked.seconds), "FUZZ_SEED": str(asked.seed)}
    if asked.folder:
        environment["FUZZ_FOLDER"] = str(asked.folder.absolute())
    files = [str(HERE / PARTS[name]) for name in asked.parts or PARTS]
    command = [sys.executable, "-m", "pytest", *files, "--durations=0", "-p", "no:randomly"]
    return subprocess.run(command, env=environment, check=False).returncode


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/fuzz", description="Feed what nobody would write, and see that nothing breaks."
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all when none")
    parser.add_argument("--seconds", type=float, default=60, help="for each test of a part (60)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other cases (1)")
    parser.add_argument("--folder", type=Path, help="with mails of your own, to breed from")
    asked = parser.parse_args()
    if unknown := [name for name in asked.parts if name not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}")
    if asked.folder and not asked.folder.is_dir():
        parser.error(f"{asked.folder} is no folder")
    return asked


if __name__ == "__main__":
    sys.exit(main())
