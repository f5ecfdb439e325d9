"""People: contacts, the organisations they belong to, and the identities we know them by."""
