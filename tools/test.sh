#!/usr/bin/env bash
# Runs every test on OpenTofu, and the tests that use a CLI on the terraform on PATH too. Tests whose steps are the same
# on each CLI (Env.Test, OnOneCLI) run on one of the two. `make test` builds what it needs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/go-flags.sh
# Garbage collection with the default of 100 took a fifth of the time of API servers and CLIs.
export GOGC=400
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export SRM_TEST_RUN=$dir SRM_TEST_PROVIDER=$dir/terraform-provider-srm OPENTOFU=$PWD/.bin/tofu TERRAFORM
TERRAFORM=$(command -v terraform || true)

tools/go-build.sh "" -o "$SRM_TEST_PROVIDER" .
tested=$("$OPENTOFU" version | sed -n 1p)
if [ -n "$TERRAFORM" ]; then
	tested="$tested and $("$TERRAFORM" version | sed -n 1p)"
else
	tested="$tested; not on Terraform: no terraform on PATH"
fi
# Tests mostly wait for the sandbox and for API servers: more of them run at the same time than there are processors.
# `make lint` runs go vet. The packages that take longest start first.
status=0
.bin/gotestsum --format testname -- -count=1 -timeout 130m -p 3 -parallel 4 -vet=off -ldflags='-s -w' \
	-exec "'$PWD/tools/test-package.sh'" \
	./internal/provider ./internal/provider/guardrails ./internal/kubernetes/policytest ./... || status=$?
echo "Tested on $tested."
if [ -s "$dir/failed" ]; then
	sed 's/^/Tests failed: /' "$dir/failed" >&2
fi
if ! [ -s "$dir/cli-tests" ]; then
	echo "No test used a CLI." >&2
	exit 1
fi
exit $status
