#!/usr/bin/env bash
# The demo creates a cluster for health data on a local sandbox with a real CLI, and assesses it. `make demo` runs it: it
# builds the provider (.bin/terraform-provider-srm) and the sandbox (.bin/sandbox), and sets CLI to a terraform or tofu.
# The plans need nothing else. While they run, `make demo-rest` builds the Kubernetes API server and the command srm.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
bin=$root/.bin
cli=${CLI:-terraform}
work=$(mktemp -d)
speed=100
started=$(date +%s)

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

sandbox=
stop_sandbox() {
	[ -z "$sandbox" ] || { kill "$sandbox" && wait "$sandbox"; } 2>/dev/null || true
	sandbox=
}

# start_sandbox ARGUMENT…: starts a sandbox in place of the one that runs, and exports the variables to use it.
start_sandbox() {
	stop_sandbox
	"$bin/sandbox" -listen 127.0.0.1:0 -speed $speed -estate "$root/examples/demo/estate.yaml" "$@" \
		>"$work/exports" 2>"$work/requests" &
	sandbox=$!
	until grep -q '^export SCW_DEFAULT_ZONE=' "$work/exports"; do
		kill -0 "$sandbox" 2>/dev/null || { cat "$work/requests" >&2; echo "The sandbox did not start." >&2; exit 1; }
		sleep 0.1
	done
	# The variables override a scw config file of the user.
	. "$work/exports"
}

# start_build builds in the background. The build has its own process group (set -m): an interrupt ends all of it. An
# interrupted `go build` leaves its files in GOTMPDIR.
build=
start_build() {
	: >"$work/build.log"
	set -m
	GOTMPDIR=$work nice make -C "$root" --no-print-directory demo-rest >>"$work/build.log" 2>&1 </dev/null &
	build=$!
	set +m
}
stop_build() {
	[ -z "$build" ] || { kill -INT -- "-$build" && wait "$build"; } 2>/dev/null || true
	build=
}

# wait_for_build waits for the build, and prints its output meanwhile.
progress=
wait_for_build() {
	local code=0
	if kill -0 "$build" 2>/dev/null; then
		echo "Waiting for kube-apiserver, etcd and srm, which are built in the background since the start:"
		tail -f "$work/build.log" &
		progress=$!
	fi
	wait "$build" || code=$?
	build=
	stop_progress
	[ $code = 0 ] || { printf '\nThe build failed:\n' >&2; cat "$work/build.log" >&2; exit 1; }
}
stop_progress() {
	[ -z "$progress" ] || { kill "$progress" && wait "$progress"; } 2>/dev/null || true
	progress=
}

finish() {
	trap '' INT TERM HUP
	stop_progress
	stop_build
	stop_sandbox
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

start_build

step "A local Scaleway API, $speed times faster than the real one"
start_sandbox
grep -v SECRET "$work/exports"

# A filesystem mirror provides the provider, under both registry hosts, so that either CLI finds it.
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
# A random passphrase. It is in neither the plan nor the state.
TF_VAR_passphrase=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
export TF_VAR_passphrase
cp "$root"/examples/demo/*.tf "$work"
cd "$work"

run() {
	printf '$ %s %s\n' "$(basename "$cli")" "$*"
	"$cli" "$@"
}

# run_shown LOG COMMAND…: runs a command, prints its output up to the outputs, and writes all of it to LOG. The exit
# code goes through a file, since a pipe would lose it.
run_shown() {
	log=$1
	shift
	{
		code=0
		run "$@" || code=$?
		echo $code >"$log.code"
	} | tee "$log" | sed '/^Outputs:/,$d'
	[ "$(cat "$log.code")" = 0 ]
}

# run_quiet LOG COMMAND…: runs a command, and prints its output only if the command fails.
run_quiet() {
	log=$1
	shift
	run "$@" >"$log" 2>&1 || {
		cat "$log"
		exit 1
	}
}

# print_abridged LOG: prints a plan without the text of the manifests, which has 2000 lines.
print_abridged() { sed '/^ *[+-] manifests  *= <<-EOT/,/^ *EOT/{ s/<<-EOT/[the policies as YAML]/p; d; }' "$1"; }

# run_refused COMMAND…: runs a command that must fail, and prints its errors: the CLI also prints the plan.
run_refused() {
	if run "$@" >refused.log 2>&1; then
		cat refused.log
		echo "The command succeeded, but the provider should have refused it." >&2
		exit 1
	fi
	sed -n '1p; /^Error:/,$p' refused.log
}

step "init"
run_quiet init.log init -no-color
grep -E '^\$|successfully' init.log

step "plan: responsibility transfers and support dates, before anything exists"
run_quiet plan.log plan -no-color -out=plan.bin
print_abridged plan.log

step "refused: a shared control plane, and an API server open to the world"
run_refused plan -no-color -var type=kapsule -var 'administrators=["0.0.0.0/0"]'

step "A second local Scaleway API with the same objects, and a real Kubernetes API server in its clusters"
wait_for_build
start_sandbox -kubernetes "${KUBEBUILDER_ASSETS:-$bin}"
grep SCW_API_URL "$work/exports"

step "apply: the cluster, its allow-list, the guardrails, then the nodes"
run_shown apply.log apply -no-color plan.bin

step "the second plan is empty"
run plan -no-color -detailed-exitcode

step "responsibility matrix: clause, responsible party, and what covers its parts"
run output -no-color -raw matrix
echo
run output -no-color duties

step "support dates: end of support of each minor, and the lifecycle of the cluster"
run output -no-color end_of_support
run output -no-color lifecycle
open=$(sed -n 's/.*Found: \([0-9.]*\)\(ms\|s\) between the create call.*/\1 \2/p' apply.log | head -n 1)
if [ -n "$open" ]; then
	echo "$open" | awk -v speed=$speed '{ s = $2 == "ms" ? $1 / 1000 : $1
		printf "The API server was open for %.0f s of sandbox time between the create call and the allow-list in force.\n", s * speed }'
fi

step "assessment: what deviates, what is to decide, what could not be read"
printf '$ srm assess --cluster patient-records --hds\n'
mkdir -p "$bin/demo"
"$bin/srm" assess --cluster patient-records --hds --output "$bin/demo/assessment.json"
printf '$ srm report --html report.html\n'
"$bin/srm" report --html "$bin/demo/report.html" "$bin/demo/assessment.json" 2>/dev/null
echo "A report for auditors, in French: $bin/demo/report.html"

step "the same, beside a cluster that was made by hand: checks with another result"
printf '$ srm assess --cluster patient-records --cluster made-by-hand --hds --layers api --compare\n'
"$bin/srm" assess --cluster patient-records --cluster made-by-hand --hds --layers api --compare

step "refused: a destroy under deletion protection"
run_refused destroy -no-color -auto-approve

step "destroy without deletion protection"
run_quiet unprotect.log apply -no-color -auto-approve -var deletion_protection=false
grep -E '^(\$|Apply complete)' unprotect.log
run_quiet destroy.log destroy -no-color -auto-approve -var deletion_protection=false
grep -E '^(\$|srm_|Destroy complete)' destroy.log

step "done in $(($(date +%s) - started)) s"
cat <<'EOF'
To create the cluster in a real Project:
  1. Create an API key of an IAM application with KubernetesFullAccess, PrivateNetworksReadOnly and VPCGatewayReadOnly.
     Put it into SCW_ACCESS_KEY and SCW_SECRET_KEY or into the scw config file, and the Project into
     SCW_DEFAULT_PROJECT_ID.
  2. Set hds_contract to the reference and the date of your HDS contract.
  3. Set private_network_id to your Private Network in fr-par, whose Public Gateway advertises the default route, and
     administrators to the address ranges that you administer the cluster from.
  4. Set TF_VAR_passphrase to a passphrase that you also keep elsewhere. Run the CLI from an address in the allow-list.
  5. Run terraform init && terraform apply. A dedicated control plane is billed, with a commitment of 30 days.
EOF
