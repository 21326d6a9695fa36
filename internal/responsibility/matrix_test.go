package responsibility

import (
	"bytes"
	"encoding/csv"
	"os"
	"reflect"
	"slices"
	"testing"
)

// describedClusters returns the clusters of the columns in testdata/parties.csv, in their order.
func describedClusters() []Cluster {
	return []Cluster{
		{Variant: Kapsule, Offer: Mutualised, Pools: []Pool{{Name: "workers"}}},
		{Variant: Kapsule, Offer: Dedicated, Pools: []Pool{{Name: "workers"}}},
		{Variant: Kapsule, Offer: Dedicated, HDS: true, Pools: []Pool{{Name: "workers"}}},
		{Variant: Kosmos, Offer: Mutualised, Pools: []Pool{{Name: "workers"}}},
		{Variant: Kosmos, Offer: Mutualised, Pools: []Pool{{Name: "edge", External: true}}},
	}
}

func readTable(t *testing.T, name string) [][]string {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil || len(rows) != 133 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	return rows
}

// TestPartiesOfDescribedClusters compares the party of each clause in five clusters with parties.csv, which was written
// from the model by hand.
func TestPartiesOfDescribedClusters(t *testing.T) {
	t.Parallel()
	rows := readTable(t, "parties.csv")
	for i, c := range describedClusters() {
		name := rows[0][i+1]
		for j, row := range NewMatrix(c).Rows {
			if row.ID != rows[j+1][0] {
				t.Fatalf("row %d is %s, want %s", j, row.ID, rows[j+1][0])
			}
			got := row.EffectiveParty
			if !row.Applies() {
				got = "-"
			}
			if want := rows[j+1][i+1]; got != want {
				t.Errorf("%s, %s: %s, want %s", name, row.ID, got, want)
			}
		}
	}
}

// TestRowInvariants checks invariants of the rows of every cluster.
func TestRowInvariants(t *testing.T) {
	t.Parallel()
	all := describedClusters()
	for _, c := range describedClusters() {
		c.IsReal = true
		all = append(all, c)
		c.InCluster = &InClusterChanges{}
		all = append(all, c)
	}
	for _, c := range all {
		matrix := NewMatrix(c)
		if len(matrix.Rows) != 132 {
			t.Errorf("got %d rows, want 132", len(matrix.Rows))
		}
		applicable, covering := 0, 0
		for _, row := range matrix.Rows {
			checkRow(t, row)
			covering += len(row.ApplicableParts)
			if row.Applies() {
				applicable++
			}
		}
		byParty, byCoverage := CountByParty(matrix.Rows), CountParts(matrix.Rows)
		parties, parts := 0, 0
		for _, n := range byParty {
			parties += n
		}
		for _, n := range byCoverage {
			parts += n.Parts
		}
		if parties != applicable || parts != covering || parts == 0 {
			t.Errorf(
				"counted %d rows by party, want %d; counted %d parts, want %d", parties, applicable, parts, covering,
			)
		}
		t.Logf(
			"%s %s, HDS %t, real %t: %d clauses apply, %v; %v", c.Variant, c.Offer, c.HDS, c.IsReal, applicable,
			byParty,
			byCoverage,
		)
	}
}

func checkRow(t *testing.T, row Row) {
	t.Helper()
	if row.ApplicableParts == nil || row.ApplicableEnforcements == nil || row.ShiftedBy == nil {
		t.Errorf("%s: a list is nil", row.ID)
	}
	if row.Applies() == (row.NotApplicableReason != Text{}) {
		t.Errorf("%s: party %q, not applicable %q", row.ID, row.EffectiveParty, row.NotApplicableReason.EN)
	}
	if row.Applies() != (len(row.ApplicableParts) > 0) {
		t.Errorf("%s: party %q, %d parts", row.ID, row.EffectiveParty, len(row.ApplicableParts))
	}
	if !row.Applies() && (len(row.ApplicableEnforcements) > 0 || len(row.ShiftedBy) > 0) {
		t.Errorf(
			"%s does not apply but has enforcements %v or transfers %v",
			row.ID,
			row.ApplicableEnforcements,
			row.ShiftedBy,
		)
	}
	if row.Applies() && !slices.Contains(append(Parties(), Undetermined), row.EffectiveParty) {
		t.Errorf("%s: unknown party %q", row.ID, row.EffectiveParty)
	}
}

// TestMatrixIgnoresOrderOfFacts checks that the matrix does not depend on the order of the facts.
func TestMatrixIgnoresOrderOfFacts(t *testing.T) {
	t.Parallel()
	a := Pool{
		Name: "a", PoolFacts: PoolFacts{
			KubeletArgs: map[string]string{
				"x": "1", "y": "2", "z": "3", "maxPods": "4",
			}, UserDataKeys: []string{"u", "v"},
		},
	}
	b := Pool{Name: "b", PoolFacts: PoolFacts{UserDataKeys: []string{"v", "u"}}}
	first := NewMatrix(
		Cluster{
			Variant: Kapsule, Offer: Mutualised, Pools: []Pool{a, b}, ClusterFacts: ClusterFacts{
				FeatureGates: []string{"G", "H"},
			},
		},
	)
	for range 50 {
		b.UserDataKeys = slices.Clone(b.UserDataKeys)
		slices.Reverse(b.UserDataKeys)
		if next := NewMatrix(
			Cluster{
				Variant: Kapsule, Offer: Mutualised, Pools: []Pool{b, a}, ClusterFacts: ClusterFacts{
					FeatureGates: []string{"H", "G"},
				},
			},
		); !reflect.DeepEqual(first, next) {
			t.Fatalf("got\n%+v\nwant\n%+v", next.Transfers, first.Transfers)
		}
	}
	if len(first.Transfers) != 4+2+2+2 {
		t.Errorf("%d transfers", len(first.Transfers))
	}
}

func findRow(t *testing.T, m Matrix, id string) Row {
	t.Helper()
	for _, row := range m.Rows {
		if row.ID == id {
			return row
		}
	}
	t.Fatalf("no row for %s", id)
	return Row{}
}

// TestTransfersShiftParties tests each kind of transfer, and clusters without transfers.
func TestTransfersShiftParties(t *testing.T) {
	t.Parallel()
	kapsule := func(change func(*Cluster, *Pool)) Cluster {
		c := Cluster{Variant: Kapsule, Offer: Dedicated, Pools: []Pool{{Name: "a"}, {Name: "b"}}}
		c.CNI = "cilium"
		change(&c, &c.Pools[0])
		return c
	}
	for name, test := range map[string]struct {
		change         func(*Cluster, *Pool)
		key, clause    string
		shifted        []string // clauses of Scaleway that become shared
		interpretation bool
	}{
		"no change":    {change: func(*Cluster, *Pool) {}},
		"cluster read": {change: func(c *Cluster, _ *Pool) { c.InCluster = &InClusterChanges{} }},
		"kubelet args": {
			func(_ *Cluster, p *Pool) { p.KubeletArgs = map[string]string{"maxPods": "9"} },
			"pools/a/kubelet_args/maxPods",
			"TRF-01", []string{
				"MKS-03", "OTC-06", "KAP-01",
			}, false,
		},
		"user data": {
			func(_ *Cluster, p *Pool) { p.UserDataKeys = []string{"cloud-init"} }, "pools/a/user_data/cloud-init",
			"TRF-01",
			[]string{
				"MKS-03", "OTC-06", "KAP-01",
			}, false,
		},
		"no CNI": {func(c *Cluster, _ *Pool) { c.CNI = "none" }, "cni", "TRF-01", []string{"MKS-02", "ADD-01"}, false},
		"feature gate": {
			func(c *Cluster, _ *Pool) { c.FeatureGates = []string{"G"} }, "feature_gates/G", "TRF-01",
			[]string{"MKS-01"}, true,
		},
		"plugin": {
			func(c *Cluster, _ *Pool) { c.AdmissionPlugins = []string{"P"} }, "admission_plugins/P", "TRF-01",
			[]string{"MKS-01"}, true,
		},
		"altered add-on": {func(c *Cluster, _ *Pool) {
			c.InCluster = &InClusterChanges{
				Altered: []AlteredAddOn{
					{
						Component: "CoreDNS", Object: "deployments/coredns", By: "kubectl-edit",
						Fields: []string{"spec.replicas"},
					},
				},
			}
		}, "kube-system/deployments/coredns/kubectl-edit", "TRF-02", []string{"MKS-02", "ADD-01"}, false},
		"node change": {func(c *Cluster, _ *Pool) {
			c.InCluster = &InClusterChanges{NodeChanges: []NodeChange{{Object: "daemonsets/x/agent",
				Reason: "mounts /etc/cni writable"}}}
		}, "workloads/daemonsets/x/agent", "TRF-02", []string{"MKS-03", "OTC-06", "KAP-01"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := NewMatrix(kapsule(test.change))
			if test.key == "" {
				if len(m.Transfers) != 0 {
					t.Errorf("got %v", m.Transfers)
				}
			} else {
				if !slices.Equal(
					transferKeys(m.Transfers), []string{test.key},
				) || m.Transfers[0].Clause != test.clause || m.Transfers[0].Interpretation != test.interpretation {
					t.Fatalf("got %+v", m.Transfers)
				}
				checkTransfer(t, m.Transfers[0])
				if row := findRow(t, m, test.clause); !slices.Contains(row.ShiftedBy, test.key) {
					t.Errorf("%s: shifted by %v, want %s", test.clause, row.ShiftedBy, test.key)
				}
			}
			for _, row := range m.Rows {
				shifted := slices.Contains(test.shifted, row.ID)
				if shifted && (row.EffectiveParty != PartyShared || !slices.Equal(row.ShiftedBy, []string{test.key})) {
					t.Errorf("%s: %s by %v", row.ID, row.EffectiveParty, row.ShiftedBy)
				}
				if !shifted && row.Party == PartyScaleway && row.Applies() && row.EffectiveParty != PartyScaleway {
					t.Errorf("%s: party %s, want scaleway", row.ID, row.EffectiveParty)
				}
			}
		})
	}
}

// TestHardeningTransfers checks that a transfer from hardening is listed on its clause without shifting the party.
func TestHardeningTransfers(t *testing.T) {
	t.Parallel()
	c := Cluster{
		Variant: Kapsule,
		Offer:   Dedicated,
		HDS:     true,
		Pools: []Pool{
			{Name: "a", PoolFacts: PoolFacts{PublicIPReason: "partner filters"}},
		},
		PlannedTransfers: GuardrailTransfers(
			[]GuardrailRule{
				{
					Name: "load_balancers", Clause: "HDS-ENC-01", Component: "Load Balancers", Action: "audit",
					Default: "deny",
				},
			},
		),
	}
	for id, key := range map[string]string{"NET-03": "pools/a/public_ip", "HDS-ENC-01": "load_balancers/action"} {
		if row := findRow(t, NewMatrix(c), id); row.EffectiveParty != PartyCustomer ||
			!slices.Equal(row.ShiftedBy, []string{key}) {
			t.Errorf("%s: %s by %v", id, row.EffectiveParty, row.ShiftedBy)
		}
	}
}

func TestExternalNodeClauses(t *testing.T) {
	t.Parallel()
	mixed := NewMatrix(
		Cluster{Variant: Kosmos, Offer: Dedicated, Pools: []Pool{{Name: "edge", External: true}, {Name: "workers"}}},
	)
	if !slices.Equal(transferKeys(mixed.Transfers), []string{"pools/edge/external_nodes"}) {
		t.Fatalf("got %v", transferKeys(mixed.Transfers))
	}
	checkTransfer(t, mixed.Transfers[0])
	for _, id := range []string{"EXT-01", "EXT-02", "EXT-03", "KOS-04"} {
		if row := findRow(t, mixed, id); row.EffectiveParty != PartyCustomer || len(row.ShiftedBy) != 1 {
			t.Errorf("%s: %s by %v", id, row.EffectiveParty, row.ShiftedBy)
		}
	}
	// Scaleway stays responsible for the nodes that it hosts.
	for _, id := range []string{"MKS-03", "OTC-06"} {
		if row := findRow(t, mixed, id); row.EffectiveParty != PartyScaleway {
			t.Errorf("%s: %s", id, row.EffectiveParty)
		}
	}
	if row := findRow(
		t, NewMatrix(Cluster{Variant: Kosmos, Offer: Dedicated}), "MKS-03",
	); row.Applies() || row.NotApplicableReason.EN != "The cluster has no pool." {
		t.Errorf("%q: %s", row.EffectiveParty, row.NotApplicableReason.EN)
	}
}

// TestUndeterminedParty checks that one of Scaleway's clauses is undetermined if facts that can shift it were not read.
func TestUndeterminedParty(t *testing.T) {
	t.Parallel()
	nodes, addOns := []string{"MKS-03", "OTC-06", "KAP-01"}, []string{"MKS-02", "ADD-01"}
	unread := Pool{Name: "a", UserDataUnread: true}
	shifted := Pool{Name: "b", PoolFacts: PoolFacts{UserDataKeys: []string{"u"}}}
	for name, test := range map[string]struct {
		cluster      Cluster
		undetermined []string
	}{
		"described": {Cluster{Pools: []Pool{{Name: "c"}}}, nil},
		"real, Kubernetes API not read": {
			Cluster{IsReal: true, Pools: []Pool{{Name: "c"}}}, append(slices.Clone(nodes), addOns...),
		},
		"real, Kubernetes API read": {
			Cluster{IsReal: true, InCluster: &InClusterChanges{}, Pools: []Pool{{Name: "c"}}}, nil,
		},
		"user data not read": {
			Cluster{
				IsReal: true, InCluster: &InClusterChanges{}, Pools: []Pool{unread},
			}, append(slices.Clone(nodes), "EXT-01", "EXT-02", "EXT-03"),
		},
		"user data of one pool not read": {
			Cluster{IsReal: true, InCluster: &InClusterChanges{}, Pools: []Pool{unread, shifted}}, nil,
		},
		"unknown field manager": {
			Cluster{IsReal: true, InCluster: &InClusterChanges{UnknownManagers: []string{"reconciler"}}}, addOns,
		},
		"managed fields cleared": {
			Cluster{IsReal: true, InCluster: &InClusterChanges{Untraced: []string{"deployments/coredns"}}}, addOns,
		},
		"Kubernetes API not read, but shifted": {Cluster{IsReal: true, Pools: []Pool{shifted}}, addOns},
	} {
		c := test.cluster
		c.Variant, c.Offer = Kapsule, Mutualised
		got := []string{}
		for _, row := range NewMatrix(c).Rows {
			if row.EffectiveParty == Undetermined {
				got = append(got, row.ID)
			}
		}
		slices.Sort(got)
		slices.Sort(test.undetermined)
		if !slices.Equal(got, test.undetermined) {
			t.Errorf("%s: %v, want %v", name, got, test.undetermined)
		}
	}
}

// TestCustomNodes checks that the clauses about external and custom nodes apply to a Kapsule cluster only if a pool
// customises its nodes, and that their parts about external machines do not apply.
func TestCustomNodes(t *testing.T) {
	t.Parallel()
	plain := Cluster{Variant: Kapsule, Offer: Dedicated, Pools: []Pool{{Name: "a"}}}
	custom := Cluster{
		Variant: Kapsule, Offer: Dedicated, Pools: []Pool{
			{Name: "a", PoolFacts: PoolFacts{UserDataKeys: []string{"cloud-init"}}},
		},
	}
	for _, id := range []string{"EXT-01", "EXT-02", "EXT-03"} {
		if row := findRow(t, NewMatrix(plain), id); row.Applies() {
			t.Errorf("%s applies to a cluster without customised nodes", id)
		}
		row := findRow(t, NewMatrix(custom), id)
		external := slices.ContainsFunc(
			row.ApplicableParts,
			func(part Part) bool { return part.AppliesTo != AppliesToCustomNodes },
		)
		if row.EffectiveParty != PartyCustomer || len(row.ApplicableParts) == 0 ||
			row.ApplicableParts[0].Key != "custom_nodes" ||
			external ||
			len(row.ShiftedBy) != 1 ||
			row.Interpretation == nil {
			t.Errorf("%s: %s, %+v by %v", id, row.EffectiveParty, row.ApplicableParts, row.ShiftedBy)
		}
	}
	if row := findRow(t, NewMatrix(custom), "KOS-04"); row.Applies() {
		t.Error("KOS-04 applies to a Kapsule cluster")
	}
}

// TestAcceptedCustomisationIsReported checks that a part names what is not checked: an accepted customisation does not
// prove that the node is patched and its firewall closed.
func TestAcceptedCustomisationIsReported(t *testing.T) {
	t.Parallel()
	custom := Cluster{
		Variant: Kapsule, Offer: Dedicated, Pools: []Pool{
			{Name: "a", PoolFacts: PoolFacts{UserDataKeys: []string{"cloud-init"}}},
		},
	}
	for _, id := range []string{"EXT-02", "EXT-03"} {
		row := findRow(t, NewMatrix(custom), id)
		if !slices.ContainsFunc(
			row.ApplicableParts,
			func(part Part) bool { return part.Key == "custom_state" && part.By == CoverageReported },
		) {
			t.Errorf("%s: no reported part custom_state: %+v", id, row.ApplicableParts)
		}
	}
}

// TestMutualisedOfferInheritsNothing checks that availability is not inherited with the mutualised offer, which has no
// SLA.
func TestMutualisedOfferInheritsNothing(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"MKS-06", "OTC-07", "OTC-10"} {
		for offer, by := range map[string]string{Mutualised: CoverageReported, Dedicated: CoverageInherited} {
			row := findRow(t, NewMatrix(Cluster{Variant: Kapsule, Offer: offer}), id)
			if len(row.ApplicableParts) != 1 || row.ApplicableParts[0].By != by {
				t.Errorf("%s, %s: %+v, want %s", id, offer, row.ApplicableParts, by)
			}
		}
	}
}

// TestTransitOfHealthData checks that the transit of health data is reported in a cluster for health data and needs an
// attestation in every other cluster.
func TestTransitOfHealthData(t *testing.T) {
	t.Parallel()
	for hds, by := range map[bool]string{true: CoverageReported, false: CoverageAttestation} {
		row := findRow(t, NewMatrix(Cluster{Variant: Kapsule, Offer: Dedicated, HDS: hds}), "HDS-SCP-02")
		if len(row.ApplicableParts) != 1 || row.ApplicableParts[0].By != by {
			t.Errorf("HDS %t: %+v, want %s", hds, row.ApplicableParts, by)
		}
	}
}

// TestTransfersAffectOtherClauses checks that a transfer is also listed on other clauses that it affects.
func TestTransfersAffectOtherClauses(t *testing.T) {
	t.Parallel()
	public := Cluster{
		Variant: Kapsule, Offer: Dedicated, HDS: true, Pools: []Pool{
			{Name: "a", PoolFacts: PoolFacts{PublicIPWithoutReason: true}},
		},
	}
	if row := findRow(t, NewMatrix(public), "HDS-ENC-04"); row.EffectiveParty != PartyShared || !slices.Equal(
		row.ShiftedBy, []string{"pools/a/public_ip"},
	) {
		t.Errorf("HDS-ENC-04: %s by %v", row.EffectiveParty, row.ShiftedBy)
	}
	kosmos := Cluster{
		Variant: Kosmos, Offer: Mutualised, Pools: []Pool{
			{Name: "a", PoolFacts: PoolFacts{KubeletArgs: map[string]string{"maxPods": "9"}}},
		},
	}
	for id, want := range map[string]int{"KOS-01": 1, "KOS-02": 0, "MKS-03": 1} {
		if row := findRow(t, NewMatrix(kosmos), id); len(row.ShiftedBy) != want {
			t.Errorf("%s: by %v", id, row.ShiftedBy)
		}
	}
	loosened := Cluster{Variant: Kapsule, Offer: Dedicated, HDS: true,
		PlannedTransfers: GuardrailTransfers(
			[]GuardrailRule{{Name: "load_balancers", Clause: "HDS-ENC-01", Action: "audit", Default: "deny"}},
		)}
	if row := findRow(t, NewMatrix(loosened), "HDS-RES-02"); !slices.Equal(
		row.ShiftedBy,
		[]string{"load_balancers/action"},
	) {
		t.Errorf("HDS-RES-02: by %v", row.ShiftedBy)
	}
	altered := Cluster{
		Variant: Kapsule, Offer: Dedicated, InCluster: &InClusterChanges{
			Altered: []AlteredAddOn{{Component: "CoreDNS", Object: "deployments/coredns", By: "kubectl-edit"}},
		},
	}
	if row := findRow(t, NewMatrix(altered), "LIF-07"); len(row.ShiftedBy) != 1 {
		t.Errorf("LIF-07: by %v", row.ShiftedBy)
	}
	planned := Cluster{
		Variant: Kapsule, Offer: Dedicated, PlannedTransfers: PoolTransfers(
			PoolFacts{UserDataKeys: []string{"cloud-init"}},
		),
	}
	if row := findRow(t, NewMatrix(planned), "EXT-02"); !row.Applies() {
		t.Error("EXT-02 does not apply although planned transfers customise nodes")
	}
}
