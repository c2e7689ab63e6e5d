"""The commands, one file each: what click is told of it, and what it does."""
