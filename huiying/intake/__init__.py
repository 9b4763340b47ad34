"""Taking requests in at the desk: calls, drafts that survive, shifts."""
