package pool_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const kosmosResourceType = "srm_kosmos_pool"

// protocolConfig returns a minimal configuration for the provider protocol.
func (r *rig) protocolConfig(nodeType string) map[string]any {
	config := map[string]any{"cluster_id": "fr-par/" + r.clusterID, "name": "machines", "node_type": nodeType}
	if nodeType != "external" {
		config["zone"], config["size"] = "nl-ams-1", int64(1)
	}
	return config
}

// TestKosmosInterruptedCreate checks that a create that is interrupted while it waits for nodes leaves an untainted
// pool, and that the next apply completes it.
func TestKosmosInterruptedCreate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.Sandbox.AddFault(
		sandbox.Fault{Method: "GET", Path: "*/pools/*", Kind: sandbox.FaultStatus, Status: 503, Persistent: true},
	); err != nil {
		t.Fatal(err)
	}
	pool := r.Protocol(t).Resource(kosmosResourceType, r.protocolConfig("PRO2-XS"))
	// The apply is interrupted once it waits for the pool that it has created.
	ctx, interrupt := context.WithCancel(t.Context())
	interruption := acctest.NewConcurrent(t, 1)
	interruption.Go(func(t testing.TB) {
		defer interrupt()
		r.WaitForRequest(t, "GET /k8s/v1/regions/fr-par/pools/{id}")
	})
	defer interruption.Wait()
	acctest.Contains(t, pool.Apply(ctx), "WARNING: The Kosmos pool exists, but its nodes are not ready yet: apply "+
		"again to continue")
	if !pool.Exists() || pool.IsTainted() {
		t.Fatalf("exists %t, tainted %t", pool.Exists(), pool.IsTainted())
	}
	r.Sandbox.ClearFaults()
	r.Sandbox.Advance(time.Hour)
	if action, output := pool.Plan(t.Context()); action != "update" {
		t.Errorf("the plan is %s: %s", action, output)
	}
	output := pool.Apply(t.Context())
	if action, more := pool.Plan(t.Context()); action != "no-op" || len(r.pools()) != 1 {
		t.Errorf("the plan is %s, %d pools: %s", action, len(r.pools()), output+more)
	}
}

// TestKosmosNameTaken checks that the error for a name in use contains the import block of the existing pool.
func TestKosmosNameTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	created, err := r.api.CreatePool(t.Context(), &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: r.clusterID, Name: "machines", NodeType: "external",
		ContainerRuntime: k8s.RuntimeContainerd, Tags: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	acctest.Contains(
		t,
		r.Protocol(t).Resource(kosmosResourceType, r.protocolConfig("external")).Apply(t.Context()),
		`ERROR: The cluster `+
			`already has a pool named "machines"`,
		`import { to = srm_kosmos_pool.<name> id = "fr-par/`+created.ID+`" }`,
	)
}

// TestKosmosVersionUpgrade checks that the upgrade of an external pool warns that its nodes keep their version, and
// that a downgrade is refused.
func TestKosmosVersionUpgrade(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	config := r.protocolConfig("external")
	config["version"] = "1.35"
	pool := r.Protocol(t).Resource(kosmosResourceType, config)
	pool.Apply(t.Context())
	if _, err := r.api.UpgradeCluster(
		t.Context(),
		scw.RegionFrPar,
		r.clusterID,
		r.FullVersion(t, "1.36"),
		false,
	); err != nil {
		t.Fatal(err)
	}
	if _, err := r.api.WaitCluster(t.Context(), scw.RegionFrPar, r.clusterID); err != nil {
		t.Fatal(err)
	}
	config["version"] = "1.36"
	acctest.Contains(t, pool.Apply(t.Context()), "WARNING: External nodes keep their version until they are enrolled "+
		"again", "Found: version changed from 1.35 to 1.36")
	if !strings.HasPrefix(pool.StringAttribute("version_used"), "1.36.") {
		t.Errorf("version_used %s", pool.StringAttribute("version_used"))
	}
	config["version"] = "1.35"
	acctest.Contains(t, pool.Apply(t.Context()), "ERROR: Nodes cannot be downgraded")
}

// TestKosmosUnknownInputs checks that a plan accepts unknown values.
func TestKosmosUnknownInputs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, name := range []string{"cluster_id", "name", "node_type", "zone", "version"} {
		config := r.protocolConfig("PRO2-XS")
		config[name] = acctest.Unknown
		if action, output := r.Protocol(t).
			Resource(kosmosResourceType, config).
			Plan(t.Context()); action != "create" ||
			strings.Contains(output,
				"ERROR") {
			t.Errorf("%s: the plan is %s: %s", name, action, output)
		}
	}
}

// TestKosmosImportByIdentity imports over the provider protocol, as not every tested CLI supports identities.
func TestKosmosImportByIdentity(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	protocol := r.Protocol(t)
	protocol.Resource(kosmosResourceType, r.protocolConfig("external")).Apply(t.Context())
	id := r.pools()[0].ID
	for _, region := range []any{nil, "fr-par"} {
		if imported, output := protocol.ImportByIdentity(kosmosResourceType, region,
			id); imported != "fr-par/"+id || output != "" {
			t.Errorf("region %v: %q, %s", region, imported, output)
		}
	}
}
