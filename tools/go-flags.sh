# shellcheck shell=bash
# The build flags of everything in .bin/ and of tests, like those of releases. Builds with equal flags share packages in the
# build cache: the provider, the sandbox and kube-apiserver have six hundred in common. Without debug information the
# compiler and the linker take less time.
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -trimpath -gcflags=all=-dwarf=false"
