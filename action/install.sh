#!/usr/bin/env bash
# Puts the very version of seedance-spec that this action is on the PATH of later steps. Run twice it does nothing more.
set -euo pipefail

place="${RUNNER_TEMP:?}/seedance-spec"
extra=""
[[ ${MEDIA:-false} == true ]] && extra="[media]"
if [[ ! -e "$place/done$extra" ]]; then
  "${PYTHON:-python3}" -I -m venv "$place"
  "$place/bin/python" -I -m pip install --quiet --disable-pip-version-check "${SOURCE:?}$extra"
  touch "$place/done$extra"
fi
echo "$place/bin" >>"${GITHUB_PATH:?}"
