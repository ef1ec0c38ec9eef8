"""The shipped Sigma rules: all in use, ids of their own, tags that mean something."""
import glob
import os
import re
import sys

import tap

RULES = sorted(glob.glob(os.path.join(tap.ROOT, "rules", "sigma", "*.yml")))


def every_shipped_rule_is_in_use(_):
    line = next(l for l in tap.run("doctor").stdout.splitlines() if l.startswith("sigma"))
    rules, idle = map(int, re.findall(r"\d+", line))
    assert rules >= len(RULES) and idle == 0, line


def ids_are_unique_and_every_rule_says_what_it_means(_):
    ids = []
    for path in RULES:
        with open(path, encoding="utf-8") as text:
            for document in text.read().split("\n---\n"):
                ids += re.findall(r"^id: ([0-9a-f-]{36})$", document, re.MULTILINE)
                for key in ("title", "description", "level", "falsepositives"):
                    assert re.search(rf"^{key}:", document, re.MULTILINE), (path, key)
                for tag in re.findall(r"^    - ((?:attack|whodunit)\..*)$", document, re.MULTILINE):
                    assert re.fullmatch(r"attack\.(t\d{4}(\.\d{3})?|[a-z-]+)|whodunit\.tier\.[1-6]", tag), (path, tag)
    assert len(ids) == len(set(ids)) >= len(RULES), ids


def without_a_campaign_the_rules_about_its_programs_are_idle_with_a_reason(_):
    done = tap.run("events", "--json", "--no-builtin-knowledge", os.path.join(tap.ROOT, "examples", "3cx", "hosts", "WS-ADM-12"))
    assert "no campaign lists one" in done.stdout, done.stdout[-800:]


if __name__ == "__main__":
    tap.main(sys.modules[__name__])
