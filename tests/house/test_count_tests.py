#!/usr/bin/env python3
"""The counter of test cases must not lose a crash: fed with records as the runner writes them."""
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.environ.get("WD_SOURCE_ROOT", ".")
COUNTER = os.path.join(ROOT, "tools", "count-tests.py")


def counted(*records, folders=1, options=()):
    """Last line of output and exit code for the records, the same in each of `folders`."""
    with tempfile.TemporaryDirectory() as scratch:
        names = []
        for i in range(folders):
            name = os.path.join(scratch, f"build{i}")
            names.append(name)
            os.makedirs(os.path.join(name, "meson-logs"))
            with open(os.path.join(name, "meson-logs", "testlog.json"), "w", encoding="utf-8") as log:
                for record in records:
                    log.write(json.dumps(record) + "\n")
        done = subprocess.run([sys.executable, COUNTER, *options, *names], capture_output=True, text=True, check=False)
        return done.stdout.splitlines()[-1], done.returncode


def record(result, stdout, name="unit / x"):
    return {"name": name, "result": result, "stdout": stdout, "stderr": ""}


GOOD = record("OK", "1..2\nok 1 - a\nok 2 - b\n")


def the_cases_of_a_good_program_pass():
    assert counted(GOOD) == ("2 passed, 0 failed", 0)


def a_crashed_program_fails_what_it_planned_and_did_not_report():
    crashed = record("ERROR", "1..5\nok 1 - a\nok 2 - b\n")
    assert counted(crashed) == ("2 passed, 3 failed", 1)


def a_program_that_leaves_with_an_error_after_its_last_case_fails():
    assert counted(record("ERROR", "1..1\nok 1 - a\n")) == ("1 passed, 1 failed", 1)


def a_crash_before_the_plan_is_one_failure():
    assert counted(GOOD, record("ERROR", "")) == ("2 passed, 1 failed", 1)


def a_program_that_runs_into_its_time_limit_fails():
    assert counted(record("TIMEOUT", "1..3\nok 1 - a\n")) == ("1 passed, 2 failed", 1)


def a_plan_of_nothing_is_a_skip():
    assert counted(GOOD, record("SKIP", "1..0 # SKIP no shared data\n")) == ("2 passed, 0 failed, 1 skipped", 0)


def single_cases_are_skipped_too():
    mixed = record("OK", "1..2\nok 1 - a\nok 2 - b # SKIP no shared data\n")
    assert counted(mixed) == ("1 passed, 0 failed, 1 skipped", 0)


def not_ok_is_a_failure_whatever_the_exit_code():
    assert counted(record("OK", "1..2\nok 1 - a\nnot ok 2 - b\n")) == ("1 passed, 1 failed", 1)


def a_program_without_plan_counts_once_by_its_exit_code():
    assert counted(record("OK", "hello\n"), record("FAIL", "hello\n"), record("SKIP", "")) == (
        "1 passed, 1 failed, 1 skipped", 1)


def nothing_run_is_not_success():
    assert counted() == ("0 passed, 0 failed", 1)
    assert counted(record("SKIP", "1..0 # SKIP\n"))[1] == 1


def the_sum_goes_over_all_build_folders():
    assert counted(GOOD, folders=2, options=("--sum",)) == ("4 passed, 0 failed", 0)


def a_folder_without_a_record_is_an_error():
    done = subprocess.run([sys.executable, COUNTER, "/nonexistent-folder"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout.splitlines()[-1] == "0 passed, 1 failed", done.stdout


def main():
    cases = [f for f in globals().values() if callable(f) and getattr(f, "__module__", "") == "__main__"]
    cases = [f for f in cases if f.__name__ not in ("counted", "record", "main")]
    print(f"1..{len(cases)}")
    bad = 0
    for n, case in enumerate(cases, 1):
        try:
            case()
            print(f"ok {n} - {case.__name__}")
        except AssertionError as why:
            bad += 1
            print(f"not ok {n} - {case.__name__}\n# {why}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
