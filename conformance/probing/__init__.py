"""What a case holds in its hand: the surfaces of a target, the probes that are sent, the judge of what came."""
