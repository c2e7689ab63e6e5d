"""Cases on the older per-endpoint paths."""
