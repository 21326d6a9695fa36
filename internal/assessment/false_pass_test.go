package assessment

import (
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// hostEvidence is a valid attestation of Scaleway's evidence.
func hostEvidence() Attestation {
	return Attestation{
		ID: "h", Kind: responsibility.HostEvidence, Scope: ScopeOrganization, Result: ResultSuccess,
		PerformedOn: now().AddDate(0, 0, -1), Until: now().AddDate(0, 6, 0), PerformedBy: "sre", ReviewedBy: "ciso",
		Fields: map[string]any{
			"certificate": map[string]any{
				"activities": []any{"1", "2", "3", "4", "5", "6"}, "expires_on": "2028-01-01",
			},
			"model_digest": responsibility.EmbeddedCatalogue().Model.Digest,
		},
	}
}

// TestClausesOfAnOfferOutsideTheScope checks that health data on a mutualised cluster is a deviation of the clauses
// about health data: they do not become not applicable.
func TestClausesOfAnOfferOutsideTheScope(t *testing.T) {
	t.Parallel()
	for _, clusterType := range []string{"kapsule", "multicloud"} {
		facts := newFacts()
		facts.Cluster.Value.Type, facts.Cluster.Value.Region = &clusterType, "nl-ams"
		a := Evaluate(facts, options())
		for _, id := range []string{"HDS-SCP-01", "HDS-RES-00", "HDS-RES-01", "OFR-01"} {
			if c, _ := a.Clause(id); c.Result != Fail {
				t.Errorf("%s, %s: %s", clusterType, id, c.Result)
			}
		}
	}
}

// TestNoInheritanceWithoutPools checks that a duty of Scaleway is inherited only if the settings were read that may
// shift it to the customer.
func TestNoInheritanceWithoutPools(t *testing.T) {
	t.Parallel()
	facts, o := newFacts(), options()
	facts.Pools = Unread[Pool]("", Gap{Reason: Forbidden, Needs: "KubernetesReadOnly"})
	facts.InCluster.AddOns = Fact[responsibility.InClusterChanges]{Value: &responsibility.InClusterChanges{}}
	o.Attestations = []Attestation{hostEvidence()}
	a := Evaluate(facts, o)
	for _, id := range []string{"MKS-01", "MKS-03", "OTC-06", "KAP-01", "HDS-ENC-04"} {
		if c, _ := a.Clause(id); c.Result == Inherited || c.Result == NotApplicable {
			t.Errorf("%s: %s", id, c.Result)
		}
	}
	facts.Cluster.Value.Type = ptr("multicloud")
	a = Evaluate(facts, o)
	for _, id := range []string{"KOS-04", "EXT-01", "EXT-02"} {
		if c, _ := a.Clause(id); c.Result != NotEvaluated {
			t.Errorf("%s of Kosmos: %s", id, c.Result)
		}
	}
}

// TestBroadSystemSubjects checks that a subject with a name of Kubernetes is part of Kubernetes only in the bindings
// that Kubernetes creates.
func TestBroadSystemSubjects(t *testing.T) {
	t.Parallel()
	for _, subject := range []RoleSubject{
		{Kind: "Group", Name: "system:nodes"}, {Kind: "Group", Name: "system:bootstrappers"},
		{Kind: "User", Name: "system:backdoor"}, {Kind: "Group", Name: "system:serviceaccounts:kube-system"},
	} {
		facts := newFacts()
		facts.InCluster.Roles = Read("", []Role{{Name: "cluster-admin", Rules: []RoleRule{
			{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}},
		}}})
		facts.InCluster.Bindings = Read("", []RoleBinding{{
			Name: "x", RoleKind: "ClusterRole", RoleName: "cluster-admin", Subjects: []RoleSubject{subject},
		}})
		if f := judged(t, "rbac_broad_bindings", facts, options()); f.Result != Fail {
			t.Errorf("%s: %s", subject.Name, f.Result)
		}
	}
}

// TestAttestedAddOnInOtherNamespaces checks that an attested add-on accepts its names only in its namespaces.
func TestAttestedAddOnInOtherNamespaces(t *testing.T) {
	t.Parallel()
	velero := attestedAddOn{name: "velero", namespaces: []string{"velero"}}
	for _, test := range []struct {
		namespace, name string
		want            bool
	}{
		{"velero", "velero", true}, {
			"velero", "node-agent", true,
		}, {"shop", "velero", false}, {"shop", "velero-x", false},
	} {
		if got := velero.isOf(test.namespace, test.name); got != test.want {
			t.Errorf("%s/%s: %v", test.namespace, test.name, got)
		}
	}
}

// TestNodeOfAnUnlistedPool checks that a node proves that its pool exists.
func TestNodeOfAnUnlistedPool(t *testing.T) {
	t.Parallel()
	facts := newFacts()
	facts.Pools = Read("", []Pool{{ID: "p", Name: "p", Size: 1, Status: "ready", PublicIPDisabled: ptr(true)}})
	facts.Nodes = Read("", []Node{
		{ID: "n", PoolID: "p", Status: "ready", CreatedAt: ptr(now()), PublicIPv4: ptr(""), PublicIPv6: ptr("")},
		{
			ID: "m", PoolID: "gone", Status: "ready", CreatedAt: ptr(now()), PublicIPv4: ptr("51.15.0.1"),
			PublicIPv6: ptr(""),
		},
	})
	for _, check := range []string{"node_public_address", "node_age"} {
		if f := judged(t, check, facts, options()); f.Result == Pass {
			t.Errorf("%s passes", check)
		}
	}
}

// TestTwoHalvesOfTheInternet checks that two rules of a security group are judged together.
func TestTwoHalvesOfTheInternet(t *testing.T) {
	t.Parallel()
	rule := func(ranges string, from int) SecurityGroupRule {
		return SecurityGroupRule{
			ID: ranges, Direction: "inbound", Action: "accept", Protocol: "TCP", IPRange: ranges, PortFrom: &from,
		}
	}
	for want, rules := range map[Result][]SecurityGroupRule{
		Fail: {rule("0.0.0.0/1", 22), rule("128.0.0.0/1", 22)}, Pass: {
			rule("0.0.0.0/1", 22), rule("128.0.0.0/1", 8443),
		},
	} {
		facts := newFacts()
		facts.Nodes = Read("", []Node{})
		facts.Pools = Read(
			"", []Pool{{ID: "p", PublicIPDisabled: ptr(false), SecurityGroupID: ptr("g"), Zone: ptr("fr-par-1")}},
		)
		facts.Project.SecurityGroups = Read("", []SecurityGroup{{
			ID: "g", Zone: "fr-par-1", PoolIDs: []string{"p"}, Stateful: ptr(true), InboundPolicy: ptr("drop"),
			Rules: Read("", rules),
		}})
		if f := judged(t, "security_group_inbound", facts, options()); f.Result != want {
			t.Errorf("%s, expected %s: %s", f.Result, want, f.Found.EN)
		}
	}
}

// TestDeclaredMechanisms checks that a flow counts as encrypted only with a known mechanism.
func TestDeclaredMechanisms(t *testing.T) {
	t.Parallel()
	for mechanism, want := range map[string]Result{
		"TLS 1.3": Attested, "chiffrement LUKS": Attested, "mTLS without client names": Attested,
		"unencrypted": Fail, "non chiffré": Fail, "no TLS": Fail, "en clair": Fail, "HTTP/1.1": NeedsDecision,
		"TCP": NeedsDecision,
	} {
		o := options()
		a := goodAttestation(t, "encryption")
		a.Fields["flows"] = []any{map[string]any{"from": "a", "to": "b", "protocol": "TCP", "mechanism": mechanism}}
		o.Attestations = []Attestation{a}
		if f := judged(t, AttestationCheckID("encryption"), newFacts(), o); f.Result != want {
			t.Errorf("%s: %s, expected %s", mechanism, f.Result, want)
		}
	}
}

// TestWaiverOfOnePart checks that a clause is not waived while a clause that it needs has an open deviation.
func TestWaiverOfOnePart(t *testing.T) {
	t.Parallel()
	facts, o := newFacts(), options()
	facts.Cluster.Value.Region = "nl-ams"
	evidence := hostEvidence()
	evidence.Until = now().AddDate(0, 0, -40)
	evidence.PerformedOn = now().AddDate(-1, 0, 0)
	o.Attestations = []Attestation{evidence}
	o.Waivers = []Waiver{{
		ID: "W-1", Check: AttestationCheckID(
			responsibility.HostEvidence,
		), Scope: facts.Scope(), Subjects: []string{"h"},
		ApprovedOn: now().AddDate(0, 0, -5), Until: now().AddDate(0, 1, 0),
	}}
	a := Evaluate(facts, o)
	if f, _ := a.Finding(AttestationCheckID(responsibility.HostEvidence)); f.Disposition != Waived {
		t.Fatalf("the waiver does not apply: %+v", f)
	}
	if c, _ := a.Clause("HDS-RES-00"); c.Result != Fail || c.Disposition != Open {
		t.Errorf("%s, %s", c.Result, c.Disposition)
	}
}

// TestAcceptedNeighbourIsOneObject checks that an input with the id of a node does not accept its whole cluster.
func TestAcceptedNeighbourIsOneObject(t *testing.T) {
	t.Parallel()
	facts, o := newFacts(), options()
	facts.Cluster.Value.PrivateNetworkID = ptr("pn")
	facts.Nodes, facts.Pools = Read("", []Node{}), Read("", []Pool{})
	facts.Project.PrivateNetwork = Fact[PrivateNetwork]{Value: &PrivateNetwork{ID: "pn"}}
	ip := func(node string) NetworkIP {
		return NetworkIP{
			ID: node, Address: "172.16.0.9/22", ProjectID: facts.Cluster.Value.ProjectID, ResourceType: ptr("k8s_node"),
			ResourceID: node, ResourceName: node, Neighbour: &ClusterIdentity{ID: "c2", Name: "other", Type: "kapsule"},
		}
	}
	facts.Project.IPs = Read("", []NetworkIP{ip("n1"), ip("n2")})
	o.Inputs.ExpectedNeighbours = map[string]Acceptance{"n1": {Reason: "known", ReviewedOn: "2026-11-01"}}
	if f := judged(t, "private_network_neighbours", facts, o); f.Result != Fail {
		t.Errorf("%s: %s", f.Result, f.Found.EN)
	}
}

// TestNamesOfUsers checks that an expected administrator is found although the facts do not hold the name.
func TestNamesOfUsers(t *testing.T) {
	t.Parallel()
	facts, o := newFacts(), options()
	facts.InCluster.Roles = Read("", []Role{{Name: "cluster-admin", Rules: []RoleRule{
		{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}},
	}}})
	facts.InCluster.Bindings = Read("", []RoleBinding{{
		Name: "x", RoleKind: "ClusterRole", RoleName: "cluster-admin",
		Subjects: []RoleSubject{{Kind: "User", Name: HashName("first.last")}},
	}})
	if f := judged(t, "rbac_broad_bindings", facts, o); f.Result != Fail {
		t.Errorf("not expected: %s", f.Result)
	}
	o.Inputs.ExpectedClusterAdmins = map[string]Acceptance{
		"User:first.last": {Reason: "on call", ReviewedOn: "2026-11-01"},
	}
	if f := judged(t, "rbac_broad_bindings", facts, o); f.Result != Pass {
		t.Errorf("expected: %s", f.Result)
	}
}

// TestDeadlineOutlastsAnOutage checks that an assessment without access does not restart the deadline of a deviation.
func TestDeadlineOutlastsAnOutage(t *testing.T) {
	t.Parallel()
	facts, o := newFacts(), options()
	facts.Cluster.Value.AutoUpgrade = ptr(false)
	o.AsOf = now().AddDate(0, -6, 0)
	first := Evaluate(facts, o)
	outage := newFacts()
	outage.Cluster = Fact[Cluster]{Gap: &Gap{Reason: Unreachable}}
	o.AsOf, o.Baseline = now().AddDate(0, 0, -1), &first
	second := Evaluate(outage, o)
	o.AsOf, o.Baseline = now(), &second
	third := Evaluate(facts, o)
	f, _ := third.Finding("cluster_auto_upgrade")
	if want := now().AddDate(0, -6, 0).Format("2006-01-02"); f.Since != want {
		t.Errorf("since %s, expected %s", f.Since, want)
	}
	if f, _ := third.Finding(resolutionCheck); f.Result != Fail {
		t.Errorf("%s: %s", f.Result, f.Found.EN)
	}
}
