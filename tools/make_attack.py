#!/usr/bin/env python3
"""Makes knowledge/attack.tsv: names of ATT&CK tactics and techniques.

    zstd -dc enterprise-attack.json.zst | tools/make_attack.py 18.1 2025-11-13 > knowledge/attack.tsv

Reads a STIX bundle of the Enterprise domain on standard input. Names and which technique belongs to which tactic,
nothing else of it.
"""
import json
import sys

NOTICE = ("(c) 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of "
          "The MITRE Corporation.")


def mitre_id(o):
    return next((r["external_id"] for r in o.get("external_references", []) if r.get("source_name") == "mitre-attack"), "")


def main():
    version, date = sys.argv[1:3]
    objects = json.load(sys.stdin)["objects"]
    by_id = {o["id"]: o for o in objects}
    matrix = next(o for o in objects if o["type"] == "x-mitre-matrix")
    tactics = [by_id[i] for i in matrix["tactic_refs"]]
    print("whodunit.attack/1", "MITRE ATT&CK Enterprise", version, date, NOTICE, sep="\t")
    for t in tactics:
        print("tactic", t["x_mitre_shortname"], mitre_id(t), t["name"], sep="\t")
    order = [t["x_mitre_shortname"] for t in tactics]
    rows = []
    successor = {o["source_ref"]: by_id.get(o["target_ref"]) for o in objects
                 if o["type"] == "relationship" and o["relationship_type"] == "revoked-by"}
    for o in objects:
        if o["type"] != "attack-pattern" or o.get("x_mitre_deprecated") or not mitre_id(o).startswith("T"):
            continue
        now = o
        for _ in range(8):  # a successor may be revoked itself
            if now is not None and now.get("revoked"):
                now = successor.get(now["id"])
        if now is None or now.get("revoked"):
            continue
        # Rules keep old numbers for years: those are shown under their old name with the new number.
        name = o["name"] if now is o else f"{o['name']} (now {mitre_id(now)})"
        phases = {p["phase_name"] for p in now.get("kill_chain_phases", []) if p["kill_chain_name"] == "mitre-attack"}
        rows.append((mitre_id(o), o.get("revoked", False), name, "|".join(p for p in order if p in phases)))
    seen = set()
    for number, _, name, phases in sorted(rows):
        if number not in seen:
            print("technique", number, name, phases, sep="\t")
        seen.add(number)


main()
