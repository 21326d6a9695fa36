package pool

import (
	"context"
	"errors"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Create creates a pool. It first waits for the deletion of a pool of the same name.
func Create(ctx context.Context, api *scaleway.Client, desired Desired) (*k8s.Pool, error) {
	for {
		pool, err := api.CreatePool(ctx, desired.CreateRequest())
		taken, ok := errors.AsType[*scaleway.NameTakenError](err)
		if !ok || taken.Status != string(k8s.PoolStatusDeleting) {
			return pool, err
		}
		if err := api.WaitPoolDeleted(ctx, desired.Region, taken.ID); err != nil {
			return nil, err
		}
	}
}

// Delete deletes a pool and waits until it is deleted.
func Delete(ctx context.Context, api *scaleway.Client, region scw.Region, id string) error {
	if err := api.DeletePool(ctx, region, id); err != nil {
		return err
	}
	return api.WaitPoolDeleted(ctx, region, id)
}

// Update sends what the pool does not have yet, and waits until its nodes have it. finish is true where an earlier
// create or update did not end: then it waits even if nothing is sent. Update can be interrupted at any time and called
// again. rotation is nil where no nodes are replaced; its remaining nodes are updated in place.
func Update(
	ctx context.Context, api *scaleway.Client, id string, desired Desired, rotation *Rotation, finish bool,
) (*k8s.Pool, error) {
	u := &update{api: api, desired: desired}
	var err error
	if u.pool, err = api.Pool(ctx, desired.Region, id); err != nil {
		return nil, err
	}
	version, err := u.versionToUpgradeTo(ctx)
	if err != nil {
		return nil, err
	}
	if rotation != nil {
		if err := u.startRotation(ctx, rotation); err != nil {
			return nil, err
		}
	}
	sent, err := u.sendChanges(ctx)
	if err != nil {
		return nil, err
	}
	if version != "" {
		// The upgrade must end before a node is replaced for another reason.
		sent = true
		if err := u.upgrade(ctx, version); err != nil {
			return nil, err
		}
	}
	for rotation != nil && len(rotation.Nodes) > 0 {
		sent = true
		if err := u.replaceNode(ctx, rotation.Nodes[0]); err != nil {
			return nil, err
		}
		rotation.Nodes = rotation.Nodes[1:]
	}
	if sent || finish {
		return WaitConverged(ctx, api, id, desired)
	}
	return u.pool, nil
}

// update is one run of Update.
type update struct {
	api     *scaleway.Client
	desired Desired
	pool    *k8s.Pool
}

// sendChanges sends the changes that need no new nodes, and reports whether there were any.
func (u *update) sendChanges(ctx context.Context) (sent bool, err error) {
	c, region, id := u.desired.Changes(u.pool), u.desired.Region, u.pool.ID
	for _, write := range []struct {
		needed bool
		send   func() (*k8s.Pool, error)
	}{
		{c.Patch != nil, func() (*k8s.Pool, error) { return u.api.UpdatePool(ctx, c.Patch) }},
		{c.Labels != nil, func() (*k8s.Pool, error) { return u.api.SetPoolLabels(ctx, region, id, c.Labels) }},
		{c.Taints != nil, func() (*k8s.Pool, error) { return u.api.SetPoolTaints(ctx, region, id, c.Taints) }},
		{c.StartupTaints != nil, func() (*k8s.Pool, error) {
			return u.api.SetPoolStartupTaints(ctx, region, id, c.StartupTaints)
		}},
	} {
		if !write.needed {
			continue
		}
		sent = true
		if _, err := write.send(); err != nil {
			return sent, err
		}
	}
	return sent, nil
}
