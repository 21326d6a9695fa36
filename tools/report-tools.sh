#!/usr/bin/env bash
# Installs what the tests of reports use (TestBrowser, TestOffice): a browser, LibreOffice Calc, pdftotext, and the modules of
# tools/report-tools: report-tools.sh FOLDER. What cannot be installed is named, and the script exits with 0: the tests
# that need it are skipped. With SRM_TEST_REPORTS=required they fail.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly target=$1

found() { command -v "$1" >/dev/null; }
missing=()
found node && found npm || missing+=(nodejs npm)
found chromium-headless-shell || found chromium || found google-chrome || missing+=(chromium-headless-shell)
found soffice || missing+=(libreoffice-calc-nogui)
found pdftotext || missing+=(poppler-utils)
if [ ${#missing[@]} -gt 0 ]; then
	if [ "$(id -u)" -eq 0 ] && found apt-get; then
		echo "==> Installing ${missing[*]}, once: about 2 min" >&2
		{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends "${missing[@]}"; } \
			>/dev/null || echo "Not installed: ${missing[*]}. Some tests of reports will not run." >&2
	else
		echo "Not installed, for lack of root or apt-get: ${missing[*]}. Some tests of reports will not run." >&2
	fi
fi
found npm || exit 0
new=$(mktemp -d "$(dirname "$target")/report-tools.XXXXXX")
trap 'rm -rf "$new"' EXIT
chmod 0755 "$new"
cp tools/report-tools/package.json tools/report-tools/package-lock.json "$new/"
if ! (cd "$new" && npm ci --ignore-scripts --no-audit --no-fund >/dev/null); then
	echo "The modules of tools/report-tools cannot be installed. The browser test of reports will not run." >&2
	exit 0
fi
mv "$new" "$target"
