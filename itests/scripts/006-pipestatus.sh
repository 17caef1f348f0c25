#!/bin/bash
# Exit codes of pipelines.
. "$(dirname "$0")/prologue" || exit 99

false | true | (exit 3) | true; echo "${PIPESTATUS[@]}"
set -o pipefail; false | true; echo $?; (exit 7) | cat; echo $?; set +o pipefail
! true; echo $?; true && false || echo fallback
