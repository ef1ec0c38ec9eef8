"""The bundled example, as a responder would run it: every host as the truth table says, every decoy silent."""
import json
import os
import re
import subprocess
import sys

import tap

EXAMPLE = os.path.join(tap.ROOT, "examples", "3cx")
MAKER = os.environ.get("WD_MAKE_EXAMPLE", "")


def _truth():
    """host -> (word, tier) from the table in examples/3cx.md."""
    with open(os.path.join(tap.ROOT, "examples", "3cx.md"), encoding="utf-8") as page:
        rows = re.findall(r"^\| ([A-Z]+-[A-Z]+-\d+) \| ([a-z ]+) \| (\d) \|", page.read(), re.MULTILINE)
    return {host: (word, int(tier)) for host, word, tier in rows}


def _report(folder, evidence, *options, code=1, env=None):
    case = os.path.join(folder, "case%d" % len(os.listdir(folder)))
    done = tap.run("investigate", "-o", case, *options, evidence, env=env)
    if code is not None and done.returncode != code:
        raise AssertionError(f"exit {done.returncode}, wanted {code}\n{done.stdout}\n{done.stderr}")
    with open(os.path.join(case, "report.json"), encoding="utf-8") as report:
        return json.load(report)


def _hosts(report):
    return {h["name"]: (h["word"], h["tier"]) for h in report["hosts"]}


def every_host_has_the_word_and_tier_of_the_truth_table(folder):
    report = _report(folder, EXAMPLE)
    truth = _truth()
    assert len(truth) == 14, truth
    assert report["verdict"] == "AFFECTED", report["verdict"]
    got = _hosts(report)
    wrong = {h: (got.get(h), want) for h, want in truth.items() if got.get(h) != want}
    assert not wrong, f"host: (got, want) {wrong}"
    assert set(got) == set(truth), f"hosts nobody listed: {set(got) - set(truth)}"


def no_decoy_is_a_hit(folder):
    report = _report(folder, EXAMPLE)
    decoys = {"WS-DEV-11", "WS-ADM-12", "WS-AV-13", "SRV-DB-14"}
    loud = [f for f in report["findings"] if f["host"] in decoys and f["severity"] in ("high", "critical")]
    assert not loud, loud
    accused = [c for c in report["contacts"] if c["src"] in decoys and c["hostile"]]
    assert not accused, accused
    never = [i for i in report["indicators"] if i["value"] in ("www.3cx.com", "3cx.com", "raw.githubusercontent.com")]
    assert all(i["block_safety"] == "never" for i in never), never
    fixed = [f for f in report["findings"] if "18.12.425" in f["evidence"][0]["item"] and f["severity"] in ("high", "critical")]
    assert not fixed, fixed


def every_sentence_names_evidence_that_exists(folder):
    report = _report(folder, EXAMPLE)
    known = {x["id"] for key in ("findings", "evidence", "indicators") for x in report[key]}
    for name in ("hit", "path", "deeds", "who", "now"):
        answer = report["answers"][name]
        assert answer["sentence"], name
        assert answer["evidence"], name
        assert set(answer["evidence"]) <= known, (name, answer["evidence"])
    for host in report["hosts"]:
        for proof in host["proof"]:
            assert proof["evidence"] and set(proof["evidence"]) <= known, proof
    for finding in report["findings"]:
        for place in finding["evidence"]:
            assert place["item"] and re.fullmatch(r"[0-9a-f]{64}", place["sha256"]), finding


def six_days_after_installation_the_answer_is_cannot_tell(folder):
    if not MAKER:
        raise tap.Skip("the maker of the example is not built")
    cut = os.path.join(folder, "cut")
    subprocess.run([MAKER, "--cut-after-days", "6", cut], check=True, stdout=subprocess.DEVNULL)
    report = _report(folder, cut)
    assert report["verdict"] in ("EXPOSED", "INCONCLUSIVE"), report["verdict"]
    hit = report["answers"]["hit"]
    assert "cannot tell" in hit["sentence"].lower(), hit
    assert any("settle" in line for line in hit["limited_because"]), hit
    assert all(h["tier"] <= 1 for h in report["hosts"]), _hosts(report)


def the_benign_twin_gives_no_evidence_found(folder):
    if not MAKER:
        raise tap.Skip("the maker of the example is not built")
    benign = os.path.join(folder, "benign")
    subprocess.run([MAKER, "--benign", benign], check=True, stdout=subprocess.DEVNULL)
    report = _report(folder, benign, code=None)
    assert report["verdict"] == "NO EVIDENCE FOUND", (report["verdict"], [f["title"] for f in report["findings"]][:9])
    assert all(h["tier"] == 0 for h in report["hosts"]), _hosts(report)


def without_the_campaign_pack_the_structure_still_speaks(folder):
    report = _report(folder, EXAMPLE, "--no-builtin-knowledge", code=None)
    assert report["verdict"] in ("AFFECTED", "EXPOSED", "INCONCLUSIVE"), report["verdict"]
    loud = {f["rule"] for f in report["findings"] if f["severity"] in ("high", "critical")}
    assert any("residue" in rule or "signature" in rule for rule in loud), loud


def any_number_of_workers_zone_and_locale_gives_the_same_bytes(folder):
    texts = []
    for jobs, zone in (("1", "UTC"), ("4", "Asia/Tokyo"), ("2", "America/New_York")):
        case = os.path.join(folder, "case" + jobs)
        tap.run("investigate", "-o", case, "--jobs", jobs, EXAMPLE, env={"TZ": zone, "LC_ALL": "C.UTF-8" if jobs == "4" else "C"}, check=1)
        texts.append([open(os.path.join(case, name), "rb").read() for name in ("report.json", "report.html")])
    assert texts[0] == texts[1] == texts[2]


def the_order_of_arguments_and_folders_changes_nothing(folder):
    names = sorted(os.listdir(EXAMPLE))
    texts = []
    for order in (names, names[::-1]):
        case = os.path.join(folder, "case%d" % len(texts))
        tap.run("investigate", "-o", case, *order, cwd=EXAMPLE, check=1)
        texts.append(open(os.path.join(case, "report.json"), "rb").read())
    assert texts[0] == texts[1]


def the_summary_fits_24_lines_of_80_columns(folder):
    done = tap.run("investigate", "-o", os.path.join(folder, "case"), EXAMPLE, env={"NO_COLOR": "1"}, check=1)
    lines = done.stdout.splitlines()
    assert len(lines) <= 24, len(lines)
    assert max(len(line) for line in lines) <= 80
    assert "\x1b" not in done.stdout


def explain_goes_down_to_offset_and_bytes(folder):
    case = os.path.join(folder, "case")
    tap.run("investigate", "-o", case, EXAMPLE, check=1)
    with open(os.path.join(case, "report.json"), encoding="utf-8") as text:
        report = json.load(text)
    residue = next(f for f in report["findings"] if "d3dcompiler_47.dll" in f["evidence"][0]["item"] and f["severity"] in ("high", "critical"))
    done = tap.run("explain", case, residue["id"], check=0)
    assert "d3dcompiler_47.dll" in done.stdout and "offset" in done.stdout and "not benign" in done.stdout, done.stdout
    assert "fe ed fa ce" in done.stdout.lower(), done.stdout
    assert tap.run("explain", case, "E-001", check=0).stdout
    assert tap.run("explain", case, "F-99999").returncode == 2


def spread_states_base_funnel_and_an_exact_test(folder):
    spread = _report(folder, EXAMPLE)["spread"]
    assert "14" in spread["base"]
    assert [f["hosts"] for f in spread["funnel"]][0] == 14
    assert spread["funnel"][4]["hosts"] == 5 and spread["funnel"][6]["hosts"] == 2, spread["funnel"]
    assert spread["aimed"]["sector"] == "cryptocurrency" and 0 < spread["aimed"]["p"] <= 1, spread["aimed"]


if __name__ == "__main__":
    tap.main(sys.modules[__name__])
