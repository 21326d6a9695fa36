#!/usr/bin/env bash
# Runs `go build` with the flags of everything in .bin/, like those of releases: go-build.sh LDFLAGS ARGUMENT... Builds with
# equal flags share packages in the build cache: the provider, the sandbox and kube-apiserver have six hundred in common.
# Leaving out debug information and garbage collection in the compiler takes a sixth less processor time. 1 GiB is a limit
# for each process of the compiler; few packages come near it.
set -euo pipefail
CGO_ENABLED=0 GOGC=off GOMEMLIMIT=1GiB \
	exec go build -trimpath -gcflags=all=-dwarf=false -ldflags "-s -w $1" "${@:2}"
