"""Attacks: what somebody would try who means harm, and that it gains them nothing."""
