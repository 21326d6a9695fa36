#!/usr/bin/env bash
# Runs the tests of one package for tools/test.sh: test-package.sh TEST-BINARY FLAG... All of them run on OPENTOFU, and
# those that the first run records at SRM_TEST_CLI_TESTS run on TERRAFORM, if it is set. Each run may take an hour; the
# timeout of `go test` is for both.
set -euo pipefail
tools=$(dirname "${BASH_SOURCE[0]}")
SRM_TEST_CLI_TESTS=$(mktemp -p "$SRM_TEST_RUN")
export SRM_TEST_CLI_TESTS
status=0
run() {
	CLI=$1 "$tools/with-cli.sh" "${@:2}" -test.timeout=60m || {
		status=$?
		echo "${PWD#"$(cd "$tools/.." && pwd)/"}, with $1" >>"$SRM_TEST_RUN/failed"
	}
}
[ -z "$TERRAFORM" ] || export SRM_TEST_SHARE=1/2
run "$OPENTOFU" "$@"
if [ -s "$SRM_TEST_CLI_TESTS" ]; then
	names=$(sort -u "$SRM_TEST_CLI_TESTS" | tee -a "$SRM_TEST_RUN/cli-tests" | paste -sd '|' -)
	[ -z "$TERRAFORM" ] || SRM_TEST_SHARE=2/2 run "$TERRAFORM" "$@" -test.run="^($names)\$"
fi
exit $status
