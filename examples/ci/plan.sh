#!/bin/sh
# Runs a plan with a read-only identity and writes a summary for reviewers to comment.md. Exit codes: 1 if the plan fails,
# for example at the module's gate; 3 if it destroys or replaces a resource of this provider; else 0. With ASSESSMENT, the
# assessment.json of the main branch, srm adds what the plan shifts and what is open there.
set -eu
cli=${CLI:-terraform}
comment=${COMMENT:-comment.md}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fenced BYTES prints the standard input as a code block, cut after a complete line. Its fence is longer than any fence in
# the input.
fenced() {
	LC_ALL=C awk -v max="$1" '(size += length($0) + 1) > max { print "[cut]"; exit } { print }' >"$work/block"
	fence='```'
	while grep -qF "$fence" "$work/block"; do fence=$fence'`'; done
	echo "${fence}text"
	cat "$work/block"
	echo "$fence"
}

# A read-only identity cannot lock the state. The plan file contains values of the state, so it is deleted at the end.
code=0
"$cli" plan -input=false -no-color -lock=false -detailed-exitcode -out="$work/plan" >"$work/text" 2>&1 || code=$?
cat "$work/text"

if [ "$code" -ne 0 ] && [ "$code" -ne 2 ]; then
	{
		echo "## The plan failed"
		echo
		sed -n '/Error: /,$p' "$work/text" | fenced 50000
	} >"$comment"
	exit 1
fi

"$cli" show -json "$work/plan" >"$work/json"
destroyed=$(jq -r '.resource_changes[]? | select(.type | startswith("srm_")) | select(.change.actions | index("delete")) | "- `\(.address)`: \(.change.actions | join(", then "))"' "$work/json")
{
	jq -r '.planned_values.outputs.pull_request.value // "The output `pull_request` is known after apply only."' "$work/json"
	echo
	echo "### Changes"
	echo
	jq -r '[.resource_changes[]? | select(.change.actions != ["no-op"] and .change.actions != ["read"]) | "- `\(.address)`: \(.change.actions | join(", then "))"] | if length == 0 then "None." else .[] end' "$work/json"
	if [ -n "$destroyed" ]; then
		echo
		echo "### This plan destroys"
		echo
		echo "$destroyed"
	fi
	if grep -q '^Warning: ' "$work/text"; then
		echo
		echo "<details><summary>Warnings</summary>"
		echo
		sed -n '/^Warning: /,$p' "$work/text" | fenced 20000
		echo
		echo "</details>"
	fi
	# The last assessment of the main branch: a pull request's runner need not reach the cluster.
	if [ -n "${ASSESSMENT:-}" ]; then
		echo
		srm report --markdown - --plan "$work/json" --baseline "$ASSESSMENT" "$ASSESSMENT"
	fi
} >"$comment"
[ -z "$destroyed" ] || exit 3
