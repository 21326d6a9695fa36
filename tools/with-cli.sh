#!/usr/bin/env bash
# Runs a command with a Terraform or OpenTofu CLI for acceptance tests: with-cli.sh COMMAND [ARGUMENT...].
# The CLI is $CLI, else the terraform or tofu on PATH, else an OpenTofu built into .bin/. The command gets its path in CLI
# and TF_ACC_TERRAFORM_PATH, and does not get the machine's Scaleway credentials (SCW_*), except with KEEP_SCW=1.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cli=${CLI:-$(command -v terraform || command -v tofu || true)}
if [ -z "$cli" ]; then
	make -C "$root" --no-print-directory .bin/tofu
	cli=$root/.bin/tofu
fi
name=$("$cli" version | sed -n 1p)
case $name in
	OpenTofu*) host=registry.opentofu.org ;;
	*) host=registry.terraform.io ;;
esac
[ -n "${KEEP_SCW:-}" ] || unset "${!SCW_@}"
command="$*"
echo "==> With $name: ${command:0:150}" >&2
export CLI=$cli TF_ACC=1 TF_ACC_TERRAFORM_PATH=$cli TF_ACC_PROVIDER_HOST=$host
exec "$@"
