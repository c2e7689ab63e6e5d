"""The proof of the suite itself: every fault of the reference gateway is reported for the stated reason, no variant is."""
