"""`make bench`: every measurement, one after the other; exits 1 when one is below its target."""

import subprocess
import sys

MODULES = (
    "bench.ingest", "bench.query", "bench.live", "bench.page", "bench.socket", "bench.api",
    "bench.money", "bench.control",
)  # fmt: skip


def main() -> int:
    """Run all; `--data DIR` adds the replay of a real building."""
    commands = [[sys.executable, "-m", module] for module in MODULES]
    if "--data" in sys.argv:
        for module in ("bench.accept_replay", "bench.accept_costs"):
            commands.append([sys.executable, "-m", module, *sys.argv[1:]])
    return max(subprocess.run(command, check=False).returncode for command in commands)


if __name__ == "__main__":
    sys.exit(main())
