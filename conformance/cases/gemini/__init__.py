"""Cases on the Gemini surface, one file a topic of the documentation."""
