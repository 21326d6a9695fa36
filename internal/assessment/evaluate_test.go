package assessment

import (
	"testing"
	"time"
)

func ptr[T any](value T) *T { return &value }

// now is the time of the tests' facts.
func now() time.Time { return time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC) }

// newFacts returns facts of a dedicated cluster in fr-par of which only the cluster was read.
func newFacts() Facts {
	return Facts{
		Format:    FactsFormat,
		ReadAt:    now(),
		ClusterID: "fr-par/11111111-1111-4111-8111-111111111111",
		Cluster: Fact[Cluster]{
			Source: "GET /k8s/v1/regions/fr-par/clusters/11111111-1111-4111-8111-111111111111",
			Value: &Cluster{
				ID:          "11111111-1111-4111-8111-111111111111",
				Name:        "hds",
				Region:      "fr-par",
				Type:        ptr("kapsule-dedicated-8"),
				ProjectID:   "22222222-2222-4222-8222-222222222222",
				Version:     ptr("1.36.5"),
				AutoUpgrade: ptr(true),
			},
		},
		Project: Project{ID: "22222222-2222-4222-8222-222222222222"},
	}
}

func options() Options { return Options{AsOf: now(), HDS: true, Layers: Layers()} }

// judged returns the finding of a check.
func judged(t *testing.T, check string, facts Facts, o Options) Finding {
	t.Helper()
	f, ok := Evaluate(facts, o).Finding(check)
	if !ok {
		t.Fatalf("there is no check %q", check)
	}
	return see(t, f)
}

// TestClusterChecks judges a cluster that differs in one attribute.
func TestClusterChecks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, check string
		change      func(*Facts, *Options)
		want        Result
	}{
		{"dedicated", "cluster_offer_dedicated", nil, Pass},
		{
			"mutualised", "cluster_offer_dedicated", func(f *Facts,
				_ *Options) {
				f.Cluster.Value.Type = ptr("kapsule")
			}, Fail,
		},
		{
			"type unread", "cluster_offer_dedicated", func(f *Facts, _ *Options) { f.Cluster.Value.Type = nil },
			NotEvaluated,
		},
		{"no health data", "cluster_offer_dedicated", func(_ *Facts, o *Options) { o.HDS = false }, NotApplicable},
		{"in fr-par", "cluster_region", nil, Pass},
		{
			"in another region", "cluster_region",
			func(f *Facts, _ *Options) { f.Cluster.Value.Region = "nl-ams" }, Fail,
		},
		{
			"another region, no health data", "cluster_region",
			func(f *Facts, o *Options) { f.Cluster.Value.Region, o.HDS = "nl-ams", false }, NotApplicable,
		},
		{"skipped", "cluster_region", func(_ *Facts, o *Options) { o.Skip = []string{"cluster_region"} }, NotEvaluated},
		{"unread", "cluster_region", func(f *Facts, _ *Options) {
			f.Cluster = Fact[Cluster]{Gap: &Gap{Reason: Forbidden, Needs: "KubernetesReadOnly"}}
		}, NotEvaluated},
		{"auto-upgrade", "cluster_auto_upgrade", nil, Pass},
		{
			"auto-upgrade unknown", "cluster_auto_upgrade",
			func(f *Facts, _ *Options) { f.Cluster.Value.AutoUpgrade = nil }, NotEvaluated,
		},
		{
			"no auto-upgrade", "cluster_auto_upgrade", func(f *Facts,
				_ *Options) {
				f.Cluster.Value.AutoUpgrade = ptr(false)
			}, Fail,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			facts, o := newFacts(), options()
			if test.change != nil {
				test.change(&facts, &o)
			}
			if f := judged(t, test.check, facts, o); f.Result != test.want {
				t.Errorf("%s: %s, expected %s: %+v", test.check, f.Result, test.want, f)
			}
		})
	}
}
