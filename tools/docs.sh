#!/usr/bin/env bash
# Generates the documentation pages from schemas, templates/ and examples/ into a folder: docs.sh FOLDER.
# The pinned OpenTofu (1.12 or later, for identities) reads the schemas, so that the pages do not depend on the machine's
# terraform. schemajson adds actions and list resources, which OpenTofu does not have.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/go-flags.sh
readonly schema=$PWD/.bin/schema
mkdir -p "$schema"
cat >"$schema/cli.tfrc" <<EOF
provider_installation {
  dev_overrides {
    "hashicorp/srm" = "$PWD/.bin"
  }
}
EOF
echo 'provider "srm" {}' >"$schema/main.tf"
(cd "$schema" && TF_CLI_CONFIG_FILE=cli.tfrc ../tofu providers schema -json) |
	sed 's,registry.opentofu.org/hashicorp/srm,srm,' >"$schema/tofu.json"
go run ./cmd/schemajson <"$schema/tofu.json" >.bin/schema.json
.bin/tfplugindocs generate --provider-name srm --rendered-provider-name SRM --providers-schema .bin/schema.json \
	--rendered-website-dir "$1"
# The list of what the sandbox infers comes from the sandbox.
go run ./cmd/livefacts -list >.bin/inferred.md
sed -i -e '/^<!-- inferred -->$/{r .bin/inferred.md' -e 'd}' "$1/guides/sandbox-in-your-ci.md"
# The list of checks comes from the command.
go run ./cmd/srm assess --list-checks >.bin/checks.txt
sed -i -e '/^<!-- checks -->$/{r .bin/checks.txt' -e 'd}' "$1/guides/assessing-a-cluster.md"
# The library for CISO Assistant comes from the command.
mkdir -p "$1/ciso-assistant"
go run ./cmd/srm library >"$1/ciso-assistant/scaleway-srm-k8s.yaml"
