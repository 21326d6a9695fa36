#!/usr/bin/env bash
# Runs `go build` with the flags in go-flags.sh: go-build.sh LDFLAGS ARGUMENT...
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/go-flags.sh"
exec go build -ldflags "-s -w $1" "${@:2}"
