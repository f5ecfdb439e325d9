"""Journal: what happened, who did it and when; rows are added, never changed."""
