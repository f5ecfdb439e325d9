"""Gateways: how mail comes in. An SMTP and LMTP server of our own, and followers of IMAP mailboxes."""
