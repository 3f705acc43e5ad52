#!/usr/bin/env bash
# Adds the pictures of a folder to a branch that holds nothing else; made on first use, never checked out.
set -euo pipefail

folder=${1:?"the folder of pictures"}
branch=${POSTERS_BRANCH:?"the branch that keeps them"}
remote=${REMOTE:-origin}
tries=${TRIES:-20}
pause=${PAUSE:-1}

export GIT_AUTHOR_NAME=${GIT_AUTHOR_NAME:-github-actions[bot]}
export GIT_AUTHOR_EMAIL=${GIT_AUTHOR_EMAIL:-41898282+github-actions[bot]@users.noreply.github.com}
export GIT_COMMITTER_NAME=${GIT_COMMITTER_NAME:-$GIT_AUTHOR_NAME}
export GIT_COMMITTER_EMAIL=${GIT_COMMITTER_EMAIL:-$GIT_AUTHOR_EMAIL}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export GIT_INDEX_FILE="$scratch/index"

depth=()
[[ $(git rev-parse --is-shallow-repository) == false ]] || depth=(--depth=1)

for ((try = 1; try <= tries; try++)); do
  rm -f "$scratch/index"
  parent=()
  if git fetch --quiet --no-tags "${depth[@]}" "$remote" "+refs/heads/$branch" 2>/dev/null; then
    tip=$(git rev-parse FETCH_HEAD)
    parent=(-p "$tip")
    git read-tree "$tip"
  fi
  for picture in "$folder"/*.jpg; do
    [[ -e $picture ]] || continue
    git update-index --add --cacheinfo "100644,$(git hash-object -w "$picture"),${picture##*/}"
  done
  tree=$(git write-tree)
  if [[ ${#parent[@]} -gt 0 && $tree == "$(git rev-parse "$tip^{tree}")" ]]; then
    exit 0
  fi
  commit=$(git commit-tree "$tree" "${parent[@]}" -m "Keep posters of clips")
  if said=$(git push --porcelain "$remote" "$commit:refs/heads/$branch" 2>&1); then
    exit 0
  fi
  if ! grep -qE 'fetch first|non-fast-forward|cannot lock ref|failed to update ref|stale info' <<<"$said"; then
    echo "$said" >&2
    break
  fi
  sleep "$(((RANDOM % 3 + try) * pause))"
done
echo "the pictures could not be pushed to $branch: may this token write there? It needs contents: write" >&2
exit 1
