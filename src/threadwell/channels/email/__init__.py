"""E-mail: reading what arrives, writing what leaves."""
