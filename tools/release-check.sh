#!/usr/bin/env bash
# Checks .goreleaser.yml and .goreleaser.srm.yml in an empty repository with the project's remote: goreleaser needs one, and a checkout may have none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
goreleaser=$PWD/.bin/goreleaser
clone=$(mktemp -d)
trap 'rm -rf "$clone"' EXIT
git init -q "$clone"
git -C "$clone" remote add origin https://github.com/terraform-srm/terraform-provider-srm.git
cp .goreleaser.yml .goreleaser.srm.yml "$clone/"
cd "$clone"
"$goreleaser" check .goreleaser.yml .goreleaser.srm.yml
