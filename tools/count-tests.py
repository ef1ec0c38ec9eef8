#!/usr/bin/env python3
"""Counts test cases from the runner's own record, build folder by build folder.

A TAP program that dies half-way has planned more cases than it reported: the missing ones count as
failed, and so does a program that failed without a failing case. Prints what failed, then the sum.
Exit 1 when anything failed or nothing ran.
"""
import json
import os
import re
import sys

PLAN = re.compile(r"^1\.\.(\d+)(?:\s*#\s*(skip)?)?", re.IGNORECASE)
CASE = re.compile(r"^(not )?ok\b(.*)$")


def count(record):
    """(passed, failed, skipped) of one test program."""
    passed = failed = skipped = 0
    planned = None
    for line in (record.get("stdout") or "").splitlines():
        plan = PLAN.match(line)
        if plan:
            planned = int(plan.group(1))
            if planned == 0:
                skipped += 1
            continue
        case = CASE.match(line)
        if not case:
            continue
        if re.search(r"#\s*skip", case.group(2), re.IGNORECASE):
            skipped += 1
        elif case.group(1):
            failed += 1
        else:
            passed += 1
    reported = passed + failed + skipped
    if planned is None:  # not TAP: the exit code is all there is
        result = record["result"]
        return (1, 0, 0) if result == "OK" else (0, 0, 1) if result == "SKIP" else (0, 1, 0)
    failed += max(0, planned - reported)
    if record["result"] not in ("OK", "SKIP") and failed == 0:
        failed = 1
    return passed, failed, skipped


def main(arguments):
    quiet = arguments[:1] == ["--sum"]
    total = [0, 0, 0]
    for folder in arguments[1:] if quiet else arguments:
        if not os.path.exists(f"{folder}/meson-logs/testlog.json"):
            print(f"--- {folder}: no tests were run there")
            total[1] += 1
            continue
        with open(f"{folder}/meson-logs/testlog.json", encoding="utf-8", errors="replace") as log:
            for line in log:
                record = json.loads(line)
                counts = count(record)
                total = [a + b for a, b in zip(total, counts)]
                if counts[1] and not quiet:
                    print(f"--- {folder}: {record['name']}: {record['result']}")
                    print((record.get("stdout") or "")[-4000:])
                    print((record.get("stderr") or "")[-4000:])
    passed, failed, skipped = total
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
