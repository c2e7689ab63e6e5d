"""What goes over the wire and what is kept of it: exchanges, transports, cassettes, SSE framing, redaction."""
