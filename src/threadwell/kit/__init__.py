"""Kit: tools without a word of the trade (clock, ids, tenancy, jobs, blobs, errors)."""
