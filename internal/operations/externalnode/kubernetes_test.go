package externalnode_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/operations/externalnode"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// TestReadObject: a read of the Kubernetes API fails only if it has to. An API server that cannot be connected to is
// not tried again; one that answers is.
func TestReadObject(t *testing.T) {
	t.Parallel()
	unreachable := &kubernetes.Error{Reason: kubernetes.Unreachable}
	object := &kubernetes.Node{Name: "edge", KubeletVersion: "v1.35.3"}
	for name, test := range map[string]struct {
		prepare  func(*nodeObjects, *externalnode.Kubernetes)
		isObject bool
		err      error
		calls    []string // of two reads
	}{
		"read": {func(o *nodeObjects, _ *externalnode.Kubernetes) { o.object = object }, true, nil,
			[]string{"connect", "read", "connect", "read"}},
		"not joined": {func(*nodeObjects, *externalnode.Kubernetes) {}, false, nil,
			[]string{"connect", "read", "connect", "read"}},
		"address unknown": {func(o *nodeObjects, k *externalnode.Kubernetes) {
			o.object, k.IsUnknown = object, true
		}, false, nil, nil},
		"unreachable": {func(o *nodeObjects, _ *externalnode.Kubernetes) {
			o.readErr = unreachable
		}, false, nil, []string{"connect", "read"}},
		"unreachable is an error": {func(o *nodeObjects, k *externalnode.Kubernetes) {
			o.readErr, k.FailOnUnreachable = unreachable, true
		}, false, unreachable, []string{"connect", "read", "connect", "read"}},
		"forbidden": {func(o *nodeObjects, k *externalnode.Kubernetes) {
			o.readErr, k.FailOnUnreachable = &kubernetes.Error{Reason: kubernetes.Forbidden}, true
		}, false, nil, []string{"connect", "read", "connect", "read"}},
		"no kubeconfig": {func(o *nodeObjects, _ *externalnode.Kubernetes) {
			o.connectErr = errors.New("the kubeconfig is malformed")
		}, false, nil, []string{"connect", "connect"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			id := r.enrol().Identity.ID
			test.prepare(r.objects, &r.client.Kubernetes)
			for range 2 {
				reading, err := r.client.Read(t.Context(), r.observed(id, scaleway.Enrolment{}))
				if !errors.Is(err, test.err) || (reading.Object != nil) != test.isObject ||
					(reading.Cluster == nil) != (test.err != nil) {
					t.Errorf("reading %+v, error %v", reading, err)
				}
			}
			if !slices.Equal(r.objects.calls, test.calls) {
				t.Errorf("calls %v, want %v", r.objects.calls, test.calls)
			}
		})
	}
}

// TestReadObjectInterrupted: an interruption is an error, and no sign of an API server that cannot be connected to.
func TestReadObjectInterrupted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	observed := r.observed(r.enrol().Identity.ID, scaleway.Enrolment{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.objects.readErr, r.objects.onRead = &kubernetes.Error{
		Reason: kubernetes.Unreachable,
		Err:    context.Canceled,
	}, cancel
	if reading, err := r.client.Read(ctx, observed); !errors.Is(err, context.Canceled) || reading.Cluster != nil {
		t.Errorf("reading %+v, error %v", reading, err)
	}
	r.objects.readErr, r.objects.object = nil, &kubernetes.Node{Name: "edge"}
	if reading, err := r.client.Read(t.Context(), observed); err != nil || reading.Object == nil {
		t.Errorf("the next read: %+v, %v", reading, err)
	}
}
