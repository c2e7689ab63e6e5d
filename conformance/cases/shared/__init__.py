"""Cases that are the same on several surfaces."""
