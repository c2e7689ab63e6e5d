"""What is under test: where its surfaces are, how to authenticate, which model plays which part."""
