"""How a job stands, out of its last run and who is alive. Pure."""

from collections.abc import Collection, Sequence

from domain.jobs.model import JobInfo, Run, Standing

MISSED = 3
"""A job is overdue once so many of its intervals have passed without a run."""
LONGEST_RUN_MS = 600_000
"""A run may take as long, or as long as the intervals it may miss, before it counts as stuck."""
SETTLING_MS = 60_000
"""So long after its own start a process says of no job that it is overdue: all have just begun."""
LOST = "its process ended before it did"
SHARE = 0.95


def standing(
    info: JobInfo,
    last: Run | None,
    alive: Collection[str],
    known_ms: int,
    watched_ms: int,
    now_ms: int,
) -> Standing:
    """How a job stands now.

    Args:
        info: The job.
        last: Its newest run.
        alive: The processes that have given a sign of life.
        known_ms: Since when there is such a job.
        watched_ms: Since when the asking process looks.
        now_ms: Real time.
    """
    patience_ms = MISSED * info.every_ms
    fair = now_ms - watched_ms > min(patience_ms, SETTLING_MS)
    if last is None:
        if fair and now_ms - known_ms > patience_ms:
            return Standing("overdue", "never run", known_ms + patience_ms)
        return Standing("never", "never run")
    running = last.finished_ms is None and last.owner in alive
    if running:
        stuck_ms = last.started_ms + max(patience_ms, LONGEST_RUN_MS)
        if now_ms > stuck_ms:
            return Standing("overdue", "still running", stuck_ms)
        return Standing("running", "running", last.started_ms)
    if fair and now_ms - last.started_ms > patience_ms:
        return Standing("overdue", "not run since", last.started_ms + patience_ms)
    if last.finished_ms is None:
        return Standing("failed", LOST, last.started_ms)
    if last.failed:
        return Standing("failed", reason(last), last.finished_ms)
    return Standing("ok", "ok", last.finished_ms)


def reason(run: Run) -> str:
    """Why a run failed, without the word itself."""
    said = (run.outcome or LOST).removeprefix("failed:").strip()
    return said or "without a word"


def next_due_ms(info: JobInfo, now_ms: int) -> int:
    """The moment at which its next run is due: whole intervals since 1970, in every process."""
    every_ms = max(1, info.every_ms)
    return (now_ms // every_ms + 1) * every_ms


def first_tick_ms(info: JobInfo, last_due_ms: int | None, now_ms: int, soon_ms: int) -> int:
    """When a process that has just started runs a job first: soon where a run was missed."""
    aligned_ms = next_due_ms(info, now_ms)
    if last_due_ms is None or last_due_ms + info.every_ms > now_ms:
        return aligned_ms
    return min(aligned_ms, now_ms + soon_ms)


def p95(durations_ms: Sequence[int]) -> int | None:
    """So long at most took 95 of 100 runs; None without any."""
    if not durations_ms:
        return None
    ordered = sorted(durations_ms)
    place = -(-len(ordered) * round(SHARE * 100) // 100)
    return ordered[max(0, place - 1)]
