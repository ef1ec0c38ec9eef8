"""A few lines of TAP for the end-to-end tests: functions named as sentences, run in order."""
import os
import subprocess
import sys
import tempfile
import traceback

ROOT = os.environ.get("WD_SOURCE_ROOT", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")))
PROGRAM = os.environ.get("WD_PROGRAM", os.path.join(ROOT, "build", "whodunit"))
SHARED = os.environ.get("WD_SHARED_DATA", os.path.join(ROOT, "..", "shared", "data"))


class Skip(Exception):
    """Raised by a case that cannot run here; the text is the reason."""


def run(*words, env=None, cwd=None, timeout=170, check=None, program=None):
    """The program with `words`; returns the finished process with text output."""
    whole = dict(os.environ)
    whole.update(env or {})
    done = subprocess.run([program or PROGRAM, *map(str, words)], env=whole, cwd=cwd, timeout=timeout, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    done.stdout = done.stdout.decode("utf-8", "replace")
    done.stderr = done.stderr.decode("utf-8", "replace")
    if check is not None and done.returncode != check:
        raise AssertionError(f"exit {done.returncode}, wanted {check}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done


def shared(*parts):
    """Path below the shared data; skips the case when it is not there."""
    path = os.path.join(SHARED, *parts)
    if not os.path.exists(path):
        raise Skip("shared data is not on this machine")
    return path


def main(module):
    cases = [f for name, f in vars(module).items() if callable(f) and getattr(f, "__module__", "") == module.__name__
             and name[0].islower() and not name.startswith("_") and f.__code__.co_argcount == 1]
    print(f"1..{len(cases)}", flush=True)
    failed = 0
    for n, case in enumerate(cases, 1):
        with tempfile.TemporaryDirectory(prefix="wd-e2e-") as folder:
            try:
                case(folder)
                print(f"ok {n} - {case.__name__}", flush=True)
            except Skip as reason:
                print(f"ok {n} - {case.__name__} # SKIP {reason}", flush=True)
            except Exception:  # a broken case must not hide the ones behind it
                failed += 1
                print(f"not ok {n} - {case.__name__}", flush=True)
                for line in traceback.format_exc().splitlines():
                    print(f"# {line}", flush=True)
    sys.exit(1 if failed else 0)
