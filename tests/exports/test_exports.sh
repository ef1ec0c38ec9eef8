#!/bin/sh
# Real engines read the exports: test_exports.sh RENDER_REPORT REPORT.json...
# A check whose engine is not installed is skipped by name. Node modules come from
# WD_NODE_MODULES, else from the folder of this script (npm ci --ignore-scripts there); schemas from
# WD_SCHEMAS, else ../shared/schemas beside the source tree.
set -u
render=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
modules=${WD_NODE_MODULES:-$here/node_modules}
schemas=${WD_SCHEMAS:-$here/../../../shared/schemas}
work=$(mktemp -d)
named_pid=
cleanup() {
  [ -z "$named_pid" ] || kill "$named_pid" 2>/dev/null
  rm -rf "$work"
}
trap cleanup EXIT
count=0
failed=0
port=$((20000 + $$ % 20000))

ok() {
  count=$((count + 1))
  echo "ok $count - $1"
}
skip() {
  count=$((count + 1))
  echo "ok $count - $1 # SKIP $2"
}
not_ok() {
  count=$((count + 1))
  failed=$((failed + 1))
  echo "not ok $count - $1"
  sed 's/^/# /' "$work/log" | head -20
}
# check NAME COMMAND... : passes when the command does.
check() {
  name=$1
  shift
  if "$@" >"$work/log" 2>&1; then ok "$name"; else not_ok "$name"; fi
}
# reject NAME COMMAND... : passes when the command fails, so that the check above could have failed.
reject() {
  name=$1
  shift
  if "$@" >"$work/log" 2>&1; then not_ok "$name"; else ok "$name"; fi
}
have() { command -v "$1" >/dev/null 2>&1; }

nft_check() { unshare -rn nft -c -f "$1"; }
suricata_check() {
  mkdir -p "$work/suri" && suricata -T -S "$1" -l "$work/suri" >"$work/suri.log" 2>&1
  status=$?
  cat "$work/suri.log"
  [ $status -eq 0 ] && ! grep -qi 'error' "$work/suri.log"
}
sarif_check() {
  tool=$modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
  [ -x "$tool" ] || chmod +x "$tool"
  cp "$1" "$work/x.sarif"
  DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$tool" validate "$work/x.sarif" >"$work/sarif.log" 2>&1
  status=$?
  cat "$work/sarif.log"
  [ $status -eq 0 ] && ! grep -Eq 'error (JSON|SARIF)' "$work/sarif.log"
}
node_check() { NODE_PATH=$modules node "$here/validate.mjs" "$1" "$2" "$schemas"; }

# An own resolver on the loopback answers NXDOMAIN for a listed name and for one below it.
named_answers() {
  zone=$1
  rm -rf "$work/named"
  mkdir -p "$work/named"
  cp "$zone" "$work/named/rpz"
  cat >"$work/named/conf" <<CONF
options { directory "$work/named"; listen-on port $port { 127.0.0.1; }; listen-on-v6 { none; };
  pid-file none; recursion yes; dnssec-validation no; forward only; forwarders { 127.0.0.1 port 1; };
  response-policy { zone "rpz.test"; } qname-wait-recurse no; allow-query { any; }; session-keyfile none; };
controls { };
zone "rpz.test" { type primary; file "$work/named/rpz"; };
CONF
  named -g -c "$work/named/conf" >"$work/named/log" 2>&1 &
  named_pid=$!
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    grep -q 'reload done' "$work/named/log" && break
    sleep 0.3
  done
  listed=$(sed -n 's/^\([a-z0-9][^ *]*\) CNAME \. ;.*/\1/p' "$zone" | grep -v rpz-ip | head -1)
  result=0
  for n in "$listed" "deep.below.$listed"; do
    dig +time=2 +tries=1 -p "$port" @127.0.0.1 "$n" | grep -q 'status: NXDOMAIN' || { echo "no NXDOMAIN for $n"; result=1; }
  done
  dig +time=2 +tries=1 -p "$port" @127.0.0.1 "not$listed" | grep -q 'status: NXDOMAIN' && { echo "not$listed is blocked too"; result=1; }
  kill "$named_pid" 2>/dev/null
  wait "$named_pid" 2>/dev/null
  named_pid=
  tail -n 12 "$work/named/log"
  port=$((port + 1))
  return $result
}

lists() {
  tag=$1
  if have nft && unshare -rn true 2>/dev/null; then
    check "nftables loads the ruleset of $tag" nft_check "$work/$tag.nft"
    sed 's/flags interval/flags intervals/' "$work/$tag.nft" >"$work/bad.nft"
    reject "nftables refuses a broken ruleset of $tag" nft_check "$work/bad.nft"
  else
    skip "nftables loads the ruleset of $tag" "needs nft and a user namespace"
  fi
  if have named-checkzone; then
    check "named-checkzone loads the policy zone of $tag" named-checkzone -i none rpz.test "$work/$tag.rpz"
  else
    skip "named-checkzone loads the policy zone of $tag" "needs bind9-utils"
  fi
  if have named && have dig && grep -q '^[a-z0-9].* CNAME \. ;' "$work/$tag.rpz"; then
    check "a live resolver answers NXDOMAIN for the names of $tag" named_answers "$work/$tag.rpz"
  else
    skip "a live resolver answers NXDOMAIN for the names of $tag" "needs bind9 and bind9-dnsutils"
  fi
  if have suricata; then
    check "suricata loads the rules of $tag" suricata_check "$work/$tag.suricata"
    sed 's/endswith;/endswith/' "$work/$tag.suricata" >"$work/bad.rules"
    reject "suricata refuses broken rules of $tag" suricata_check "$work/bad.rules"
  else
    skip "suricata loads the rules of $tag" "needs suricata"
  fi
  if have yarac && have yara; then
    check "yarac compiles the rules of $tag" yarac "$work/$tag.yara" /dev/null
    yara -r --fail-on-warnings "$work/$tag.yara" /usr/bin >"$work/hits" 2>"$work/log"
    if [ ! -s "$work/hits" ]; then ok "no rule of $tag hits /usr/bin"; else not_ok "no rule of $tag hits /usr/bin"; fi
  else
    skip "yarac compiles the rules of $tag" "needs yara"
  fi
}

documents() {
  tag=$1
  for format in stix attack-flow sigma navigator; do
    name="the schema of its makers accepts $format of $tag"
    if ! have node || [ ! -d "$modules/ajv" ]; then
      skip "$name" "needs node and ajv"
    elif [ ! -d "$schemas/stix-2.1" ]; then
      skip "$name" "needs the schemas"
    else
      check "$name" node_check $format "$work/$tag.$format"
    fi
  done
  if have node && [ -d "$modules/ajv" ] && [ -d "$schemas/stix-2.1" ]; then
    sed 's/"pattern_type"/"pattern_kind"/; s/"relationship_type"/"kind"/' "$work/$tag.stix" >"$work/bad.stix"
    reject "the schema refuses a broken bundle of $tag" node_check stix "$work/bad.stix"
  fi
  if [ -e "$modules/@microsoft/sarif-multitool-linux/Sarif.Multitool" ]; then
    check "the SARIF validator accepts $tag" sarif_check "$work/$tag.sarif"
    sed 's/"message"/"massage"/' "$work/$tag.sarif" >"$work/bad.json"
    reject "the SARIF validator refuses a broken log of $tag" sarif_check "$work/bad.json"
  else
    skip "the SARIF validator accepts $tag" "needs sarif-multitool"
  fi
  if have node && [ -d "$modules/html-validate" ]; then
    cp "$work/$tag.html" "$work/page.html"
    cp "$here/htmlvalidate.json" "$work/.htmlvalidate.json"
    check "html-validate finds nothing in the page of $tag" node "$modules/html-validate/bin/html-validate.mjs" "$work/page.html"
  else
    skip "html-validate finds nothing in the page of $tag" "needs html-validate"
  fi
  if have node && have chromium && [ -d "$modules/axe-core" ] && [ -d "$modules/playwright-core" ]; then
    check "the page of $tag in a browser: no finding of axe, no request, no sideways scroll, no script" \
      env NODE_PATH="$modules" node "$here/browser.mjs" "$work/$tag.html"
  else
    skip "the page of $tag in a browser" "needs chromium, axe-core and playwright-core"
  fi
}

for report in "$@"; do
  tag=$(basename "$report" .json)
  for format in suricata nft rpz sigma yara stix attack-flow navigator sarif html; do
    "$render" $format "$report" >"$work/$tag.$format" || { echo "Bail out! $format of $tag"; exit 1; }
  done
  lists "$tag"
  documents "$tag"
done
echo "1..$count"
