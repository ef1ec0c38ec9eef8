#!/bin/sh
# The committed evidence of examples/3cx is what its maker makes, and the two variants that other
# tests use leave out what they must. Argument: the maker.
set -u
maker=$1
root=${WD_SOURCE_ROOT:-.}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
number=0
say() { # say STATUS NAME
  number=$((number + 1))
  if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}
# holds FOLDER TEXT: some file has the text, as bytes or as UTF-16LE
holds() {
  wide=$(printf %s "$2" | sed 's/[.]/[.]/g; s/\(\[[.]\]\|.\)/\1\\x00/g')
  grep -rqaF -e "$2" "$1" || grep -rqaP -e "$wide" "$1"
}
names="msstorageazure.com akamaitechcloudservices.com pbxcloudeservices.com officeaddons.com
pbxphonenetwork.com IconStorages .old wlbsctrl.dll"

echo 1..7
"$maker" "$scratch/now" && diff -r "$scratch/now" "$root/examples/3cx" >&2
say $? committed_evidence_is_what_the_maker_makes

(cd "$root/examples/3cx" && sha256sum --quiet -c ../3cx.sha256) >&2
say $? every_hash_in_the_list_is_right

listed=$(grep -vc '^#' "$root/examples/3cx.sha256")
found=$(find "$root/examples/3cx" -type f | wc -l)
[ "$listed" = "$found" ]
say $? no_file_is_missing_from_the_list

bad=0
for name in $names; do
  holds "$scratch/now" "$name" || { echo "# $name is not in the example" >&2; bad=1; }
done
say $bad every_trace_of_the_attack_is_in_the_example

bad=0
"$maker" --benign "$scratch/benign" || bad=1
for name in $names; do
  holds "$scratch/benign" "$name" && { echo "# $name is in the benign twin" >&2; bad=1; }
done
say $bad the_benign_twin_has_no_trace_of_it

bad=0
"$maker" --cut-after-days 6 "$scratch/cut" || bad=1
for name in $names; do
  holds "$scratch/cut" "$name" && { echo "# $name is in the cut evidence" >&2; bad=1; }
done
say $bad the_evidence_cut_after_six_days_has_no_trace_of_it

# 2023-03-20T00:00:00Z
last=$(grep -hv '^#' "$scratch"/cut/zeek/*.log | cut -c1-10 | sort -n | tail -1)
[ "$last" -gt 1679180000 ] && [ "$last" -lt 1679270400 ]
say $? nothing_is_later_than_the_cut
