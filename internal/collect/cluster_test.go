package collect_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// startTime is the time of the sandbox in tests.
func startTime() time.Time { return time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC) }

// estate is a sandbox with the objects of a file.
type estate struct {
	*sandbox.Server
	url string
}

// newEstate starts a sandbox with the objects of examples/estate/estate.yaml, and those of more.
func newEstate(t *testing.T, more ...string) *estate {
	t.Helper()
	file, err := os.ReadFile("../../examples/estate/estate.yaml")
	if err != nil {
		t.Fatal(err)
	}
	e := &estate{Server: sandbox.New(sandbox.Options{Start: startTime(), Speed: 2000})}
	for _, content := range append([]string{string(file)}, more...) {
		if err := e.LoadEstate(t.Context(), []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	listener := httptest.NewServer(e.Server)
	t.Cleanup(listener.Close)
	e.url = listener.URL
	return e
}

// client returns a client with an API key of the sandbox.
func (e *estate) client(t testing.TB, accessKey, secretKey string) *scaleway.Client {
	t.Helper()
	client, err := scaleway.New(scaleway.Config{
		AccessKey:      accessKey,
		SecretKey:      secretKey,
		OrganizationID: sandbox.OrganizationID,
		ProjectID:      sandbox.ProjectID,
		Region:         scw.RegionFrPar,
		Zone:           scw.ZoneFrPar1,
		APIURL:         e.url,
	}, "test")
	if err != nil {
		t.Fatal(err)
	}
	client.PollInterval, client.RetryWait = time.Millisecond, time.Millisecond
	return client
}

// cluster returns the id of a cluster of the estate.
func (e *estate) cluster(t testing.TB, name string) string {
	t.Helper()
	var clusters []*k8s.Cluster
	if err := e.Objects("clusters", &clusters); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(clusters, func(c *k8s.Cluster) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("the estate has no cluster %s", name)
	}
	return clusters[i].ID
}

// collect reads the facts of a cluster as the owner.
func (e *estate) collect(t *testing.T, name string) assessment.Facts {
	t.Helper()
	return e.collectAs(t, e.cluster(t, name), sandbox.AccessKey, sandbox.SecretKey)
}

// collectAs reads the facts of a cluster with an API key.
func (e *estate) collectAs(t *testing.T, id, accessKey, secretKey string) assessment.Facts {
	t.Helper()
	sources := collect.Sources{Scaleway: e.client(t, accessKey, secretKey), Now: e.Now, Tool: "test"}
	facts, err := collect.Cluster(t.Context(), sources, scw.RegionFrPar, id)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// TestConcurrentAssessments judges the same facts several times at once, as a CLI may read several data sources. The
// race detector checks that judging writes nothing that two assessments share.
func TestConcurrentAssessments(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	facts := e.collect(t, "hds-prod")
	digests, work := make([]string, 4), sync.WaitGroup{}
	for i := range digests {
		work.Go(func() {
			digests[i] = assessment.Evaluate(facts, assessment.Options{
				AsOf: facts.ReadAt, HDS: true, Layers: assessment.Layers(),
			}).Digest
		})
	}
	work.Wait()
	if distinct := slices.Compact(digests); len(distinct) != 1 {
		t.Errorf("the same facts have the digests %v", distinct)
	}
}

// TestDigestOfNextDay assesses the clusters of the estate on two days. Nothing changes, and no date passes.
func TestDigestOfNextDay(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	e.Advance(time.Hour) // new objects are not judged
	assess := func(name string) assessment.Assessment {
		facts := e.collect(t, name)
		return assessment.Evaluate(facts, assessment.Options{
			AsOf: facts.ReadAt, HDS: true, Layers: []string{assessment.LayerAPI},
		})
	}
	names := []string{"hds-prod", "legacy-prod"}
	first := map[string]assessment.Assessment{}
	for _, name := range names {
		first[name] = assess(name)
	}
	e.Advance(24 * time.Hour)
	for _, name := range names {
		if next := assess(name); next.Digest != first[name].Digest || next.AsOf == first[name].AsOf {
			for i, f := range next.Findings {
				if earlier := first[name].Findings[i]; !reflect.DeepEqual(f, earlier) {
					t.Logf("%+v\n%+v", earlier, f)
				}
			}
			t.Errorf("%s: digests %s and %s", name, first[name].Digest, next.Digest)
		}
	}
}

// TestClusterFacts reads the cluster of the estate that this provider would make.
func TestClusterFacts(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	facts := e.collect(t, "hds-prod")
	cluster, pools, nodes := facts.Cluster.Value, facts.Pools, facts.Nodes
	if cluster == nil || *cluster.Type != "kapsule-dedicated-4" || *cluster.Version != "1.36.5" ||
		!*cluster.AutoUpgrade || cluster.MaintenanceWindow != "sunday 03:00 UTC" || cluster.FeatureGates == nil ||
		cluster.ProjectID != sandbox.ProjectID || facts.Project.ID != sandbox.ProjectID {
		t.Fatalf("cluster: %+v", cluster)
	}
	if pools.Missing() != nil || len(pools.Items) != 1 {
		t.Fatalf("pools: %+v", pools)
	}
	pool := pools.Items[0]
	if pool.Name != "workers" || *pool.NodeType != "pop2_2c_8g" || *pool.Zone != "fr-par-1" || pool.IsExternal ||
		!*pool.PublicIPDisabled || *pool.RootVolumeType != "sbs_5k" || pool.UserDataKeys.Missing() != nil ||
		pool.KubeletArgs == nil {
		t.Errorf("pool: %+v", pool)
	}
	if nodes.Missing() != nil || len(nodes.Items) != 2 {
		t.Fatalf("nodes: %+v", nodes)
	}
	for _, n := range nodes.Items {
		if n.PoolID != pool.ID || *n.PublicIPv4 != "" || n.ServerID == "" || n.ServerZone != "fr-par-1" ||
			n.CreatedAt.IsZero() {
			t.Errorf("node: %+v", n)
		}
	}
	if facts.ACL.Missing() != nil || len(facts.ACL.Items) != 2 || *facts.ACL.Items[0].IP != "192.0.2.0/24" ||
		!facts.ACL.Items[1].ScalewayRanges || facts.ACL.Items[1].IP != nil {
		t.Errorf("allow-list: %+v", facts.ACL)
	}
	versions := facts.Versions.Value
	if versions == nil || !slices.Contains(versions.Offered, "1.36.5") ||
		versions.Dates["1.36"].EndOfSupportAt.Format(time.DateOnly) != "2027-09-07" {
		t.Errorf("versions: %+v", versions)
	}
}

// TestRequestsOfFacts compares the requests in the facts with those that the API answered: the evidence of a reading.
func TestRequestsOfFacts(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	id := e.cluster(t, "hds-prod")
	e.ClearRequests()
	facts := e.collectAs(t, id, sandbox.AccessKey, sandbox.SecretKey)
	answered := map[string]sandbox.Request{}
	for _, r := range e.Requests() {
		answered[r.ID] = r
	}
	if len(facts.Requests) != len(answered) || len(answered) < 20 {
		t.Errorf("%d requests in the facts, %d answered", len(facts.Requests), len(answered))
	}
	for _, r := range facts.Requests {
		answer, ok := answered[r.ID]
		_, err := http.ParseTime(r.Date)
		if !ok || err != nil || r.Status != answer.Status || r.Method != http.MethodGet ||
			!strings.Contains(r.URL, answer.Path) {
			t.Errorf("%+v; answered: %+v", r, answer)
		}
	}
	if !slices.IsSortedFunc(
		facts.Requests,
		func(a, b assessment.Request) int { return strings.Compare(a.URL, b.URL) },
	) {
		t.Error("the requests are not sorted")
	}

	e.url = "http://127.0.0.1:1"
	facts = e.collectAs(t, id, sandbox.AccessKey, sandbox.SecretKey)
	if len(facts.Requests) == 0 || facts.Requests[0].Status != 0 || facts.Requests[0].ID != "" {
		t.Errorf("requests without an answer: %+v", facts.Requests)
	}
}

// TestUnofferedVersion reads the dates of a minor that the API does not offer any more, and the upgrade targets.
func TestUnofferedVersion(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	e.Advance(-5 * 24 * time.Hour) // 1.34 is deprecated then
	id := e.cluster(t, "hds-prod")
	if err := e.Patch("clusters", id, map[string]any{"version": "1.34.6"}); err != nil {
		t.Fatal(err)
	}
	versions := e.collect(t, "hds-prod").Versions.Value
	if versions == nil || slices.Contains(versions.Offered, "1.34.6") || !slices.Contains(versions.Offered, "1.35.9") ||
		versions.Dates["1.34"].DeprecatedAt.Format(time.DateOnly) != "2026-09-29" {
		t.Errorf("versions: %+v", versions)
	}
}

// TestUnreadCluster checks that everything has the reason why the cluster was not read.
func TestUnreadCluster(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	for _, test := range []struct {
		name   string
		id     string
		fault  *sandbox.Fault
		reason assessment.Reason
		needs  string
	}{
		{
			"not found", "99999999-9999-4999-8999-999999999999", nil, assessment.NotFound,
			"cluster 99999999-9999-4999-8999-999999999999",
		},
		{
			"forbidden", e.cluster(t, "hds-prod"),
			&sandbox.Fault{Path: "*/clusters/*", Kind: "status", Status: 403}, assessment.Forbidden,
			"KubernetesReadOnly in the Project",
		},
	} {
		if test.fault != nil {
			if err := e.AddFault(*test.fault); err != nil {
				t.Fatal(err)
			}
		}
		facts := e.collectAs(t, test.id, sandbox.AccessKey, sandbox.SecretKey)
		gaps := map[string]*assessment.Gap{
			"cluster": facts.Cluster.Missing(), "versions": facts.Versions.Missing(), "nodes": facts.Nodes.Missing(),
			"pools": facts.Pools.Missing(), "acl": facts.ACL.Missing(), "ips": facts.Project.IPs.Missing(),
			"vpc": facts.Project.VPC.Missing(), "volumes": facts.Project.Volumes.Missing(),
			"load balancers": facts.Project.LoadBalancers.Missing(),
			"neighbours":     facts.Project.Neighbours[0].Missing(),
		}
		for name, gap := range gaps {
			if gap == nil || gap.Reason != test.reason || gap.Needs != test.needs || gap.Detail == "" {
				t.Errorf("%s, %s: %+v", test.name, name, gap)
			}
		}
	}
}
