#!/usr/bin/env python3
"""Wall time of the main job and the private memory of all its processes together.

    bench/investigate.py EVIDENCE... [-- OPTIONS]

The case goes to a scratch folder. Private memory is what smaps_rollup calls Private_Clean and Private_Dirty,
summed over the process group every 20 ms; pages shared between workers after the fork count for nobody, so the
figure is what a further worker costs, and the largest proportional set (Pss) beside it is what all cost together.
"""
import os
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ.get("WD_PROGRAM", os.path.join(os.path.dirname(__file__), "..", "build", "whodunit"))


def group_of(pid):
    """Process group of a process, from the field behind the name in brackets."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
        return int(f.read().rsplit(")", 1)[1].split()[2])


def sample(group):
    """(private, proportional, processes) in KiB over the group."""
    private = pss = n = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if group_of(pid) != group:
                continue
            with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as f:
                for line in f:
                    if line.startswith(("Private_Clean:", "Private_Dirty:")):
                        private += int(line.split()[1])
                    elif line.startswith("Pss:"):
                        pss += int(line.split()[1])
            n += 1
        except OSError:  # gone between two looks
            continue
    return private, pss, n


def main(words):
    options = []
    if "--" in words:
        at = words.index("--")
        words, options = words[:at], words[at + 1:]
    if not words:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="wd-bench-") as scratch:
        command = [PROGRAM, "investigate", "-q", "-o", os.path.join(scratch, "case"), *options, *words]
        began = time.monotonic()
        child = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        most = [0, 0, 0]
        while child.poll() is None:
            most = [max(a, b) for a, b in zip(most, sample(child.pid))]
            time.sleep(0.02)
        wall = time.monotonic() - began
        used = os.times()
        print(f"{child.stdout.read().decode().strip()}\nexit {child.returncode}")
        print(f"wall {wall:.1f} s, processor {used.children_user + used.children_system:.1f} s, private memory at most "
              f"{most[0] / 1024:.0f} MiB over {most[2]} processes (proportional {most[1] / 1024:.0f} MiB)")
    return 0 if child.returncode in (0, 1, 3) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
