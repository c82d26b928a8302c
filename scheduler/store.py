"""Claims and leases by the names that the scheduler's parts use; their rows are the domain's."""

from domain.jobs.lease_store import lease, lease_holder, release_lease, take_lease
from domain.jobs.store import claim, finish, forget_runs, job_run, last_runs

__all__ = [
    "claim",
    "finish",
    "forget_runs",
    "job_run",
    "last_runs",
    "lease",
    "lease_holder",
    "release_lease",
    "take_lease",
]
