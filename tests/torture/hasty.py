"""Runs a part of the product that waits for seconds where it would wait for minutes."""

import os
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "threadwell.config.settings")
django.setup()

from threadwell.channels.email import imap as mailbox  # noqa: E402
from threadwell.channels.email import send  # noqa: E402
from threadwell.config import entry  # noqa: E402
from threadwell.flow.reply import deliver  # noqa: E402
from threadwell.interfaces.gateways import imap as followers  # noqa: E402

send.PATIENCE = 1.5
send.PATIENCE_AT_END = 2.0
deliver.STEPS = tuple(timedelta(seconds=step) for step in (1, 2, 5))
mailbox.READ_WITHIN = 2
followers.LOOK_ROUND = 0.5
followers.VISIT_EVERY = 1.5
followers.FIRST_PAUSE = 0.3
sys.exit(entry.main(sys.argv[1:]))
