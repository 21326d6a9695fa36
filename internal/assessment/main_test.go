package assessment

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// seenResults are the results that the tests of checks saw, with the names of their cases, by check. Property tests do
// not count: their facts are random.
var seenResults = struct { //nolint:gochecknoglobals // what all tests saw is known after the last one
	sync.Mutex
	byCheck map[string]map[Result][]string
}{byCheck: map[string]map[Result][]string{}}

// see notes the result of a finding that a test compares with the expected one.
func see(t *testing.T, f Finding) Finding {
	t.Helper()
	seenResults.Lock()
	defer seenResults.Unlock()
	if seenResults.byCheck[f.Check] == nil {
		seenResults.byCheck[f.Check] = map[Result][]string{}
	}
	seenResults.byCheck[f.Check][f.Result] = append(seenResults.byCheck[f.Check][f.Result], t.Name())
	return f
}

// TestMain fails a run of all tests in which a check lacks a test of one of its results.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && isWholeRun() {
		for _, problem := range append(untestedResults(), untestedTraps()...) {
			_, _ = fmt.Fprintln(os.Stderr, "FAIL:", problem)
			code = 1
		}
	}
	os.Exit(code)
}

// isWholeRun reports whether all tests ran.
func isWholeRun() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz", "test.bench"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return !testing.Short()
}

// withoutPass and withoutFail are the checks that can never have these results. An indicator never passes: it is not
// applicable then.
func withoutPass() []string { return []string{"admin_token"} }

func withoutFail() []string {
	list := []string{
		"admin_token", "responsibility_shifts", "gateway_egress", "node_root_disk_plaintext",
		"tls_passthrough_declared",
	}
	for _, c := range inventoryChecks() {
		list = append(list, c.ID)
	}
	return list
}

// withDecision are the checks whose facts may leave a decision to a person.
func withDecision() []string {
	return []string{
		"cluster_version_supported", "pool_version_skew", "pool_node_type_eligible", "pool_root_volume",
		"node_root_disk_plaintext", "resource_zones_fr_par", "security_group_inbound", "private_network_neighbours",
		"vpc_acl", "vpc_leads_out", "gateway_egress", "gateway_exposure", "lb_public", "lb_frontend_tls",
		"lb_backend_verified", "lb_orphan", "database_neighbour", "snapshot_age", "volume_left", "backup_location",
		"backup_jobs", "cockpit_retention", "project_purpose", "responsibility_shifts", "rbac_broad_bindings",
		"admission_policies", "pod_security", "network_policy_default_deny", "volumes_encrypted",
		"workload_volume_sources", "default_storage_class", "node_port_exposure", "ingress_tls",
		"tls_passthrough_declared", "kube_system_unmodified", "privileged_pod_access", "iam_broad_grants",
		"iam_system_masters", "iam_nodes_group_grants", "iam_mfa", "audit_trail_alerts",
	}
}

// untestedResults returns the checks that lack a test of a result that they can have, and those with a result that they
// cannot have.
func untestedResults() []string {
	problems := []string{}
	for _, c := range slices.Concat(Checks(), OrganizationChecks()) {
		expected := map[Result]bool{
			Pass: !c.Indicator && !slices.Contains(withoutPass(), c.ID),
			Fail: !slices.Contains(withoutFail(), c.ID), NotEvaluated: true,
			NeedsDecision: slices.Contains(withDecision(), c.ID),
		}
		for result, isExpected := range expected {
			if seen := seenResults.byCheck[c.ID][result]; isExpected != (len(seen) > 0) {
				problems = append(problems, fmt.Sprintf("%s: %d tests see %s, expected %v", c.ID, len(seen), result,
					isExpected))
			}
		}
		if c.Indicator && len(seenResults.byCheck[c.ID][NotApplicable]) == 0 {
			problems = append(problems, c.ID+": no test of the indicator sees no deviation")
		}
	}
	slices.Sort(problems)
	return problems
}

// traps are the cases in which a check would be wrong if it looked only at the usual attribute: the check, the result,
// and a part of the name of the test's case.
const traps = `
api_allow_list fail two_halves
api_allow_list pass ranges_of_Scaleway_in_Kosmos
audit_trail_bucket fail a_lock_without_a_default
audit_trail_export fail stale
audit_trail_export pass 48_hours
backup_location needs_decision host_that_only_ends_like_Scaleway's
bucket_region_class fail transition
bucket_region_class not_evaluated no_bucket_is_named
certificate_renewal not_evaluated no_cert-manager
certificate_renewal pass lifetime_of_an_hour
cockpit_retention pass nothing_received
database_neighbour fail open_in_two_halves
gateway_exposure fail bastion_open_by_halves
iam_api_keys pass of_another_department
iam_broad_grants fail a_condition_is_no_proof
iam_broad_grants pass the_owner_is_listed
iam_mfa pass an_invited_guest
iam_nodes_group_grants pass only_Scaleway's
iam_root_keys pass expired_only
iam_system_masters needs_decision all_products
ingress_tls fail listed_class,_but_a_host_without_TLS
ingress_tls pass ACME_solver
ingress_tls pass listener_that_redirects
lb_certificate_expiry not_evaluated pending
lb_certificate_expiry pass Let's_Encrypt
lb_frontend_tls fail exception_before_the_redirection
lb_frontend_tls needs_decision tcp
lb_frontend_tls pass certificate_and_redirection
lb_frontend_tls pass tcp_to_a_TLS_namespace
lb_public pass by_Service
lb_tls_floor not_applicable passthrough
network_policy_default_deny fail some_pods
network_policy_default_deny fail of_Calico_with_Cilium
node_port_exposure fail load_balancer_of_another_class
node_port_exposure pass none_on_public_nodes
pod_security needs_decision another_engine
pool_version_skew needs_decision upgrading
private_network_neighbours not_evaluated new
private_network_neighbours not_evaluated the_list_lacks_a_node
project_other_regions not_evaluated one_list_not_in_the_facts
rbac_broad_bindings fail all_service_accounts
rbac_broad_bindings pass component_of_Scaleway
rbac_secret_readers fail a_person_changes_Deployments_of_all_namespaces
registry_namespace not_applicable public_and_unused
security_group_inbound fail TwoHalvesOfTheInternet
security_group_inbound pass ping
snapshot_public not_evaluated too_many
volume_type_eligible fail legacy_volume_of_a_node
volumes_encrypted fail plaintext,_not_a_value_of_ParseBool
volumes_encrypted not_evaluated the_volume_of_a_claim_is_missing
vpc_acl not_applicable no_routing
vpc_acl fail no_IPv6_rule
workload_volume_sources fail a_later_type
workload_volume_sources pass read-only_directory_of_the_node
`

// untestedTraps returns the traps that no case tests.
func untestedTraps() []string {
	problems := []string{}
	for line := range strings.SplitSeq(strings.TrimSpace(traps), "\n") {
		fields := strings.Fields(line)
		cases := seenResults.byCheck[fields[0]][Result(fields[1])]
		if !slices.ContainsFunc(cases, func(name string) bool { return strings.Contains(name, fields[2]) }) {
			problems = append(problems, fmt.Sprintf("%s: no case %q sees %s; there are %v", fields[0], fields[2],
				fields[1], seenResults.byCheck[fields[0]]))
		}
	}
	return problems
}
