#!/bin/sh
# The demo: a cluster for health data on a local sandbox, by a real CLI. Called by `make demo`, which builds the
# provider (.bin/terraform-provider-srm) and the sandbox (.bin/sandbox) and sets CLI to a terraform or tofu.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
bin=$root/.bin
cli=${CLI:-terraform}
work=$(mktemp -d)
speed=100
started=$(date +%s)

sandbox=
finish() {
	[ -z "$sandbox" ] || { kill "$sandbox" 2>/dev/null && wait "$sandbox" 2>/dev/null; } || true
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

step "A local Scaleway API and a real Kubernetes API server, $speed times faster than the real one"
"$bin/sandbox" -listen 127.0.0.1:0 -speed $speed -kubernetes "${KUBEBUILDER_ASSETS:-$bin}" >"$work/exports" 2>"$work/requests" &
sandbox=$!
tries=0
until grep -q '^export SCW_API_URL=' "$work/exports"; do
	tries=$((tries + 1))
	[ $tries -lt 600 ] || { cat "$work/requests" >&2; echo "The sandbox did not start." >&2; exit 1; }
	sleep 0.1
done
grep -v SECRET "$work/exports"
# Where the user has a scw config file of their own, the sandbox's variables win over it.
. "$work/exports"

# The provider comes from a directory, as from a registry: under both hosts, so that either CLI finds it.
platform=$(go env GOOS)_$(go env GOARCH)
for host in registry.terraform.io registry.opentofu.org; do
	mkdir -p "$work/mirror/$host/terraform-srm/srm/0.1.0/$platform"
	ln -s "$bin/terraform-provider-srm" "$work/mirror/$host/terraform-srm/srm/0.1.0/$platform/terraform-provider-srm_v0.1.0"
done
cat >"$work/cli.tfrc" <<EOF
provider_installation {
  filesystem_mirror {
    path = "$work/mirror"
  }
}
EOF
export TF_CLI_CONFIG_FILE="$work/cli.tfrc" TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1 TF_DATA_DIR="$work/.terraform"
export TF_VAR_private_network_id="fr-par/44444444-4444-4444-4444-444444444444"
# A passphrase of the demo's own. It reaches neither plan nor state.
TF_VAR_passphrase=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
export TF_VAR_passphrase
cp "$root"/examples/demo/*.tf "$work"
cd "$work"

run() {
	printf '$ %s %s\n' "$(basename "$cli")" "$*"
	"$cli" "$@"
}

# shown LOG COMMAND…: as run up to the outputs, and keeps all that it prints; a pipe alone would lose the exit code.
shown() {
	log=$1
	shift
	{
		code=0
		run "$@" || code=$?
		echo $code >"$log.code"
	} | tee "$log" | sed '/^Outputs:/,$d'
	[ "$(cat "$log.code")" = 0 ]
}

# kept LOG COMMAND…: as run, printed only where it fails.
kept() {
	log=$1
	shift
	run "$@" >"$log" 2>&1 || {
		cat "$log"
		exit 1
	}
}

# abridged: a plan without the text of manifests, which is 2000 lines.
abridged() { sed '/^ *[+-] manifests  *= <<-EOT/,/^ *EOT/{ s/<<-EOT/[the policies as YAML]/p; d; }' "$1"; }

step "init"
kept init.log init -no-color
grep -E '^\$|successfully' init.log

step "plan: what the configuration moves to us, and until when the version is supported, before anything exists"
kept plan.log plan -no-color -out=plan.bin
abridged plan.log

step "apply: the cluster, its allow-list, the guardrails, then the nodes"
shown apply.log apply -no-color plan.bin

step "a second plan is empty"
run plan -no-color -detailed-exitcode

step "who is responsible for what: party, what can give the parts a result, and clause, of all that apply"
run output -no-color -raw matrix
echo
run output -no-color duties

step "until when: the end-of-support dates, and the cluster's verdicts"
run output -no-color end_of_support
run output -no-color lifecycle
open=$(sed -n 's/.*Found: \([0-9.]*\)\(ms\|s\) between the create call.*/\1 \2/p' apply.log | head -n 1)
if [ -n "$open" ]; then
	echo "$open" | awk -v speed=$speed '{ s = $2 == "ms" ? $1 / 1000 : $1
		printf "The API server was open for %.0f s of sandbox time between the create call and the allow-list in force.\n", s * speed }'
fi

refused() {
	if run "$@" >refused.log 2>&1; then
		cat refused.log
		echo "This plan should have been refused." >&2
		exit 1
	fi
	abridged refused.log
}

step "refused: a mutualised control plane, and an API server open to the world"
refused plan -no-color -var type=kapsule -var 'administrators=["0.0.0.0/0"]'

step "refused: a destroy under deletion protection"
refused destroy -no-color -auto-approve

step "destroy, after the protection is taken off"
kept unprotect.log apply -no-color -auto-approve -var deletion_protection=false
grep -E '^(\$|Apply complete)' unprotect.log
kept destroy.log destroy -no-color -auto-approve -var deletion_protection=false
grep -E '^(\$|srm_|Destroy complete)' destroy.log

step "done in $(($(date +%s) - started)) s"
cat <<'EOF'
To run it on a real project:
  1. Put the key of an IAM application with KubernetesFullAccess, PrivateNetworksReadOnly and VPCGatewayReadOnly into
     SCW_ACCESS_KEY and SCW_SECRET_KEY, or into the scw config file, and the Project into SCW_DEFAULT_PROJECT_ID.
  2. Write the reference and the date of your own HDS contract into hds_contract.
  3. Set private_network_id to your Private Network in fr-par, whose Public Gateway advertises the default route, and
     administrators to the ranges you administer from.
  4. Set TF_VAR_passphrase to a passphrase that you keep elsewhere too, and run from a range of the allow-list.
  5. terraform init && terraform apply. A dedicated control plane is committed for 30 days and is billed.
EOF
