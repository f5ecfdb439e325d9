"""The family's models, one noun a file."""

from threadwell.record.people.account import Account, Contact, Organisation
from threadwell.record.people.identity import Identity
from threadwell.record.people.membership import Alert, Membership
from threadwell.record.people.merging import DuplicateSearch, Merge, MergeProposal
from threadwell.record.people.preference import Preference
from threadwell.record.people.statement import Source, Statement

__all__ = [
    "Account",
    "Alert",
    "Contact",
    "DuplicateSearch",
    "Identity",
    "Membership",
    "Merge",
    "MergeProposal",
    "Organisation",
    "Preference",
    "Source",
    "Statement",
]
