#!/bin/sh
# Every header compiles alone: it includes what it needs.
set -u
root=${WD_SOURCE_ROOT:-.}
n=0
headers=$(find "$root/src" -name '*.h' | LC_ALL=C sort)
echo "1..$(echo "$headers" | wc -l)"
for h in $headers; do
  n=$((n + 1))
  name=${h#"$root/src/"}
  if echo "#include \"$name\"" | "$@" -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -I"$root/src" -fsyntax-only -x c - >&2; then
    echo "ok $n - $name"
  else
    echo "not ok $n - $name"
  fi
done
