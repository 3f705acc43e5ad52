#!/usr/bin/env bash
# Writes the plan, or what came of it, into the one comment that we keep on the pull request.
set -euo pipefail

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Annotations, summary and outputs are the run's own; this only looks.
export GITHUB_ACTIONS=false

flags=()
# The words that choose realm and specs mean the same here; those that spend or wait do not.
told=$(python3 -I "${SOURCE:?}/action/words.py")
words=()
[[ -z $told ]] || mapfile -t words <<<"$told"
for ((at = 0; at < ${#words[@]}; at++)); do
  case ${words[at]} in
    --sandbox) flags+=("${words[at]}") ;;
    --profile | --var | --var-file | --select | --exclude) flags+=("${words[at]}" "${words[at + 1]:?}") ; ((at += 1)) ;;
    --profile=* | --var=* | --var-file=* | --select=* | --exclude=*) flags+=("${words[at]}") ;;
  esac
done

case ${COMMAND:?} in
  apply | collect | report)
    git cat-file -e "${BASE:?}^{commit}" 2>/dev/null ||
      git fetch --quiet --no-tags --depth=1 "${REMOTE:-origin}" "$BASE"
    report=(seedance-spec report --since "$BASE" "${flags[@]}")
    "${report[@]}" >"$scratch/body.md"
    if [[ -n ${POSTERS_BRANCH:-} ]]; then
      # A picture of a clip from before is on that branch already, though the clip itself is nowhere near this runner.
      mkdir "$scratch/posters"
      if git fetch --quiet --no-tags "${REMOTE:-origin}" "+refs/heads/$POSTERS_BRANCH" 2>/dev/null; then
        git -C "$(git rev-parse --show-toplevel)" archive FETCH_HEAD | tar -x -C "$scratch/posters"
      fi
      address="${GITHUB_SERVER_URL:?}/${GITHUB_REPOSITORY:?}/raw/$POSTERS_BRANCH"
      "${report[@]}" --posters "$scratch/posters" --poster-url "$address" >"$scratch/pictured.md"
      # What came of it is worth more than its pictures: those that nobody can see would be holes in it.
      if bash "${SOURCE:?}/action/push-posters.sh" "$scratch/posters"; then
        mv "$scratch/pictured.md" "$scratch/body.md"
      fi
    fi
    ;;
  *)
    seedance-spec plan --markdown "${flags[@]}" >"$scratch/body.md" || [[ -s "$scratch/body.md" ]]
    ;;
esac
python3 -I "${SOURCE:?}/action/comment.py" "${MARKER:-plan}" "$scratch/body.md"
