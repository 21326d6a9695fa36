#!/usr/bin/env bash
# Runs every test on OpenTofu, then the tests that use a CLI on the terraform on PATH. `make test` builds what it needs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly suite=(tools/with-cli.sh .bin/gotestsum --format testname -- -count=1 -timeout 60m)

echo "==> go vet"
go vet ./...
failed=
tested=$(.bin/tofu version | sed -n 1p)
CLI=$PWD/.bin/tofu "${suite[@]}" ./... || failed=OpenTofu
if terraform=$(command -v terraform); then
	tested="$tested and $("$terraform" version | sed -n 1p)"
	CLI=$terraform SRM_TEST_ONCE=done "${suite[@]}" ./internal/acctest/... ./internal/provider/... ||
		failed="${failed:+$failed and }Terraform"
else
	tested="$tested; not on Terraform: no terraform on PATH"
fi
echo "Tested on $tested."
if [ -n "$failed" ]; then
	echo "Tests failed on $failed." >&2
	exit 1
fi
