"""A set of recordings: how it was made, whether it is whole, and how it differs from another."""
