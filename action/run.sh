#!/usr/bin/env bash
# Runs COMMAND with the words of ARGS, hides our secrets from the log, and hands the exit code to later steps.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")

hide() {
  local line
  # A runner hides what stands in one line, and decodes it first.
  while IFS= read -r line || [[ -n $line ]]; do
    [[ -z ${line//[[:space:]]/} ]] || echo "::add-mask::${line//%/%25}"
  done
}

# GitHub knows those that came out of `secrets`; one that a step made is known to nobody yet.
for secret in "${EASYROUTER_API_KEY:-}" "${SEEDANCE_CALLBACK_KEY:-}" "${SEEDANCE_CALLBACK_KEY_PREVIOUS:-}"; do
  hide <<<"$secret"
done
if [[ -n ${EASYROUTER_API_KEY_FILE:-} && -r $EASYROUTER_API_KEY_FILE ]]; then
  hide <"$EASYROUTER_API_KEY_FILE"
fi

# -I: a branch may hold a shlex.py of its own, and the key is in the environment.
told=$(python3 -I "$here/words.py")
words=()
[[ -z $told ]] || mapfile -t words <<<"$told"

# A cancelled job: the program submits nothing more, records what it knows and ends, well within the runner's patience.
# Before it has begun the step just ends.
running=""
trap '[[ -n ${running:=${!:-}} ]] || exit 143; kill -TERM "$running" 2>/dev/null || true' INT TERM
seedance-spec "${COMMAND:?}" "${words[@]}" &
running=$!
code=0
wait "$running" || code=$?
while kill -0 "$running" 2>/dev/null; do
  code=0
  wait "$running" || code=$?
done
echo "exit-code=$code" >>"${GITHUB_OUTPUT:?}"
exit "$code"
