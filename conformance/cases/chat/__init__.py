"""Cases on the chat surface, one file a topic of the documentation."""
