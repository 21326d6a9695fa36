#!/usr/bin/env bash
# Builds a tool from its module tools/NAME into .bin/NAME: build.sh NAME.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p .bin
name=$1 module=$1 ldflags=
minutes=1
case $name in
	tofu) module=opentofu minutes=5 ldflags='-X github.com/opentofu/opentofu/version.dev=no' ;;
	kube-apiserver | kubectl)
		minutes=5
		version=$(awk '$1 == "k8s.io/kubernetes" { print $2 }' "tools/$name/go.mod")
		IFS=. read -r major minor _ <<<"${version#v}"
		for setting in "gitVersion=$version" "gitMajor=$major" "gitMinor=$minor"; do
			ldflags+=" -X k8s.io/component-base/version.$setting"
		done
		;;
	goreleaser) minutes=5 ;;
	golangci-lint) minutes=3 ;;
esac
echo "==> Building $name from tools/$module, once: about $minutes min on two cores with an empty cache"
# `go build -v` prints what it compiles; every hundredth line shows progress. An interrupted build leaves no file.
trap 'rm -f ".bin/$name.tmp"' EXIT
(cd "tools/$module" && ../go-build.sh "$ldflags" -v -o "../../.bin/$name.tmp" tool 2>&1) |
	awk '/^go: downloading / || /^[^ :#]+$/ { if (++n % 100 == 0) { print "    " n " modules and packages"; fflush() } next } { print }'
mv ".bin/$name.tmp" ".bin/$name"
