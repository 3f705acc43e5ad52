#!/usr/bin/env bash
# Prints, as a JSON list, the branches whose lockfile names one of RUNS; without RUNS those with anything in flight.
#
# RUNS is a JSON list of run ids, as `serve --notify` sends them: a dispatched workflow starts on the default branch, and
# what it is to collect may have been submitted from another. A clone with all branches is needed, of any depth.
set -euo pipefail

remote=${REMOTE:-origin}
lock=${LOCKFILE:-specs/seedance.lock}
told=$(python3 -I -c 'import json, sys; print("\n".join(json.loads(sys.argv[1] or "null") or []))' "${RUNS:-}")
mapfile -t runs <<<"$told"

words=()
for run in "${runs[@]}"; do
  [[ $run =~ ^[0-9a-f]+$ ]] && words+=(-e "\"run\":\"$run\"")
done
((${#words[@]})) || words=(-e '"status":"submitted"' -e '"status":"landed"')

found=()
while read -r ref; do
  if git grep --quiet --fixed-strings "${words[@]}" "$ref" -- ":(top)*$lock"; then
    found+=("${ref#refs/remotes/"$remote"/}")
  fi
done < <(git for-each-ref --format='%(refname)' "refs/remotes/$remote" | grep -v '/HEAD$')
python3 -I -c 'import json, sys; print(json.dumps(sys.argv[1:]))' "${found[@]}"
