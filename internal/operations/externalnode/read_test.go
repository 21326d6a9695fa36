package externalnode_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/operations/externalnode"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// TestRead: a node is found by its id, its credential or its address, and is gone only where that is certain.
func TestRead(t *testing.T) {
	t.Parallel()
	found := []string{readNode, readCluster}
	for name, test := range map[string]struct {
		// prepare returns the state, and the id of the node to find or "".
		prepare  func(*rig) (externalnode.Observed, string)
		requests []string
		isGone   bool
	}{
		"by id": {func(r *rig) (externalnode.Observed, string) {
			node := r.enrol()
			return r.observed(node.Identity.ID, node.Credential), node.Identity.ID
		}, found, false},
		"deleted": {func(r *rig) (externalnode.Observed, string) {
			node := r.enrol()
			r.remove("nodes", node.Identity.ID)
			return r.observed(node.Identity.ID, node.Credential), ""
		}, []string{readNode}, true},
		"being deleted": {func(r *rig) (externalnode.Observed, string) {
			node := r.enrol()
			r.patch(node.Identity.ID, map[string]any{"status": k8s.NodeStatusDeleting})
			return r.observed(node.Identity.ID, node.Credential), ""
		}, []string{readNode}, true},
		"by credential": {func(r *rig) (externalnode.Observed, string) {
			node := r.enrol()
			return r.observed("", node.Credential), node.Identity.ID
		}, append([]string{readMetadata}, found...), false},
		"by credential, deleted": {func(r *rig) (externalnode.Observed, string) {
			node := r.enrol()
			r.remove("nodes", node.Identity.ID)
			return r.observed("", node.Credential), ""
		}, []string{readMetadata, readPool, listNodes}, true},
		"pool deleted": {func(r *rig) (externalnode.Observed, string) {
			node := r.enrol()
			r.remove("nodes", node.Identity.ID)
			r.remove("pools", r.pool.ID)
			return r.observed("", node.Credential), ""
		}, []string{readMetadata, readPool}, true},
		"machine not enrolled yet": {func(r *rig) (externalnode.Observed, string) {
			return r.observedMachine(""), ""
		}, []string{readPool, listNodes}, false},
		"machine, pool deleted": {func(r *rig) (externalnode.Observed, string) {
			r.remove("pools", r.pool.ID)
			return r.observedMachine(""), ""
		}, []string{readPool}, true},
		"machine enrolled": {func(r *rig) (externalnode.Observed, string) {
			return r.observedMachine(""), r.join()
		}, []string{readPool, listNodes, readCluster}, false},
		"machine enrolled again": {func(r *rig) (externalnode.Observed, string) {
			first := r.join()
			r.remove("nodes", first)
			return r.observedMachine(first), r.join()
		}, []string{readNode, readPool, listNodes, readCluster}, false},
		"machine removed": {func(r *rig) (externalnode.Observed, string) {
			first := r.join()
			r.remove("nodes", first)
			return r.observedMachine(first), ""
		}, []string{readNode, readPool, listNodes}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			observed, id := test.prepare(r)
			reading, err := r.client.Read(t.Context(), observed)
			if err != nil {
				t.Fatal(err)
			}
			r.expectRequests(test.requests...)
			if isFound := reading.Node != nil; isFound != (id != "") || isFound && reading.Node.ID != id ||
				reading.IsGone != test.isGone || isFound != (reading.Cluster != nil) {
				t.Errorf("reading %+v; want node %q, gone %t", reading, id, test.isGone)
			}
		})
	}
}

// TestReadRefusedCredential: a refused credential is no proof that the node was deleted. The node is gone only if the
// API refuses it, and no node of the pool can be this node.
func TestReadRefusedCredential(t *testing.T) {
	t.Parallel()
	for name, fault := range refusedCredentials() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			node := r.enrol()
			observed := r.observed("", node.Credential)
			isProxy := fault.Kind == sandbox.FaultHTML
			r.fault("GET", "*/node-metadata", fault)

			reading, err := r.newProcess().Read(t.Context(), observed)
			unidentified, ok := errors.AsType[*externalnode.UnidentifiedError](err)
			switch {
			case reading.IsGone || ok == isProxy || isProxy != isFromProxy(err):
				t.Errorf("reading %+v, error %v", reading, err)
			case ok && (!slices.Equal(unidentified.Candidates, []string{"fr-par/" + node.Identity.ID}) ||
				scaleway.IsNotFound(err) || !strings.Contains(unidentified.Hint(), "terraform state rm")):
				t.Errorf("error %v, candidates %v", err, unidentified.Candidates)
			}
			if isProxy {
				return
			}

			// This process has enrolled the node for another resource.
			if reading, err = r.client.Read(t.Context(), observed); err != nil || !reading.IsGone {
				t.Errorf("the node of another resource: %+v, %v", reading, err)
			}
			r.patch(node.Identity.ID, map[string]any{"status": k8s.NodeStatusDeleting})
			if reading, err = r.newProcess().Read(t.Context(), observed); err != nil || !reading.IsGone {
				t.Errorf("a node that is being deleted: %+v, %v", reading, err)
			}
			r.patch(node.Identity.ID, map[string]any{"status": k8s.NodeStatusRegistering})
			r.patch(node.Identity.ID, map[string]any{"public_ip_v4": address})
			reading, err = r.newProcess().Read(t.Context(), observed)
			if err != nil || reading.Node == nil || reading.Node.ID != node.Identity.ID || reading.Identity != nil {
				t.Errorf("a node with the address: %+v, %v", reading, err)
			}
		})
	}
}

// TestReadForeignAnswers: a 404 that something in front of the API answers is an error, never a deleted node.
func TestReadForeignAnswers(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"node": "*/nodes/*", "cluster": "*/clusters/*"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			node := r.enrol()
			r.fault("GET", path, sandbox.Fault{Kind: sandbox.FaultHTML, Status: 404})
			reading, err := r.client.Read(t.Context(), r.observed(node.Identity.ID, node.Credential))
			if !isFromProxy(err) || reading.IsGone || reading.Cluster != nil {
				t.Errorf("reading %+v, error %v", reading, err)
			}
			reading, err = r.client.Read(t.Context(), r.observedMachine(node.Identity.ID))
			if !isFromProxy(err) || reading.IsGone || reading.Cluster != nil {
				t.Errorf("reading of a machine that enrols itself: %+v, error %v", reading, err)
			}
		})
	}
	for name, path := range map[string]string{"pool": "*/pools/*", "nodes": "*/nodes"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.fault("GET", path, sandbox.Fault{Kind: sandbox.FaultHTML, Status: 404})
			reading, err := r.client.Read(t.Context(), r.observedMachine(""))
			if !isFromProxy(err) || reading.IsGone {
				t.Errorf("reading %+v, error %v", reading, err)
			}
		})
	}
}

// TestWaitAndRead: a wait ends when the machine has joined, for a node that the provider enrolled and for a machine
// that enrols itself.
func TestWaitAndRead(t *testing.T) {
	t.Parallel()
	for _, enrolsItself := range []bool{false, true} {
		r := newRig(t)
		desired := externalnode.Desired{Address: address, EnrolsItself: enrolsItself, WaitForReady: true}
		id, path, joined := "", "*/nodes", make(chan error, 1) // path is that of the reads that wait
		join := func() error {
			_, err := r.EnrolMachine(t.Context(), r.api, r.pool, address)
			return err
		}
		if !enrolsItself {
			node := r.enrol()
			id, path = node.Identity.ID, "*/nodes/*"
			join = func() error {
				return r.SendHeartbeat(t.Context(), id, node.Credential.NodeSecretKey, `{"ready": true}`)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if err := r.Sandbox.AddFault(sandbox.Fault{
			Method: "GET", Path: path, Kind: sandbox.FaultReset, After: 1, OnMatch: cancel,
		}); err != nil {
			t.Fatal(err)
		}
		reading, err := r.client.WaitAndRead(ctx, r.pool, r.cluster, desired, id)
		if _, ok := errors.AsType[*scaleway.WaitError](err); !ok || (reading.Node != nil) == enrolsItself ||
			reading.Cluster != nil {
			t.Errorf("interrupted before the machine joined: %+v, %v", reading, err)
		}
		go func() { joined <- join() }()
		reading, err = r.client.WaitAndRead(t.Context(), r.pool, r.cluster, desired, id)
		if err != nil || reading.Node.Status != k8s.NodeStatusReady || reading.Cluster == nil {
			t.Errorf("reading %+v, %v", reading, err)
		}
		if err := <-joined; err != nil {
			t.Error(err)
		}
	}
}

// TestWaitAndReadLocked: a wait for a node that cannot become ready returns the node and its own message.
func TestWaitAndReadLocked(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.enrol().Identity.ID
	r.patch(id, map[string]any{"status": k8s.NodeStatusLocked, "error_message": "abuse"})
	desired := externalnode.Desired{Address: address, WaitForReady: true}
	reading, err := r.client.WaitAndRead(t.Context(), r.pool, r.cluster, desired, id)
	locked, ok := errors.AsType[*scaleway.StateError](err)
	if !ok || locked.Message != "abuse" || reading.Node.Status != k8s.NodeStatusLocked || reading.Cluster != nil {
		t.Errorf("reading %+v, error %v", reading, err)
	}
}

// TestUpdate: an update finds the node if its id is not known yet, and writes nothing.
func TestUpdate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare  func(*rig) (externalnode.Observed, string)
		requests []string
	}{
		"id known": {func(r *rig) (externalnode.Observed, string) {
			node := r.enrol()
			return r.observed(node.Identity.ID, node.Credential), node.Identity.ID
		}, []string{readNode}},
		"by credential": {func(r *rig) (externalnode.Observed, string) {
			node := r.enrol()
			return r.observed("", node.Credential), node.Identity.ID
		}, []string{readMetadata, readNode}},
		"machine not enrolled yet": {func(r *rig) (externalnode.Observed, string) {
			return r.observedMachine(""), ""
		}, []string{listNodes}},
		"machine enrolled": {func(r *rig) (externalnode.Observed, string) {
			return r.observedMachine(""), r.join()
		}, []string{listNodes, readNode}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			observed, id := test.prepare(r)
			desired := externalnode.Desired{Address: address, EnrolsItself: observed.EnrolsItself}
			reading, err := r.client.Update(t.Context(), r.pool, r.cluster, desired, observed)
			if err != nil {
				t.Fatal(err)
			}
			r.expectRequests(test.requests...)
			isIdentified := observed.ID == "" && !observed.EnrolsItself
			if isFound := reading.Node != nil; isFound != (id != "") || isFound && reading.Node.ID != id ||
				isIdentified != (reading.Identity != nil) || isIdentified && reading.Identity.ID != id {
				t.Errorf("reading %+v; want node %q", reading, id)
			}
		})
	}
}

// TestUpdateRefusedCredential: an update does not enrol the machine again where the API refuses its credential.
func TestUpdateRefusedCredential(t *testing.T) {
	t.Parallel()
	for name, fault := range refusedCredentials() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			observed := r.observed("", r.enrol().Credential)
			r.fault("GET", "*/node-metadata", fault)
			desired := externalnode.Desired{Address: address, WaitForReady: true}
			reading, err := r.client.Update(t.Context(), r.pool, r.cluster, desired, observed)
			if answer, ok := errors.AsType[*scaleway.APIError](err); !ok || answer.Status != fault.Status ||
				reading != (externalnode.Reading{}) {
				t.Errorf("reading %+v, error %v", reading, err)
			}
			if writes := r.Writes(); len(writes) != 0 {
				t.Errorf("writes %v", writes)
			}
		})
	}
}
