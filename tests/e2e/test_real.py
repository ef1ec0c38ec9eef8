"""Real logs and captures, where they are on this machine: everything accounted for, nothing lost."""
import json
import os
import resource
import sys

import tap


def events_and_captures_are_accounted_for_file_by_file(folder):
    events, net = tap.shared("events"), tap.shared("net")
    case = os.path.join(folder, "case")
    done = tap.run("investigate", "-o", case, events, net)
    assert done.returncode in (0, 1, 3), (done.returncode, done.stderr)
    with open(os.path.join(case, "report.json"), encoding="utf-8") as text:
        report = json.load(text)
    files = sum(len(names) for root in (events, net) for _, _, names in os.walk(root))
    items = [e for e in report["evidence"] if e["member_of"] is None]
    assert len(items) + len(report["not_read"]) == files, (len(items), len(report["not_read"]), files)
    other = [e for e in items if e["status"] == "other"]
    assert any(e["path"].endswith(".yml") or e["path"].endswith("README.md") for e in other), len(other)
    crashed = [e for e in report["evidence"] if "signal" in e["why"] or "no answer" in e["why"]]
    assert not crashed, crashed


def no_allocated_event_record_is_lost(folder):
    events = tap.shared("events")
    case = os.path.join(folder, "case")
    tap.run("investigate", "-o", case, os.path.join(events, "evtx"))
    with open(os.path.join(case, "report.json"), encoding="utf-8") as text:
        report = json.load(text)
    lost = [f for f in report["findings"] if f["rule"].startswith("examine.lost")]
    assert not lost, lost
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 500 * 1024


if __name__ == "__main__":
    tap.main(sys.modules[__name__])
