"""What a client library sends, and what its caller gets: observed, so that two versions can be compared."""
