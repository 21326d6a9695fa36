package externalnode_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/operations/externalnode"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// TestEnrol: an enrolment creates one node, and returns its credential and its id.
func TestEnrol(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	enrolled, err := r.client.Enrol(t.Context(), r.pool)
	if err != nil {
		t.Fatal(err)
	}
	r.expectRequests(listNodes, enrolNode, readMetadata)
	nodes := r.nodes()
	if len(nodes) != 1 {
		t.Fatalf("%d nodes", len(nodes))
	}
	want := externalnode.Identity{
		Region: r.pool.Region, ID: nodes[0].ID, Name: nodes[0].Name, PoolVersion: r.pool.Version,
	}
	if *enrolled.Identity != want || enrolled.Credential.NodeSecretKey == "" || len(enrolled.Waiting) != 0 {
		t.Errorf("enrolled %+v, identity %+v; want %+v", enrolled, enrolled.Identity, want)
	}
}

// TestEnrolWaiting: an enrolment returns the nodes that wait for a machine, once, and not those that this process has
// enrolled or that a machine has joined.
func TestEnrolWaiting(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	other := r.newProcess()
	left, err := other.Enrol(t.Context(), r.pool)
	if err != nil {
		t.Fatal(err)
	}
	r.join()
	for n, want := range [][]string{{left.Identity.ID}, nil} {
		waiting := []string{}
		for _, node := range r.enrol().Waiting {
			waiting = append(waiting, node.ID)
		}
		if !slices.Equal(waiting, want) {
			t.Errorf("enrolment %d: waiting %v, want %v", n+1, waiting, want)
		}
	}
}

// TestEnrolFails: an enrolment is sent once. Its error names the node that appeared if the API may have created one,
// which only the API's own refusal rules out.
func TestEnrolFails(t *testing.T) {
	t.Parallel()
	isLost := func(newNodes int) func(error) bool {
		return func(err error) bool {
			lost, ok := errors.AsType[*scaleway.LostEnrolmentError](err)
			return ok && len(lost.NewNodes) == newNodes && lost.SearchErr == nil
		}
	}
	for name, test := range map[string]struct {
		fault   sandbox.Fault
		nodes   int
		isError func(error) bool
	}{
		"lost response":      {sandbox.Fault{Kind: sandbox.FaultLostResponse}, 1, isLost(1)},
		"truncated response": {sandbox.Fault{Kind: sandbox.FaultTruncate}, 1, isLost(1)},
		"reset connection":   {sandbox.Fault{Kind: sandbox.FaultReset}, 0, isLost(0)},
		"page of a proxy":    {sandbox.Fault{Kind: sandbox.FaultHTML, Status: 502}, 0, isLost(0)},
		"login page":         {sandbox.Fault{Kind: sandbox.FaultForeign, Status: 200, Body: "<html>"}, 0, isLost(0)},
		"403 of a proxy":     {sandbox.Fault{Kind: sandbox.FaultHTML, Status: 403}, 0, isLost(0)},
		"403 of the API":     {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403}, 0, scaleway.IsForbidden},
		"404 of the API":     {sandbox.Fault{Kind: sandbox.FaultStatus, Status: 404}, 0, scaleway.IsNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.fault("POST", "*/external-nodes/auth", test.fault)
			enrolled, err := r.client.Enrol(t.Context(), r.pool)
			if _, ok := errors.AsType[*externalnode.NotIdentifiedError](err); ok || err == nil || !test.isError(err) {
				t.Errorf("error %v", err)
			}
			if enrolled.Identity != nil || enrolled.Credential != (scaleway.Enrolment{}) {
				t.Errorf("enrolled %+v", enrolled)
			}
			if writes := r.Writes(); !slices.Equal(writes, []string{enrolNode}) {
				t.Errorf("writes %v", writes)
			}
			if nodes := r.nodes(); len(nodes) != test.nodes {
				t.Errorf("%d nodes, want %d", len(nodes), test.nodes)
			}
		})
	}
}

// TestEnrolNotIdentified: where the id of an enrolled node cannot be read, its credential is not lost, and a read
// identifies the node later.
func TestEnrolNotIdentified(t *testing.T) {
	t.Parallel()
	for name, fault := range refusedCredentials() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.fault("GET", "*/node-metadata", fault)
			enrolled, err := r.client.Enrol(t.Context(), r.pool)
			if _, ok := errors.AsType[*externalnode.NotIdentifiedError](err); !ok {
				t.Fatalf("error %v", err)
			}
			if enrolled.Identity != nil || enrolled.Credential.NodeSecretKey == "" {
				t.Errorf("enrolled %+v", enrolled)
			}
			reading, err := r.client.WaitAndRead(
				t.Context(), r.pool, r.cluster, externalnode.Desired{Address: address, WaitForReady: true}, "",
			)
			if err != nil || reading != (externalnode.Reading{}) {
				t.Errorf("reading of an unknown node: %+v, %v", reading, err)
			}
			r.Sandbox.ClearFaults()
			reading, err = r.client.Read(t.Context(), r.observed("", enrolled.Credential))
			if err != nil || reading.Identity == nil || reading.Node == nil ||
				reading.Node.Status != k8s.NodeStatusRegistering || reading.Identity.ID != reading.Node.ID {
				t.Errorf("reading %+v, %v", reading, err)
			}
		})
	}
}

// refusedCredentials returns faults of the request that identifies a node.
func refusedCredentials() map[string]sandbox.Fault {
	return map[string]sandbox.Fault{
		"401 of the API": {Kind: sandbox.FaultStatus, Status: 401},
		"404 of the API": {Kind: sandbox.FaultStatus, Status: 404},
		"401 of a proxy": {Kind: sandbox.FaultHTML, Status: 401},
		"404 of a proxy": {Kind: sandbox.FaultHTML, Status: 404},
	}
}
