"""Channels: the dialects that people speak to us in, each behind the port."""
