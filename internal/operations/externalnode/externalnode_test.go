package externalnode_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/operations/externalnode"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// Paths and requests of external nodes in the API.
const (
	apiPath      = "/k8s/v1/regions/fr-par/"
	listNodes    = "GET " + apiPath + "clusters/{id}/nodes"
	enrolNode    = "POST " + apiPath + "pools/{id}/external-nodes/auth"
	readMetadata = "GET " + apiPath + "node-metadata"
	readPool     = "GET " + apiPath + "pools/{id}"
	readNode     = "GET " + apiPath + "nodes/{id}"
	readCluster  = "GET " + apiPath + "clusters/{id}"
)

// address is the public address of the machine.
const address = "203.0.113.10"

// rig is a sandbox with an external pool, and a client of the operations.
type rig struct {
	*acctest.Env
	t       *testing.T
	client  externalnode.Client
	api     *scaleway.Client
	cluster *k8s.Cluster
	pool    *k8s.Pool
	objects *nodeObjects
}

func newRig(t *testing.T) *rig {
	t.Helper()
	env := acctest.New(t, func(o *sandbox.Options) { o.Speed = 1e5 })
	r := &rig{Env: env, t: t, api: env.Client(t), objects: &nodeObjects{}}
	r.client = r.newProcess()
	clusterID := env.CreateCluster(t, acctest.Kosmos("multicloud-dedicated-4"), acctest.Named("edge"))
	pool, err := r.api.CreatePool(t.Context(), &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: clusterID, Name: "machines", NodeType: "external", Tags: []string{},
	})
	if err == nil {
		r.pool, err = r.api.WaitPool(t.Context(), scw.RegionFrPar, pool.ID, nil)
	}
	if err == nil {
		r.cluster, err = r.api.Cluster(t.Context(), scw.RegionFrPar, clusterID)
	}
	if err != nil {
		t.Fatal(err)
	}
	r.Sandbox.ClearRequests()
	return r
}

// newProcess returns the client of another process, which remembers nothing.
func (r *rig) newProcess() externalnode.Client {
	return externalnode.Client{
		API: r.api, EnrolledNodes: &tfkit.StringSet{},
		Kubernetes: externalnode.Kubernetes{Connect: r.objects.connect, Unreachable: &tfkit.StringSet{}},
	}
}

// nodeObjects are the Node objects of a cluster with one node, at most. It records the calls.
type nodeObjects struct {
	object    *kubernetes.Node
	remaining map[string]string // the pods that a drain leaves
	// The errors of calls.
	connectErr, readErr, drainErr, deleteErr error
	onRead                                   func() // called before a read, if it is set
	calls                                    []string
}

func (o *nodeObjects) connect(context.Context, scw.Region, string) (externalnode.NodeClient, error) {
	o.calls = append(o.calls, "connect")
	if o.connectErr != nil {
		return nil, o.connectErr
	}
	return o, nil
}

func (o *nodeObjects) Node(context.Context, string, string) (*kubernetes.Node, error) {
	o.calls = append(o.calls, "read")
	if o.onRead != nil {
		o.onRead()
	}
	if o.readErr != nil {
		return nil, o.readErr
	}
	return o.object, nil
}

func (o *nodeObjects) Drain(
	_ context.Context, node *kubernetes.Node, timeout time.Duration,
) (kubernetes.DrainResult, error) {
	o.calls = append(o.calls, "drain "+node.Name+" in "+timeout.String())
	return kubernetes.DrainResult{Remaining: o.remaining}, o.drainErr
}

func (o *nodeObjects) DeleteNode(_ context.Context, name string) error {
	o.calls = append(o.calls, "delete "+name)
	return o.deleteErr
}

// fault injects a fault into matching requests until the faults are cleared, or as often as its Times.
func (r *rig) fault(method, path string, fault sandbox.Fault) {
	r.t.Helper()
	fault.Method, fault.Path, fault.Persistent = method, path, fault.Times == 0
	if err := r.Sandbox.AddFault(fault); err != nil {
		r.t.Fatal(err)
	}
}

// enrol enrols a node that exists afterwards.
func (r *rig) enrol() externalnode.Enrolled {
	r.t.Helper()
	enrolled, err := r.client.Enrol(r.t.Context(), r.pool)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Sandbox.ClearRequests()
	return enrolled
}

// join enrols a machine that enrols itself, and returns the id of its node.
func (r *rig) join() string {
	r.t.Helper()
	id, err := r.EnrolMachine(r.t.Context(), r.api, r.pool, address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Sandbox.ClearRequests()
	return id
}

// patch sets fields of a node out of band.
func (r *rig) patch(id string, fields map[string]any) {
	r.t.Helper()
	if err := r.Sandbox.Patch("nodes", id, fields); err != nil {
		r.t.Fatal(err)
	}
}

// remove removes an object out of band.
func (r *rig) remove(kind, id string) {
	r.t.Helper()
	if err := r.Sandbox.Remove(kind, id); err != nil {
		r.t.Fatal(err)
	}
}

// observed returns a state of a node that the provider has enrolled. The id is empty if it could not be read.
func (r *rig) observed(id string, credential scaleway.Enrolment) externalnode.Observed {
	return externalnode.Observed{
		Region: scw.RegionFrPar, PoolID: r.pool.ID, ID: id, Name: "edge-1", Address: address, Credential: credential,
	}
}

// observedMachine returns a state of a machine that enrols itself.
func (r *rig) observedMachine(id string) externalnode.Observed {
	observed := r.observed(id, scaleway.Enrolment{})
	observed.EnrolsItself = true
	return observed
}

func (r *rig) nodes() []*k8s.Node {
	r.t.Helper()
	nodes, err := r.api.Nodes(
		r.t.Context(), r.pool.Region, scaleway.NodeFilter{ClusterID: r.pool.ClusterID, PoolID: r.pool.ID},
	)
	if err != nil {
		r.t.Fatal(err)
	}
	return nodes
}

// expectRequests compares the requests since the last call with those expected.
func (r *rig) expectRequests(want ...string) {
	r.t.Helper()
	if found := r.AllRequests(); !slices.Equal(found, want) {
		r.t.Errorf("requests %v, want %v", found, want)
	}
	r.Sandbox.ClearRequests()
}

// isFromProxy reports whether something in front of the API answered.
func isFromProxy(err error) bool {
	answer, ok := errors.AsType[*scaleway.APIError](err)
	return ok && answer.FromProxy
}
