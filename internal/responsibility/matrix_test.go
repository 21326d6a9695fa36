package responsibility

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// describedClusters are the clusters of the tables in testdata, in the order of their columns.
func describedClusters() []Cluster {
	return []Cluster{
		{Variant: Kapsule, Offer: Mutualised, Managed: true, Contract: true, Pools: []Pool{{Name: "workers"}}},
		{Variant: Kapsule, Offer: Dedicated, Managed: true, Contract: true, Pools: []Pool{{Name: "workers"}}},
		{Variant: Kapsule, Offer: Dedicated, HDS: true, Managed: true, Contract: true, Pools: []Pool{{Name: "workers"}}},
		{Variant: Kosmos, Offer: Mutualised, Managed: true, Contract: true, Pools: []Pool{{Name: "workers"}}},
		{Variant: Kosmos, Offer: Mutualised, Managed: true, Contract: true, Pools: []Pool{{Name: "edge", External: true}}},
	}
}

func table(t *testing.T, name string) [][]string {
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

// TestPartiesOfDescribedClusters goes through five clusters clause by clause: parties.csv was written from the model.
func TestPartiesOfDescribedClusters(t *testing.T) {
	t.Parallel()
	rows := table(t, "parties.csv")
	for i, c := range describedClusters() {
		name := rows[0][i+1]
		for j, row := range For(c).Rows {
			if row.ID != rows[j+1][0] {
				t.Fatalf("row %d is %s, want %s", j, row.ID, rows[j+1][0])
			}
			got := row.EffectiveParty
			if row.Effective == NotApplicable {
				got = "-"
			}
			if want := rows[j+1][i+1]; got != want {
				t.Errorf("%s, %s: %s, want %s", name, row.ID, got, want)
			}
		}
	}
}

// TestMechanismsOfDescribedClusters does the same with how each clause is carried: mechanisms.csv was written from what
// the components do.
func TestMechanismsOfDescribedClusters(t *testing.T) {
	t.Parallel()
	rows := table(t, "mechanisms.csv")
	for i, c := range describedClusters() {
		matrix := For(c)
		for j, row := range matrix.Rows {
			if want := rows[j+1][i+1]; row.ID != rows[j+1][0] || row.Effective != want {
				t.Errorf("%s, %s: %s, want %s of %s", rows[0][i+1], row.ID, row.Effective, want, rows[j+1][0])
			}
		}
		counted := []string{}
		for _, n := range CountByMechanism(matrix.Rows) {
			counted = append(counted, fmt.Sprintf("%s %d", n.Name, n.Rows))
		}
		t.Logf("%-18s %s", rows[0][i+1], strings.Join(counted, ", "))
	}
}

// TestRows checks what holds for every row of every cluster.
func TestRows(t *testing.T) {
	t.Parallel()
	all := describedClusters()
	for _, c := range describedClusters() {
		c.Managed, c.Contract = false, false
		all = append(all, c)
		c.Inside = &Inside{}
		all = append(all, c)
	}
	for _, c := range all {
		matrix := For(c)
		if len(matrix.Rows) != 132 {
			t.Errorf("%d rows", len(matrix.Rows))
		}
		parties, mechanisms := 0, 0
		for _, n := range CountByParty(matrix.Rows) {
			parties += n.Rows
		}
		for _, n := range CountByMechanism(matrix.Rows) {
			mechanisms += n.Rows
			if n.Name == NotApplicable {
				parties += n.Rows
			}
		}
		if parties != 132 || mechanisms != 132 {
			t.Errorf("counted %d by party, %d by mechanism", parties, mechanisms)
		}
		for _, row := range matrix.Rows {
			checkRow(t, c, row)
		}
	}
}

func checkRow(t *testing.T, c Cluster, row Row) {
	t.Helper()
	if !strings.HasSuffix(row.Because, ".") || row.By == nil || row.MovedBy == nil {
		t.Errorf("%s: %+v", row.ID, row)
	}
	if !slices.Contains(append(Mechanisms(), NotEvaluated, NotApplicable), row.Effective) {
		t.Errorf("%s is %q", row.ID, row.Effective)
	}
	if (row.Effective == NotApplicable) != (row.EffectiveParty == "") {
		t.Errorf("%s: party %q, %s", row.ID, row.EffectiveParty, row.Effective)
	}
	for _, by := range row.By {
		if by.Planned {
			t.Errorf("%s is carried by %s, which does not exist", row.ID, by.Name)
		}
		if by.Kind == KindResource && !c.Managed {
			t.Errorf("%s is carried by %s in a cluster that it did not make", row.ID, by.Name)
		}
	}
	if (row.Effective == Enforced || row.Effective == Configured) && !c.Managed {
		t.Errorf("%s is %s in a cluster that no resource made", row.ID, row.Effective)
	}
	// Stronger than the index says only where something that exists carries the whole clause in this cluster.
	if i, j := slices.Index(Mechanisms(), row.Effective), slices.Index(Mechanisms(), row.Mechanism); i >= 0 && i < j &&
		!slices.ContainsFunc(row.By, func(by Carrier) bool { return !by.Part && by.Mechanism == row.Effective }) {
		t.Errorf("%s is %s, the clause %s", row.ID, row.Effective, row.Mechanism)
	}
}

// TestTheSameFactsGiveTheSameMatrix, in whatever order they are given.
func TestTheSameFactsGiveTheSameMatrix(t *testing.T) {
	t.Parallel()
	a := Pool{Name: "a", PoolFacts: PoolFacts{KubeletArgs: map[string]string{"x": "1", "y": "2", "z": "3", "maxPods": "4"}, UserDataKeys: []string{"u", "v"}}}
	b := Pool{Name: "b", PoolFacts: PoolFacts{UserDataKeys: []string{"v", "u"}}}
	first := For(Cluster{Variant: Kapsule, Offer: Mutualised, Pools: []Pool{a, b}, ClusterFacts: ClusterFacts{FeatureGates: []string{"G", "H"}}})
	for range 50 {
		b.UserDataKeys = slices.Clone(b.UserDataKeys)
		slices.Reverse(b.UserDataKeys)
		if next := For(Cluster{Variant: Kapsule, Offer: Mutualised, Pools: []Pool{b, a}, ClusterFacts: ClusterFacts{FeatureGates: []string{"H", "G"}}}); !reflect.DeepEqual(first, next) {
			t.Fatalf("first\n%+v\nthen\n%+v", first.Transfers, next.Transfers)
		}
	}
	if len(first.Transfers) != 4+2+2+2 {
		t.Errorf("%d transfers", len(first.Transfers))
	}
}

// TestPlannedIsNeverMet: what only planned components carry is not evaluated, in every cluster.
func TestPlannedIsNeverMet(t *testing.T) {
	t.Parallel()
	planned := 0
	for _, c := range describedClusters() {
		for _, row := range For(c).Rows {
			if slices.ContainsFunc(row.Carriers, func(by Carrier) bool { return !by.Planned }) || row.Effective == NotApplicable {
				continue
			}
			planned++
			if row.Effective != NotEvaluated || row.Carried != "" || !strings.Contains(row.Because, "does not exist yet") {
				t.Errorf("%s: %s, %q, %s", row.ID, row.Effective, row.Carried, row.Because)
			}
		}
	}
	if planned == 0 {
		t.Error("nothing is planned")
	}
}

func find(t *testing.T, m Matrix, id string) Row {
	t.Helper()
	for _, row := range m.Rows {
		if row.ID == id {
			return row
		}
	}
	t.Fatalf("no %s", id)
	return Row{}
}

// TestTransfersMoveParties: each kind of transfer, and a cluster without it.
func TestTransfersMoveParties(t *testing.T) {
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
		moved          []string // clauses of Scaleway's that become shared
		interpretation bool
	}{
		"nothing":      {change: func(*Cluster, *Pool) {}},
		"looked":       {change: func(c *Cluster, _ *Pool) { c.Inside = &Inside{} }},
		"kubelet args": {func(_ *Cluster, p *Pool) { p.KubeletArgs = map[string]string{"maxPods": "9"} }, "pools/a/kubelet_args/maxPods", "TRF-01", []string{"MKS-03", "OTC-06", "KAP-01"}, false},
		"user data":    {func(_ *Cluster, p *Pool) { p.UserDataKeys = []string{"cloud-init"} }, "pools/a/user_data/cloud-init", "TRF-01", []string{"MKS-03", "OTC-06", "KAP-01"}, false},
		"no CNI":       {func(c *Cluster, _ *Pool) { c.CNI = "none" }, "cni", "TRF-01", []string{"MKS-02", "ADD-01"}, false},
		"feature gate": {func(c *Cluster, _ *Pool) { c.FeatureGates = []string{"G"} }, "feature_gates/G", "TRF-01", []string{"MKS-01"}, true},
		"plugin":       {func(c *Cluster, _ *Pool) { c.AdmissionPlugins = []string{"P"} }, "admission_plugins/P", "TRF-01", []string{"MKS-01"}, true},
		"altered add-on": {func(c *Cluster, _ *Pool) {
			c.Inside = &Inside{Altered: []AlteredAddOn{{Component: "CoreDNS", Object: "deployments/coredns", By: "kubectl-edit", Fields: []string{"spec.replicas"}}}}
		}, "kube-system/deployments/coredns/kubectl-edit", "TRF-02", []string{"MKS-02", "ADD-01"}, false},
		"node change": {func(c *Cluster, _ *Pool) {
			c.Inside = &Inside{Changing: []NodeChange{{Object: "daemonsets/x/agent", Why: "mounts /etc/cni writable"}}}
		}, "workloads/daemonsets/x/agent", "TRF-02", []string{"MKS-03", "OTC-06", "KAP-01"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := For(kapsule(test.change))
			if test.key == "" {
				if len(m.Transfers) != 0 {
					t.Errorf("got %v", m.Transfers)
				}
			} else {
				if !slices.Equal(keys(m.Transfers), []string{test.key}) || m.Transfers[0].Clause != test.clause || m.Transfers[0].Interpretation != test.interpretation {
					t.Fatalf("got %+v", m.Transfers)
				}
				complete(t, m.Transfers[0])
				if row := find(t, m, test.clause); !slices.Contains(row.MovedBy, test.key) {
					t.Errorf("%s does not name %s", test.clause, test.key)
				}
			}
			for _, row := range m.Rows {
				moved := slices.Contains(test.moved, row.ID)
				if moved && (row.EffectiveParty != PartyShared || row.Effective != Reported || row.Carried != InPart || !slices.Equal(row.MovedBy, []string{test.key})) {
					t.Errorf("%s: %s, %s, %s by %v", row.ID, row.EffectiveParty, row.Effective, row.Carried, row.MovedBy)
				}
				if !moved && row.Party == PartyScaleway && row.Effective != NotApplicable && row.EffectiveParty != PartyScaleway {
					t.Errorf("%s became %s", row.ID, row.EffectiveParty)
				}
			}
		})
	}
}

// TestHardeningThatIsGivenUp shows on the clause that it served, and moves no party.
func TestHardeningThatIsGivenUp(t *testing.T) {
	t.Parallel()
	c := Cluster{Variant: Kapsule, Offer: Dedicated, HDS: true, Managed: true, Pools: []Pool{{Name: "a", PoolFacts: PoolFacts{PublicIPReason: "partner filters"}}},
		Planned: GuardrailTransfers([]GuardrailRule{{Name: "load_balancers", Clause: "HDS-ENC-01", Component: "Load Balancers", Action: "audit", Default: "deny"}})}
	for id, key := range map[string]string{"NET-03": "pools/a/public_ip", "HDS-ENC-01": "load_balancers/action"} {
		before, row := find(t, For(Cluster{Variant: Kapsule, Offer: Dedicated, HDS: true, Managed: true}), id), find(t, For(c), id)
		if row.EffectiveParty != PartyCustomer || row.Effective != before.Effective || row.Carried != InPart || !slices.Equal(row.MovedBy, []string{key}) ||
			!strings.HasSuffix(row.Because, "What carries it is loosened: see the transfers.") {
			t.Errorf("%s: %s, %s, %s by %v: %s", id, row.EffectiveParty, row.Effective, row.Carried, row.MovedBy, row.Because)
		}
	}
}

func TestExternalNodesBringTheCustomersClauses(t *testing.T) {
	t.Parallel()
	mixed := For(Cluster{Variant: Kosmos, Offer: Dedicated, Pools: []Pool{{Name: "edge", External: true}, {Name: "workers"}}})
	if !slices.Equal(keys(mixed.Transfers), []string{"pools/edge/external_nodes"}) {
		t.Fatalf("got %v", keys(mixed.Transfers))
	}
	complete(t, mixed.Transfers[0])
	for _, id := range []string{"EXT-01", "EXT-02", "EXT-03", "KOS-04"} {
		if row := find(t, mixed, id); row.EffectiveParty != PartyCustomer || len(row.MovedBy) != 1 {
			t.Errorf("%s: %s by %v", id, row.EffectiveParty, row.MovedBy)
		}
	}
	// Those that Scaleway hosts stay Scaleway's.
	for _, id := range []string{"MKS-03", "OTC-06"} {
		if row := find(t, mixed, id); row.EffectiveParty != PartyScaleway || row.Effective != Inherited {
			t.Errorf("%s: %s, %s", id, row.EffectiveParty, row.Effective)
		}
	}
	if row := find(t, For(Cluster{Variant: Kosmos, Offer: Dedicated}), "MKS-03"); row.Effective != NotApplicable || row.Because != "The cluster has no pool." {
		t.Errorf("%s: %s", row.Effective, row.Because)
	}
}

// TestUnseenIsNotEvaluated: what nobody looked at is not shown as Scaleway's.
func TestUnseenIsNotEvaluated(t *testing.T) {
	t.Parallel()
	m := For(Cluster{Variant: Kapsule, Offer: Mutualised, Pools: []Pool{{Name: "b", UserDataUnseen: true}, {Name: "a", UserDataUnseen: true}, {Name: "c"}}})
	for _, id := range []string{"MKS-03", "OTC-06", "KAP-01", "TRF-01"} {
		if row := find(t, m, id); row.Effective != NotEvaluated || !strings.Contains(row.Because, "the nodes of a, b is unknown") {
			t.Errorf("%s: %s, %s", id, row.Effective, row.Because)
		}
	}
	if row := find(t, m, "TRF-02"); row.Effective != NotEvaluated || !strings.Contains(row.Because, "Nobody looked inside") {
		t.Errorf("TRF-02: %s, %s", row.Effective, row.Because)
	}
	// What is known to have moved is still said.
	m = For(Cluster{Variant: Kapsule, Offer: Mutualised, Pools: []Pool{{Name: "a", UserDataUnseen: true}, {Name: "b", PoolFacts: PoolFacts{UserDataKeys: []string{"u"}}}}})
	if row := find(t, m, "MKS-03"); row.EffectiveParty != PartyShared || row.Effective != NotEvaluated || !strings.Contains(row.Because, "see the transfers. Whether user data") {
		t.Errorf("MKS-03: %s, %s, %s", row.EffectiveParty, row.Effective, row.Because)
	}
	m = For(Cluster{Variant: Kapsule, Offer: Mutualised, Inside: &Inside{Untraced: []string{"deployments/coredns"}}})
	for _, id := range []string{"MKS-02", "ADD-01", "TRF-02", "LIF-07"} {
		if row := find(t, m, id); row.Effective != NotEvaluated || !strings.Contains(row.Because, "deployments/coredns was altered is unknown") {
			t.Errorf("%s: %s, %s", id, row.Effective, row.Because)
		}
	}
	m = For(Cluster{Variant: Kapsule, Offer: Mutualised, Inside: &Inside{}})
	for id, want := range map[string]string{"MKS-03": Inherited, "TRF-01": VerifiedAPI, "TRF-02": VerifiedCluster} {
		if row := find(t, m, id); row.Effective != want {
			t.Errorf("%s: %s, want %s", id, row.Effective, want)
		}
	}
}
