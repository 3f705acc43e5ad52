#!/usr/bin/env bash
# Takes into the work tree's lockfile what BRANCH has learned since the checkout: else a run that waited for another one
# would not know what that one has paid for. Both are sets of facts, one a line, so their union is a lockfile.
set -euo pipefail

lock=${LOCKFILE:-specs/seedance.lock}
lock=${lock#./}
case /$lock/ in
  //* | */../*) echo "LOCKFILE is a path below the project folder, not $lock" >&2; exit 64 ;;
esac
branch=${BRANCH:?"the branch that holds the newest lockfile"}
remote=${REMOTE:-origin}
tries=${TRIES:-5}
pause=${PAUSE:-1}
path=$(git rev-parse --show-prefix)$lock
learned=$(git rev-parse --git-dir)/seedance-spec-learned
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export LC_ALL=C

# What a run before this one left here is not what this one begins with.
rm -f "$learned"
depth=()
[[ $(git rev-parse --is-shallow-repository) == false ]] || depth=(--depth=1)
for ((try = 1; ; try++)); do
  git fetch --quiet --no-tags "${depth[@]}" "$remote" "+refs/heads/$branch" && break
  ((try < tries)) || { echo "$branch cannot be fetched: what others paid for is not known here" >&2; exit 1; }
  sleep "$((try * pause))"
done
# A branch without the file is asked for apart: a file that cannot be read is no file that is not there.
entry=$(git ls-tree --full-tree FETCH_HEAD -- "$path")
[[ -n $entry ]] || exit 0
git cat-file blob "FETCH_HEAD:$path" >"$scratch/theirs"
[[ -f $lock ]] || { mkdir -p "$(dirname "$lock")"; : >"$lock"; }
sort -u "$lock" >"$scratch/ours"
sort -u "$scratch/ours" "$scratch/theirs" >"$scratch/union"
if ! cmp -s "$scratch/ours" "$scratch/union"; then
  cp "$scratch/union" "$lock.learning"
  mv -f "$lock.learning" "$lock"
fi
# Last of all: what stands there counts as known to the lockfile, and what ours then lacks as folded into it.
cp "$scratch/theirs" "$learned.part"
mv -f "$learned.part" "$learned"
