"""Cases on the Responses surface, one file a topic of the documentation."""
