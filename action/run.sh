#!/usr/bin/env bash
# Runs COMMAND with the words of ARGS, hides our secrets from the log, and hands the exit code to later steps.
set -euo pipefail

for secret in "${EASYROUTER_API_KEY:-}" "${SEEDANCE_CALLBACK_KEY:-}" "${SEEDANCE_CALLBACK_KEY_PREVIOUS:-}"; do
  # GitHub knows those that came out of `secrets`; one that a step made is known to nobody yet.
  [[ -z $secret ]] || echo "::add-mask::$secret"
done
if [[ -n ${EASYROUTER_API_KEY_FILE:-} && -r $EASYROUTER_API_KEY_FILE ]]; then
  echo "::add-mask::$(<"$EASYROUTER_API_KEY_FILE")"
fi

mapfile -t words < <(python3 -c 'import shlex, sys; [print(word) for word in shlex.split(sys.argv[1])]' "${ARGS:-}")
seedance-spec "${COMMAND:?}" "${words[@]}" &
running=$!
# A cancelled job: the program submits nothing more, records what it knows and ends, well within the runner's patience.
trap 'kill -TERM "$running" 2>/dev/null || true' INT TERM
code=0
wait "$running" || code=$?
while kill -0 "$running" 2>/dev/null; do
  code=0
  wait "$running" || code=$?
done
echo "exit-code=$code" >>"${GITHUB_OUTPUT:?}"
exit "$code"
