#!/usr/bin/env python3
"""Rules of the house that no compiler checks: no case named in code, no trace of a machine, size of files,
fuzz targets with corpora, one name per file."""
import glob
import os
import re
import subprocess
import sys

ROOT = os.environ.get("WD_SOURCE_ROOT", ".")
MAX_LINES = 700
# Words of knowledge packs that are words of the trade as well: a program name that every system has says nothing of a case.
COMMON = {"windows", "microsoft", "update", "updates", "google", "microsoft.com", "msiexec.exe", "rundll32.exe"}


def files(*patterns):
    """Committed files below ROOT that match one of the shell patterns, as relative paths."""
    try:
        out = subprocess.run(["git", "-c", "safe.directory=*", "-C", ROOT, "ls-files", "-z", "--", *patterns],
                             capture_output=True, check=True).stdout.decode()
        found = [f for f in out.split("\0") if f]
    except (OSError, subprocess.CalledProcessError):  # an unpacked release has no .git
        found = [os.path.relpath(f, ROOT) for p in patterns for f in glob.glob(os.path.join(ROOT, "**", p), recursive=True)]
        found = [f for f in found if not f.startswith("build") and os.path.isfile(os.path.join(ROOT, f))]
    return sorted(f for f in found if os.path.isfile(os.path.join(ROOT, f)))


def text(path):
    with open(os.path.join(ROOT, path), "rb") as f:
        return f.read().decode("utf-8", "replace")


def items(value):
    """The words of a YAML value of one line: a list or a single one."""
    value = value.strip()
    if value.startswith("["):
        value = value.strip("[]")
        return [v.strip().strip("\"'") for v in re.findall(r"\"[^\"]*\"|'[^']*'|[^,]+", value)]
    return [value.strip("\"'")]


def case_names():
    names = set()
    for path in glob.glob(os.path.join(ROOT, "knowledge", "campaigns", "*.yaml")):
        with open(path, encoding="utf-8") as f:
            pack = f.read()
        for key in ("id", "title", "aliases", "vendor", "programs", "signers", "related"):
            for value in re.findall(rf"^(?:  - |\s*){key}: (.+)$", pack, re.MULTILINE):
                names.update(items(value))
        products = pack.split("\nproducts:", 1)[-1].split("\n\n", 1)[0]
        for value in re.findall(r"^\s*(?:- )?name: (.+)$", products, re.MULTILINE):
            names.update(items(value))
        for value in re.findall(r"^  - \{publisher: .*?, name: (\"[^\"]+\"|[^,]+),", pack, re.MULTILINE):
            names.update(re.split(r"[()]| nexus| related to ", value.strip("\"'")))
        for value in re.findall(r"^\s*- \{type: domain, value: ([^,]+),", pack, re.MULTILINE):
            names.add(value)
    names = {n.replace("*", "").strip().lower() for n in names}
    return {n for n in names if len(n) >= 3 and n not in COMMON and not re.fullmatch(r"[a-z]\d{4}", n)}


def the_code_names_no_case_product_or_actor():
    names = case_names()
    assert {"3cx", "unc4736"} <= names and len(names) > 30, sorted(names)
    finder = re.compile(r"(?<![a-z0-9])(" + "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True)) + r")(?![a-z0-9])",
                        re.IGNORECASE)
    planted = "no " + "3" + "CX here"
    assert finder.search(planted)
    found = [f"{path}:{n}: {hit.group(0)}" for path in files("src/*") if path.endswith((".c", ".h"))
             for n, line in enumerate(text(path).splitlines(), 1) for hit in finder.finditer(line)]
    assert not found, "\n".join(found)


def nothing_names_a_path_of_the_machine_it_was_written_on():
    pieces = ["/" + "work/", "/" + "tmp/wt", "/" + "root/", "/" + "home/[a-z]+/"]
    finder = re.compile("(?<![A-Za-z0-9.~*$}])(" + "|".join(pieces) + ")")
    found = []
    for path in files("*"):
        if path.startswith(("examples/", "fuzz/corpus/", "knowledge/", "rules/", "tests/golden/")):
            finder_here = re.compile("|".join(pieces[:2]))  # evidence and rules speak of home folders by trade
        else:
            finder_here = finder
        for n, line in enumerate(text(path).splitlines(), 1):
            if finder_here.search(line) and "invented" not in line:
                found.append(f"{path}:{n}: {line[:120]}")
    assert not found, "\n".join(found)


def nothing_fetches_from_a_named_registry():
    finder = re.compile(r"https?://[^\s/\"']*(registry|npmjs|pypi|pythonhosted|crates|proxy\.golang|mirror|artifactory)")
    found = [f"{path}: {hit.group(0)}" for path in files("*") if not path.startswith(("examples/", "fuzz/corpus/"))
             for hit in finder.finditer(text(path)) if path != "tests/house/test_house.py"]
    assert not found, "\n".join(found)


def no_source_file_is_longer_than_it_can_be_read():
    long = [f"{path}: {n} lines" for path in files("src/*", "tests/*", "fuzz/*", "bench/*") if path.endswith((".c", ".h"))
            for n in [len(text(path).splitlines())] if n > MAX_LINES]
    assert not long, "\n".join(long)


def every_source_file_has_a_name_of_its_own():
    seen = {}
    for path in files("src/*", "tests/*", "fuzz/*"):
        if path.endswith(".c"):
            seen.setdefault(os.path.basename(path), []).append(path)
    twice = [str(paths) for paths in seen.values() if len(paths) > 1]
    assert not twice, "\n".join(twice)


def every_fuzz_target_has_a_corpus_and_every_corpus_a_target():
    targets = {os.path.basename(p)[5:-2] for p in files("fuzz/fuzz_*.c")}
    listed = set(re.findall(r"^  \['([a-z0-9_]+)',", text("fuzz/meson.build"), re.MULTILINE))
    corpora = {p.split("/")[2] for p in files("fuzz/corpus/*") if os.path.getsize(os.path.join(ROOT, p)) > 0}
    assert targets == listed == corpora, (targets ^ listed, targets ^ corpora)
    unnamed = [p for p in files("fuzz/corpus/*") if not os.path.basename(p).startswith(("good", "bad"))]
    assert not unnamed, f"corpus files start with good- or bad-: {unnamed}"


def every_fuzz_target_says_what_it_reaches():
    silent = [p for p in files("fuzz/fuzz_*.c") if not re.match(r"\s*/\*", text(p)) and not re.match(r"(#include .*\n|\s)*/\*", text(p))]
    assert not silent, silent


def the_manual_names_every_command_and_every_option():
    manual = text("man/whodunit.1").replace("\\-", "-")
    commands = re.findall(r'^    {"([a-z]+)", wd_cmd_', text("src/cli/main.c"), re.MULTILINE)
    options = re.findall(r'^    {"([a-z-]+)", (?:0|\'.\'), [A-Z]+, AT', text("src/cli/options.c"), re.MULTILINE)
    assert len(commands) > 5 and len(options) > 20, (commands, options)
    missing = [c for c in commands if not re.search(rf"^\.B (whodunit )?{c}$", manual, re.MULTILINE) and f"\n.B {c}\n" not in manual]
    missing += ["--" + o for o in options if o != "help" and f"--{o}" not in manual]
    invented = [o for o in re.findall(r"--([a-z-]+)", manual) if o not in options]
    assert not missing and not invented, (missing, invented)


def every_script_passes_a_shell_syntax_check():
    for path in files("script/*", ".ci/run", "tools/*.sh", "tests/*.sh"):
        if text(path).startswith("#!/bin/sh"):
            done = subprocess.run(["sh", "-n", os.path.join(ROOT, path)], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr


def main():
    cases = [f for f in globals().values() if callable(f) and getattr(f, "__module__", "") == "__main__"
             and f.__name__ not in ("files", "text", "items", "case_names", "main")]
    print(f"1..{len(cases)}")
    bad = 0
    for n, case in enumerate(cases, 1):
        try:
            case()
            print(f"ok {n} - {case.__name__}")
        except AssertionError as why:
            bad += 1
            print(f"not ok {n} - {case.__name__}")
            print("\n".join(f"# {line}" for line in str(why).splitlines()))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
