#!/usr/bin/env bash
# Runs `go build` with the flags of everything in .bin/, like those of releases: go-build.sh LDFLAGS ARGUMENT... Builds with
# equal flags share packages in the build cache: the provider, the sandbox and kube-apiserver have six hundred in common.
# Without debug information the compiler takes less time.
set -euo pipefail
CGO_ENABLED=0 exec go build -trimpath -gcflags=all=-dwarf=false -ldflags "-s -w $1" "${@:2}"
