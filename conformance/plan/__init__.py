"""What a run would send, spend and take: its cases are rehearsed in this process, and nothing is sent to any host."""
