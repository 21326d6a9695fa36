#!/usr/bin/env bash
# Runs every test on OpenTofu, then the tests that use a CLI on the terraform on PATH. Tests whose steps are the same on
# each CLI (Env.Test, OnOneCLI) run on one of the two. `make test` builds what it needs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Tests mostly wait for the sandbox and for API servers: more of them run at the same time than there are processors.
# Without debug information, linking takes a third less time. `go vet` runs before the tests.
readonly suite=(tools/with-cli.sh .bin/gotestsum --format testname -- -count=1 -timeout 60m -p 3 -parallel 4
	-vet=off -ldflags='-s -w')
# Garbage collection with the default of 100 took a fifth of the time of API servers and CLIs.
export GOGC=400

echo "==> go vet"
go vet ./...
terraform=$(command -v terraform || true)
[ -z "$terraform" ] || export SRM_TEST_SHARE=1/2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export SRM_TEST_CLI_TESTS=$dir/cli-tests SRM_TEST_PROVIDER=$dir/terraform-provider-srm
go build -o "$SRM_TEST_PROVIDER" .
failed=
tested=$(.bin/tofu version | sed -n 1p)
CLI=$PWD/.bin/tofu "${suite[@]}" ./... || failed=OpenTofu
if [ -n "$terraform" ]; then
	tested="$tested and $("$terraform" version | sed -n 1p)"
	# Each line has the directory and the name of a test.
	mapfile -t dirs < <(cut -f1 "$SRM_TEST_CLI_TESTS" | sort -u)
	names=$(cut -f2 "$SRM_TEST_CLI_TESTS" | sort -u | paste -sd '|' -)
	CLI=$terraform SRM_TEST_SHARE=2/2 "${suite[@]}" -run "^(${names:?no test used a CLI})\$" "${dirs[@]}" ||
		failed="${failed:+$failed and }Terraform"
else
	tested="$tested; not on Terraform: no terraform on PATH"
fi
echo "Tested on $tested."
if [ -n "$failed" ]; then
	echo "Tests failed on $failed." >&2
	exit 1
fi
