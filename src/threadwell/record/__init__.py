"""Record: what we remember. Noun families form a tree: workplace, people, inboxes, journal, conversations."""
