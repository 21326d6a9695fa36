#!/bin/sh
# Plans with a read-only identity and writes what a reviewer has to know into comment.md. It ends with the plan's own exit code: 1 where
# the plan is refused, as by the gate of the module, else 0; 3 where the plan destroys or replaces something of this provider.
set -eu
cli=${CLI:-terraform}
comment=${COMMENT:-comment.md}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fenced BYTES: the standard input as a block of code, cut after a whole line. Its fence is longer than any in the text.
fenced() {
	LC_ALL=C awk -v most="$1" '(size += length($0) + 1) > most { print "[cut]"; exit } { print }' >"$work/block"
	fence='```'
	while grep -qF "$fence" "$work/block"; do fence=$fence'`'; done
	echo "${fence}text"
	cat "$work/block"
	echo "$fence"
}

# A reader cannot write a lock. The plan file holds what the state holds: it is not kept.
code=0
"$cli" plan -input=false -no-color -lock=false -detailed-exitcode -out="$work/plan" >"$work/text" 2>&1 || code=$?
cat "$work/text"

if [ "$code" -ne 0 ] && [ "$code" -ne 2 ]; then
	{
		echo "## The plan is refused"
		echo
		sed -n '/Error: /,$p' "$work/text" | fenced 50000
	} >"$comment"
	exit 1
fi

"$cli" show -json "$work/plan" >"$work/json"
lost=$(jq -r '.resource_changes[]? | select(.type | startswith("srm_")) | select(.change.actions | index("delete")) | "- `\(.address)`: \(.change.actions | join(", then "))"' "$work/json")
{
	jq -r '.planned_values.outputs.pull_request.value // "The output `pull_request` is known after apply only."' "$work/json"
	echo
	echo "### Changes"
	echo
	jq -r '[.resource_changes[]? | select(.change.actions != ["no-op"] and .change.actions != ["read"]) | "- `\(.address)`: \(.change.actions | join(", then "))"] | if length == 0 then "None." else .[] end' "$work/json"
	if [ -n "$lost" ]; then
		echo
		echo "### This plan destroys"
		echo
		echo "$lost"
	fi
	if grep -q '^Warning: ' "$work/text"; then
		echo
		echo "<details><summary>Warnings</summary>"
		echo
		sed -n '/^Warning: /,$p' "$work/text" | fenced 20000
		echo
		echo "</details>"
	fi
} >"$comment"
[ -z "$lost" ] || exit 3
