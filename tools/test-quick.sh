#!/usr/bin/env bash
# Runs the tests that need neither a CLI, an API server nor a browser: those of the packages that differ from the upstream
# branch, and internal/style. Without an upstream branch, the packages with uncommitted changes; without changes, or with
# ALL=1, all packages. `make test` also finds what a change breaks in other packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/go-flags.sh
unset "${!SCW_@}"

# package_of FILE: prints the folder of the package that the file belongs to.
package_of() {
	local dir
	dir=$(dirname "$1")
	until [ "$dir" = . ] || compgen -G "$dir/*.go" >/dev/null; do dir=$(dirname "$dir"); done
	printf './%s\n' "$dir"
}

base=$(git merge-base HEAD '@{upstream}' 2>/dev/null || echo HEAD)
changed=$(git diff --name-only --relative "$base"; git ls-files --others --exclude-standard)
packages=(./...)
if [ -z "${ALL:-}" ] && [ -n "$changed" ] && ! grep -qxE 'go\.(mod|sum)' <<<"$changed"; then
	mapfile -t packages < <(
		{
			echo ./internal/style
			while IFS= read -r file; do package_of "$file"; done <<<"$changed"
		} | sort -u
	)
fi
echo "==> Tests of ${packages[*]}"
GOGC=400 exec go test -short -vet=off -ldflags='-s -w' "${packages[@]}"
