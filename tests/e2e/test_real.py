"""Real logs and captures, where they are on this machine: everything accounted for, nothing lost."""
import collections
import csv
import json
import os
import subprocess
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


def _records(path, folder):
    """file -> (allocated, recovered) of every event log below path, as the program counts them."""
    out = os.path.join(folder, "records.jsonl")
    with open(out, "wb") as lines:
        done = subprocess.run([tap.PROGRAM, "events", "--records", path], stdout=lines, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stderr
    counts = collections.Counter()
    with open(out, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            record = json.loads(line)
            counts[os.path.relpath(record["item"], os.path.dirname(path)), record["recovered"]] += 1
    return counts


def no_event_record_that_other_readers_find_is_lost(folder):
    events = tap.shared("events")
    counts = _records(os.path.join(events, "evtx"), folder)
    lost = []
    with open(os.path.join(events, "expected.tsv"), encoding="utf-8") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            allocated, recovered = counts[row["file"], False], counts[row["file"], True]
            if allocated < int(row["records_ref"] or 0) or allocated + recovered < int(row["best_known"] or 0) or \
               recovered < int(row["recovered_ref_borrow"] or 0):
                lost.append((row["file"], allocated, recovered))
    assert sum(counts.values()) > 18000 and not lost, lost


if __name__ == "__main__":
    tap.main(sys.modules[__name__])
