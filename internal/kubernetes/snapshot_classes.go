package kubernetes

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// The resources of snapshots.
var (
	snapshotClasses = schema.GroupVersionResource{
		Group: guardrails.SnapshotGroup, Version: "v1", Resource: "volumesnapshotclasses",
	}
	volumeSnapshots = schema.GroupVersionResource{
		Group: guardrails.SnapshotGroup, Version: "v1", Resource: "volumesnapshots",
	}
)

// snapshotAPITimeout bounds the wait for the custom resource definitions of snapshots in a new cluster.
const snapshotAPITimeout = 30 * time.Second

func snapshotClassKind() classKind {
	return classKind{
		kind: guardrails.KindSnapshotClass, resource: snapshotClasses,
		annotations: []string{guardrails.AnnotationDefaultSnapshotClass}, driver: guardrails.Provisioner,
	}
}

// SnapshotAPIError reports that a cluster does not serve the API of snapshots.
type SnapshotAPIError struct{ Err error }

func (e *SnapshotAPIError) Error() string {
	return fmt.Sprintf("the cluster does not serve VolumeSnapshotClasses (%s/v1), which volume_snapshots needs: %s",
		guardrails.SnapshotGroup, e.Err)
}

// Unwrap returns the underlying error.
func (e *SnapshotAPIError) Unwrap() error { return e.Err }

// Hint returns the next step for the user.
func (e *SnapshotAPIError) Hint() string {
	return "Install the custom resource definitions and the controller of the Kubernetes project " +
		"external-snapshotter, or remove volume_snapshots. " +
		"Nothing was written by this apply, except the ownership record."
}

// waitSnapshotAPI waits until the API server serves VolumeSnapshotClasses.
func (c *Client) waitSnapshotAPI(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, min(snapshotAPITimeout, 300*c.Interval))
	defer cancel()
	for pause := c.Interval; ; pause = min(pause+pause/2, time.Second) {
		_, err := c.list(ctx, snapshotClasses, "")
		if !IsUnknownAPI(err) {
			return err
		}
		if sleep(limited, pause) != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &SnapshotAPIError{Err: err}
		}
	}
}

// RemoveSnapshots removes the policy and the class of snapshots of earlier settings, and restores the default class. It
// returns failures to do so as notes. Snapshots stay.
func (c *Client) RemoveSnapshots(ctx context.Context, before guardrails.Settings) ([]string, error) {
	for _, kind := range []string{guardrails.KindBinding, guardrails.KindPolicy} {
		if err := c.remove(ctx, resourceForKind(kind), "", guardrails.Snapshots, ""); err != nil {
			return nil, err
		}
	}
	if before.VolumeSnapshots == nil {
		return nil, nil
	}
	return c.removeSnapshotClasses(ctx, "")
}

// RemoveOldSnapshotClasses removes the classes of snapshots with former names.
func (c *Client) RemoveOldSnapshotClasses(ctx context.Context, s guardrails.Settings) error {
	return c.removeClasses(ctx, snapshotClasses, s.VolumeSnapshots.ClassName)
}

// removeSnapshotClasses restores the default class and removes the classes that this provider created, except for keep.
// A cluster without the API has none.
func (c *Client) removeSnapshotClasses(ctx context.Context, keep string) ([]string, error) {
	notes, err := c.restoreDefaultClasses(ctx, snapshotClassKind())
	if err == nil {
		err = c.removeClasses(ctx, snapshotClasses, keep)
	}
	if IsUnknownAPI(err) {
		return nil, nil
	}
	return notes, err
}

// snapshotProbes returns a VolumeSnapshot that the policy on snapshots must refuse: of a class that deletes. Without
// such a class there is nothing to refuse.
func (c *Client) snapshotProbes(ctx context.Context, s guardrails.Settings) ([]probe, error) {
	if s.VolumeSnapshots == nil {
		return nil, nil
	}
	classes, err := c.list(ctx, snapshotClasses, "")
	if err != nil {
		return nil, err
	}
	for _, class := range classes {
		if policy, _, _ := unstructured.NestedString(class.Object, "deletionPolicy"); policy != "Delete" {
			continue
		}
		return []probe{{
			guardrails.Snapshots, alwaysDeny(), volumeSnapshots, newProbeObject(
				guardrails.SnapshotGroup+"/v1", "VolumeSnapshot", s.Namespace, map[string]any{"spec": map[string]any{
					"volumeSnapshotClassName": class.GetName(),
					"source":                  map[string]any{"persistentVolumeClaimName": "srm-probe"},
				}},
			),
		}}, nil
	}
	return nil, nil
}
