#!/bin/sh
# The rule of who may include whom holds, and the checker sees a violation when there is one.
set -u
root=${WD_SOURCE_ROOT:-.}
echo 1..2
if "$root/tools/check-layers.sh" "$root" >&2; then echo "ok 1 - layers_go_one_way"; else echo "not ok 1 - layers_go_one_way"; fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/src/core" "$scratch/src/formats"
echo '#include "formats/pe.h"' >"$scratch/src/core/planted.c"
if "$root/tools/check-layers.sh" "$scratch" 2>/dev/null; then
  echo "not ok 2 - a_planted_violation_is_found"
else
  echo "ok 2 - a_planted_violation_is_found"
fi
