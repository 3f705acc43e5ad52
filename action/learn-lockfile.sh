#!/usr/bin/env bash
# Takes into the work tree's lockfile what BRANCH has learned since the checkout: else a run that waited for another one
# would not know what that one has paid for. Both are sets of facts, one a line, so their union is a lockfile.
set -euo pipefail

lock=${LOCKFILE:-specs/seedance.lock}
branch=${BRANCH:?"the branch that holds the newest lockfile"}
remote=${REMOTE:-origin}
path=$(git rev-parse --show-prefix)$lock
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export LC_ALL=C

depth=()
[[ $(git rev-parse --is-shallow-repository) == false ]] || depth=(--depth=1)
git fetch --quiet --no-tags "${depth[@]}" "$remote" "+refs/heads/$branch"
git cat-file blob "FETCH_HEAD:$path" >"$scratch/theirs" 2>/dev/null || exit 0
[[ -f $lock ]] || { mkdir -p "${lock%/*}"; : >"$lock"; }
cp "$scratch/theirs" "$(git rev-parse --git-dir)/seedance-spec-learned"
sort -u "$lock" >"$scratch/ours"
sort -u "$scratch/ours" "$scratch/theirs" >"$scratch/union"
cmp -s "$scratch/ours" "$scratch/union" || cat "$scratch/union" >"$lock"
