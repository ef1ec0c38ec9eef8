"""Bad input: a clear line, the right exit code, and the rest of the case intact."""
import gzip
import io
import json
import os
import sys
import zipfile

import tap

EXAMPLE = os.path.join(tap.ROOT, "examples", "3cx")


def _report(case):
    with open(os.path.join(case, "report.json"), encoding="utf-8") as text:
        return json.load(text)


def a_missing_path_is_named_and_is_a_usage_error(folder):
    done = tap.run("investigate", "-o", os.path.join(folder, "case"), os.path.join(folder, "nowhere"), check=2)
    assert "nowhere" in done.stderr, done.stderr
    assert not os.path.exists(os.path.join(folder, "case", "report.json"))


def an_empty_folder_is_incomplete_not_clean(folder):
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    done = tap.run("investigate", "-o", os.path.join(folder, "case"), empty, check=3)
    assert "INCONCLUSIVE" in done.stdout, done.stdout


def no_evidence_at_all_is_a_usage_error(folder):
    assert "evidence" in tap.run("investigate", check=2).stderr
    assert tap.run("nonsense", check=2).stderr
    assert tap.run("investigate", "--fail-on", "loud", folder, check=2).stderr
    assert tap.run("investigate", "--unknown", folder, check=2).stderr


def a_case_folder_that_is_not_empty_is_left_alone(folder):
    case = os.path.join(folder, "case")
    os.mkdir(case)
    with open(os.path.join(case, "mine"), "w", encoding="utf-8") as mine:
        mine.write("keep")
    done = tap.run("investigate", "-o", case, EXAMPLE, check=2)
    assert "not empty" in done.stderr, done.stderr
    assert os.listdir(case) == ["mine"]


def a_truncated_copy_of_every_file_costs_only_itself(folder):
    cut = os.path.join(folder, "cut")
    os.mkdir(cut)
    n = 0
    for root, _, names in os.walk(EXAMPLE):
        for name in names:
            with open(os.path.join(root, name), "rb") as whole:
                content = whole.read()
            n += 1
            with open(os.path.join(cut, f"{n:02d}-{name}"), "wb") as part:
                part.write(content[: len(content) * 2 // 3])
    with open(os.path.join(EXAMPLE, "assets.csv"), "rb") as whole, open(os.path.join(cut, "whole.csv"), "wb") as copy:
        copy.write(whole.read())
    case = os.path.join(folder, "case")
    done = tap.run("investigate", "-o", case, cut)
    assert done.returncode in (0, 1, 3), (done.returncode, done.stderr)
    report = _report(case)
    items = [e for e in report["evidence"] if e["member_of"] is None]
    assert len(items) == n + 1, (len(items), n + 1)
    for item in items:
        if item["status"] in ("partial", "unreadable"):
            assert item["why"], item


def ten_gigabytes_of_zeros_in_a_gz_end_in_a_limit(folder):
    bomb = os.path.join(folder, "evidence")
    os.mkdir(bomb)
    stream = gzip.compress(b"\0" * (64 << 20), 9)  # streams behind each other are one file to gzip
    with open(os.path.join(bomb, "zeros.gz"), "wb") as out:
        for _ in range(10 * 16):
            out.write(stream)
    with open(os.path.join(bomb, "assets.csv"), "w", encoding="utf-8") as good:
        good.write("host,addresses,product,version\nWS-1,10.0.0.1,Thing,1.0\n")
    case = os.path.join(folder, "case")
    tap.run("investigate", "-o", case, bomb, check=3)
    report = _report(case)
    zeros = [e for e in report["evidence"] if e["path"].endswith("zeros.gz") or "zeros.gz > " in e["path"]]
    assert any(e["status"] in ("partial", "unreadable") and e["why"] for e in zeros), zeros
    assert [h["name"] for h in report["hosts"]] == ["WS-1"]


def a_zip_nested_fifty_deep_ends_in_a_limit(folder):
    inner = b"the innermost file"
    for level in range(50):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr(f"level{level}.zip" if level else "inner.txt", inner)
        inner = out.getvalue()
    evidence = os.path.join(folder, "evidence")
    os.mkdir(evidence)
    with open(os.path.join(evidence, "deep.zip"), "wb") as z:
        z.write(inner)
    case = os.path.join(folder, "case")
    tap.run("investigate", "-o", case, evidence, check=3)
    report = _report(case)
    assert any("depth" in e["why"] or "deep" in e["why"] or "nested" in e["why"] for e in report["evidence"]), report["evidence"][-3:]


def links_pipes_and_unreadable_files_are_listed_not_followed(folder):
    evidence = os.path.join(folder, "evidence")
    os.makedirs(os.path.join(evidence, "loop"))
    os.symlink("..", os.path.join(evidence, "loop", "up"))
    os.symlink("/etc/passwd", os.path.join(evidence, "out"))
    os.mkfifo(os.path.join(evidence, "pipe"))
    with open(os.path.join(evidence, "odd\nname\x1b[31m.txt"), "w", encoding="utf-8") as odd:
        odd.write("x")
    case = os.path.join(folder, "case")
    done = tap.run("investigate", "-o", case, evidence)
    assert "\x1b[31m" not in done.stdout + done.stderr
    report = _report(case)
    not_read = {os.path.basename(e["path"]): e["why"] for e in report["not_read"]}
    assert {"up", "out", "pipe"} <= set(not_read), not_read
    assert all(not_read.values()), not_read
    assert not any("passwd" in e["path"] for e in report["evidence"])


def a_file_that_crashes_its_reader_on_purpose_costs_only_itself(folder):
    crashing = os.environ.get("WD_PROGRAM_CRASHING")
    if not crashing:
        raise tap.Skip("no build with a reader that crashes on purpose")
    evidence = os.path.join(folder, "evidence")
    os.mkdir(evidence)
    with zipfile.ZipFile(os.path.join(evidence, "mixed.zip"), "w") as z:
        z.writestr("bad", "CRASH ON PURPOSE")
        z.writestr("assets.csv", "host,version\nWS-2,1\n")
    for name, text in (("crash", "CRASH ON PURPOSE"), ("leave", "LEAVE ON PURPOSE"), ("assets.csv", "host,version\nWS-1,1\n")):
        with open(os.path.join(evidence, name), "w", encoding="utf-8") as out:
            out.write(text)
    reports = []
    for jobs in (1, 4):
        case = os.path.join(folder, f"case{jobs}")
        tap.run("investigate", "--jobs", jobs, "-o", case, evidence, check=3, program=crashing)
        reports.append(_report(case))
    assert reports[0] == reports[1]
    items = {e["path"][len(evidence) + 1:]: e for e in reports[0]["evidence"]}
    assert items["crash"]["status"] == "unreadable" and "SIGSEGV" in items["crash"]["why"], items["crash"]
    assert items["leave"]["status"] == "unreadable" and items["leave"]["why"], items["leave"]
    assert items["mixed.zip > bad"]["status"] == "unreadable", items["mixed.zip > bad"]
    assert len(items["crash"]["sha256"]) == 64
    assert [h["name"] for h in reports[0]["hosts"]] == ["WS-1", "WS-2"], reports[0]["hosts"]


if __name__ == "__main__":
    tap.main(sys.modules[__name__])
