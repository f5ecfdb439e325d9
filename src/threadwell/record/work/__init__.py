"""Work: orders, claims, projects, visits, deals: what conversations are about; ours or mirrored."""
