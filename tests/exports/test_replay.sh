#!/bin/sh
# The block lists of the example prove themselves: test_replay.sh WHODUNIT. The rules that the program writes
# for examples/3cx are replayed by Suricata over the example's own capture, where every listed name that occurs must
# raise an alert, and over captures of other traffic, where none may.
set -u
whodunit=$1
root=${WD_SOURCE_ROOT:-.}
shared=${WD_SHARED_DATA:-$root/../shared/data}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! command -v suricata >/dev/null 2>&1; then
  echo "1..0 # SKIP needs suricata"
  exit 0
fi
echo 1..3
"$whodunit" investigate "$root/examples/3cx" -o "$work/case" -q >/dev/null 2>&1
"$whodunit" export "$work/case" suricata >"$work/rules" 2>/dev/null
replay() { # CAPTURE FOLDER
  mkdir -p "$2"
  suricata -r "$1" -S "$work/rules" -l "$2" -k none >/dev/null 2>&1
}

count=$(grep -c '^alert' "$work/rules")
if [ "$count" -gt 0 ]; then echo "ok 1 - the_example_gives_rules"; else echo "not ok 1 - the_example_gives_rules"; fi

missed=
met=0
for capture in "$root"/examples/3cx/capture/*.pcap; do
  replay "$capture" "$work/own"
  for name in $(sed -n 's/^alert dns.*content:"\.\([^"]*\)".*/\1/p' "$work/rules"); do
    first=${name%%.*}
    grep -q "$first" "$capture" || continue
    met=$((met + 1))
    grep -q " $name\"\{0,1\} \[\*\*\]" "$work/own/fast.log" || missed="$missed $name"
  done
done
if [ "$met" -gt 0 ] && [ -z "$missed" ]; then
  echo "ok 2 - every_listed_name_in_the_capture_raises_an_alert"
else
  echo "not ok 2 - every_listed_name_in_the_capture_raises_an_alert"
  echo "# met $met, missed:$missed"
fi

if [ ! -d "$shared/net/pcap" ]; then
  echo "ok 3 - other_traffic_is_silent # SKIP needs the shared captures"
  exit 0
fi
replay "$shared/net/pcap" "$work/other" # a folder: one engine reads every file
hits=$(head -5 "$work/other/fast.log")
read_files=$(find "$shared/net/pcap" -type f | wc -l)
if [ -z "$hits" ] && [ "$read_files" -gt 0 ]; then
  echo "ok 3 - other_traffic_is_silent"
else
  echo "not ok 3 - other_traffic_is_silent"
  echo "# $hits"
fi
