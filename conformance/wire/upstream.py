"""What a run and the upstream that stands behind a proxy have agreed on: words in prompts, and headers that are looked at."""

import re

TROUBLE = re.compile(rb"\[upstream: (slow|cut|error|large|[45]\d\d)\]")
"""What a request says that asks the upstream for trouble."""
MARK = re.compile(rb"mark-[0-9a-f]{6}")
"""What tells one of several requests that are under way at once from the others."""
WATCHED_HEADERS = ("retry-after", "x-ratelimit-remaining-requests")
"""Headers of an answer that callers act on: whoever waits, and whoever slows down in time."""
