"""What changed between two runs or two sets of recordings, and whether it breaks those who rely on the older one."""
