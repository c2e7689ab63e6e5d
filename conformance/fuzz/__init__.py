"""Free exploration of a live target: requests that nobody wrote, within a budget, each find made small."""
