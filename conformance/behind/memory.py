"""The memory of a process, as Linux tells it: what of it lies in RAM (resident set size), in kilobytes of 1024 bytes."""

from dataclasses import dataclass
from pathlib import Path

from conformance.errors import UsageError

_PROC = Path("/proc")


def resident_kb(pid: int, proc: Path = _PROC) -> int | None:
    """Kilobytes of a process, without its children; None if there is no such process, or it has no memory of its own."""
    try:
        status = (proc / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(next(found, 0)) or None


@dataclass
class Memory:
    """The memory of one process while something goes on, in kilobytes. None: it was gone by then."""

    pid: int
    before_kb: int | None = None
    most_kb: int | None = None
    after_kb: int | None = None
    proc: Path = _PROC

    @classmethod
    def of(cls, pid: int, proc: Path = _PROC) -> "Memory | None":
        """From now on; None where the system tells of no process. Raises `UsageError` if there is no such process."""
        if not (proc / "self" / "status").exists():
            return None
        before = resident_kb(pid, proc)
        if before is None:
            raise UsageError(f"--proxy-pid {pid}: there is no such process; give that of the proxy")
        return cls(pid, before, before, proc=proc)

    def look(self) -> None:
        """Takes note of what it has now."""
        self.most_kb = max(self.most_kb or 0, resident_kb(self.pid, self.proc) or 0) or None

    def end(self) -> None:
        """Takes note of what it has in the end."""
        self.look()
        self.after_kb = resident_kb(self.pid, self.proc)
