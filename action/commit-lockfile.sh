#!/usr/bin/env bash
# Commits the lockfile on top of whatever BRANCH holds by now, and pushes, until the remote takes it.
#
# The lockfile is a set of facts, one a line, so the union of ours and theirs is a lockfile again: nothing can conflict,
# and nothing that anybody paid for gets lost. Neither the work tree nor the index is touched, and a shallow clone will do.
set -euo pipefail

lock=${LOCKFILE:-specs/seedance.lock}
lock=${lock#./}
case /$lock/ in
  //* | */../*) echo "LOCKFILE is a path below the project folder, not $lock" >&2; exit 64 ;;
esac
branch=${BRANCH:?"the branch to push to"}
remote=${REMOTE:-origin}
message=${MESSAGE:-"Record renders in ${lock##*/}"}
tries=${TRIES:-20}
pause=${PAUSE:-1}

export GIT_AUTHOR_NAME=${GIT_AUTHOR_NAME:-github-actions[bot]}
export GIT_AUTHOR_EMAIL=${GIT_AUTHOR_EMAIL:-41898282+github-actions[bot]@users.noreply.github.com}
export GIT_COMMITTER_NAME=${GIT_COMMITTER_NAME:-$GIT_AUTHOR_NAME}
export GIT_COMMITTER_EMAIL=${GIT_COMMITTER_EMAIL:-$GIT_AUTHOR_EMAIL}

[[ -f $lock ]] || { echo "there is no $lock: nothing to commit"; exit 0; }
path=$(git rev-parse --show-prefix)$lock
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

export LC_ALL=C
here=$(dirname "${BASH_SOURCE[0]}")
learned=$(git rev-parse --git-dir)/seedance-spec-learned
# What the work tree began with: the checkout's lockfile, and what was learned since. Less of it is safe: then more of
# theirs is kept.
{
  git cat-file blob "HEAD:$path" 2>/dev/null || true
  cat "$learned" 2>/dev/null || true
} >"$scratch/base"
depth=()
# Only where history is short already: else it would be cut.
[[ $(git rev-parse --is-shallow-repository) == false ]] || depth=(--depth=1)

# What it may be that keeps us out for good; anything else may pass, and this is the only record of what was paid for.
refused='declined|denied|protected branch|forbidden|error: (401|403)|authentication failed|could not read username'

# Puts the branch's lockfile into $scratch/theirs, nothing where it has none. A file that cannot be read is no file that
# is not there: nobody's facts may be left out for it.
fetch_theirs() {
  git fetch --quiet --no-tags "${depth[@]}" "$remote" "+refs/heads/$branch" || return 1
  tip=$(git rev-parse FETCH_HEAD) || return 1
  local entry
  entry=$(git ls-tree --full-tree "$tip" -- "$path") || return 1
  if [[ -z $entry ]]; then
    : >"$scratch/theirs"
  else
    git cat-file blob "$tip:$path" >"$scratch/theirs" || return 1
  fi
}

for ((try = 1; try <= tries; try++)); do
  if ! fetch_theirs; then
    echo "$branch could not be fetched: once more" >&2
    sleep "$(((RANDOM % 3 + try) * pause))"
    continue
  fi
  python3 -I "$here/union.py" "$lock" "$scratch/theirs" "$scratch/base" >"$scratch/union"
  sort -u "$scratch/theirs" >"$scratch/theirs-sorted"
  sort -u "$scratch/union" >"$scratch/union-sorted"
  if cmp -s "$scratch/theirs-sorted" "$scratch/union-sorted"; then
    rm -f "$learned"
    echo "$branch has it all: nothing to commit"
    exit 0
  fi
  blob=$(git hash-object -w "$scratch/union")
  rm -f "$scratch/index"
  GIT_INDEX_FILE="$scratch/index" git read-tree "$tip"
  GIT_INDEX_FILE="$scratch/index" git update-index --add --cacheinfo "100644,$blob,$path"
  tree=$(GIT_INDEX_FILE="$scratch/index" git write-tree)
  commit=$(git commit-tree "$tree" -p "$tip" -m "$message")
  if git push --porcelain "$remote" "$commit:refs/heads/$branch" >"$scratch/said" 2>&1; then
    echo "$branch has it: $commit"
    rm -f "$learned"
    exit 0
  fi
  if grep -qiE "$refused" "$scratch/said"; then
    cat "$scratch/said" >&2
    echo "the remote does not take the lockfile: may this token write to $branch? It needs contents: write" >&2
    exit 1
  fi
  echo "$branch did not take it, or somebody else pushed meanwhile: once more" >&2
  sleep "$(((RANDOM % 3 + try) * pause))"
done
cat "$scratch/said" >&2 2>/dev/null || true
echo "$branch could not be reached, or moved under us, $tries times: the lockfile is in this job's work tree; run this step again" >&2
exit 1
