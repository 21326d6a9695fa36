package responsibility

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func transferKeys(transfers []Transfer) []string {
	found := []string{}
	for _, tr := range transfers {
		found = append(found, tr.Key)
	}
	return found
}

func TestClusterTransfers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		facts ClusterFacts
		want  []string
	}{
		"no settings": {ClusterFacts{}, []string{}},
		"managed CNI": {ClusterFacts{CNI: "cilium"}, []string{}},
		"no CNI":      {ClusterFacts{CNI: "none"}, []string{"cni"}},
		"feature gates": {
			ClusterFacts{
				CNI: "calico", FeatureGates: []string{"B", "A", "B"},
			}, []string{"feature_gates/A", "feature_gates/B"},
		},
		"admission plugins": {
			ClusterFacts{
				AdmissionPlugins: []string{"AlwaysPullImages"},
			}, []string{"admission_plugins/AlwaysPullImages"},
		},
		"all": {ClusterFacts{CNI: "none", FeatureGates: []string{"A"}, AdmissionPlugins: []string{"P"}},
			[]string{"admission_plugins/P", "cni", "feature_gates/A"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ClusterTransfers(test.facts)
			if got == nil || !slices.Equal(transferKeys(got), test.want) {
				t.Fatalf("got %v, want %v", transferKeys(got), test.want)
			}
			for _, tr := range got {
				if tr.Interpretation != (tr.Key != "cni") {
					t.Errorf("%s: interpretation %v", tr.Key, tr.Interpretation)
				}
				if tr.Clause != "TRF-01" || tr.From != PartyScaleway {
					t.Errorf("%s: clause %s, from %s", tr.Key, tr.Clause, tr.From)
				}
				checkTransfer(t, tr)
			}
		})
	}
}

func TestPoolTransfers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		facts PoolFacts
		want  []string
	}{
		"no settings":    {PoolFacts{}, []string{}},
		"empty settings": {PoolFacts{KubeletArgs: map[string]string{}, UserDataKeys: []string{}}, []string{}},
		"kubelet args": {
			PoolFacts{
				KubeletArgs: map[string]string{"z": "1", "maxPods": "2"},
			}, []string{"kubelet_args/maxPods", "kubelet_args/z"},
		},
		"user data": {PoolFacts{UserDataKeys: []string{"cloud-init", "cloud-init"}}, []string{"user_data/cloud-init"}},
		"public IP": {PoolFacts{PublicIPReason: "partner filters by address"}, []string{"public_ip"}},
		"all": {PoolFacts{KubeletArgs: map[string]string{"a": ""}, UserDataKeys: []string{"u"}, PublicIPReason: "r"},
			[]string{"kubelet_args/a", "public_ip", "user_data/u"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := PoolTransfers(test.facts)
			if got == nil || !slices.Equal(transferKeys(got), test.want) {
				t.Fatalf("got %v, want %v", transferKeys(got), test.want)
			}
			for _, tr := range got {
				if tr.Interpretation {
					t.Errorf("%s: marked as interpretation", tr.Key)
				}
				checkTransfer(t, tr)
			}
		})
	}
}

func TestPublicIPIsHardening(t *testing.T) {
	t.Parallel()
	got := PoolTransfers(PoolFacts{PublicIPReason: "partner filters by address"})
	if len(got) != 1 || got[0].From != FromHardening || got[0].Clause != "NET-03" ||
		!strings.Contains(got[0].Reason, "partner filters by address") {
		t.Errorf("got %+v", got)
	}
}

func TestTransfersHoldNoValue(t *testing.T) {
	t.Parallel()
	got := PoolTransfers(PoolFacts{KubeletArgs: map[string]string{"registryPullQPS": "s3cr3t-value"}})
	if text := fmt.Sprintf("%+v", got); !strings.Contains(text, "registryPullQPS") || strings.Contains(text,
		"s3cr3t-value") {
		t.Errorf("got %s", text)
	}
}

func TestTransfersDoNotChangeFacts(t *testing.T) {
	t.Parallel()
	gates := []string{"B", "A"}
	ClusterTransfers(ClusterFacts{FeatureGates: gates})
	if !slices.Equal(gates, []string{"B", "A"}) {
		t.Errorf("ClusterTransfers changed its argument to %v", gates)
	}
}

// checkTransfer checks the fields that every transfer must have.
func checkTransfer(t *testing.T, tr Transfer) {
	t.Helper()
	if _, ok := Lookup(tr.Clause); !ok {
		t.Errorf("%s: unknown clause %q", tr.Key, tr.Clause)
	}
	if tr.To != PartyCustomer || tr.Component == "" || !strings.HasSuffix(tr.Reason, ".") ||
		!strings.HasSuffix(tr.HowToRevert, ".") {
		t.Errorf("incomplete transfer: %+v", tr)
	}
}
