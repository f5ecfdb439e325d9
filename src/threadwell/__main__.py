"""The same as the `threadwell` command, for `python -m threadwell`."""

import sys

from threadwell.config.entry import main

if __name__ == "__main__":
    sys.exit(main())
