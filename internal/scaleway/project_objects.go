package scaleway

import (
	"context"
	"fmt"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
	"github.com/scaleway/scaleway-sdk-go/api/container/v1"
	"github.com/scaleway/scaleway-sdk-go/api/function/v1beta1"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/rdb/v1"
	"github.com/scaleway/scaleway-sdk-go/api/registry/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// VolumesIn lists the Block Storage volumes of a Project in a zone. Source: GET /block/v1/zones/{zone}/volumes.
func (c *Client) VolumesIn(ctx context.Context, zone scw.Zone, projectID string) ([]*block.Volume, error) {
	return listIn(ctx, "volumes", zone, c.block.Zones(), func(o ...scw.RequestOption) ([]*block.Volume, error) {
		list, err := c.block.ListVolumes(&block.ListVolumesRequest{Zone: zone, ProjectID: &projectID}, o...)
		if err != nil {
			return nil, err
		}
		return list.Volumes, nil
	})
}

// SnapshotsIn lists the Block Storage snapshots of a Project in a zone. Source: GET /block/v1/zones/{zone}/snapshots.
func (c *Client) SnapshotsIn(ctx context.Context, zone scw.Zone, projectID string) ([]*block.Snapshot, error) {
	return listIn(ctx, "snapshots", zone, c.block.Zones(), func(o ...scw.RequestOption) ([]*block.Snapshot, error) {
		list, err := c.block.ListSnapshots(&block.ListSnapshotsRequest{Zone: zone, ProjectID: &projectID}, o...)
		if err != nil {
			return nil, err
		}
		return list.Snapshots, nil
	})
}

// maxSnapshotPages is the number of pages of snapshots that NewestSnapshotsIn reads.
const maxSnapshotPages = 20

// NewestSnapshotsIn lists the newest Block Storage snapshots of a Project in a zone: at most maxSnapshotPages pages. If
// there are more, it returns them with a TooManyError. Source: GET /block/v1/zones/{zone}/snapshots.
func (c *Client) NewestSnapshotsIn(ctx context.Context, zone scw.Zone, projectID string) ([]*block.Snapshot, error) {
	newest, size := block.ListSnapshotsRequestOrderByCreatedAtDesc, uint32(pageSize)
	found, total := []*block.Snapshot{}, 0
	for page := int32(1); page <= maxSnapshotPages; page++ {
		one, err := listPageIn(ctx, "snapshots", zone, c.block.Zones(), func(
			ctx context.Context,
		) ([]*block.Snapshot, error) {
			list, err := c.block.ListSnapshots(&block.ListSnapshotsRequest{
				Zone: zone, ProjectID: &projectID, OrderBy: newest, Page: &page, PageSize: &size,
			}, scw.WithContext(ctx))
			if err != nil {
				return nil, err
			}
			total = int(list.TotalCount) //nolint:gosec // a number of objects
			return list.Snapshots, nil
		})
		if err != nil {
			return found, err
		}
		if found = append(found, one...); len(one) == 0 || len(found) >= total {
			return found, nil
		}
	}
	return found, &TooManyError{Kind: "snapshots", Read: len(found), Total: total}
}

// TooManyError reports that a list has more objects than were read.
type TooManyError struct {
	Kind        string
	Read, Total int
}

func (e *TooManyError) Error() string {
	return fmt.Sprintf("only the newest %d of %d %s were read", e.Read, e.Total, e.Kind)
}

// InstancesIn lists the Instances of a Project in a zone, with their volumes. Source: GET
// /instance/v1/zones/{zone}/servers.
func (c *Client) InstancesIn(ctx context.Context, zone scw.Zone, projectID string) ([]*instance.Server, error) {
	return listIn(ctx, "Instances", zone, c.instance.Zones(), func(o ...scw.RequestOption) ([]*instance.Server, error) {
		list, err := c.instance.ListServers(&instance.ListServersRequest{Zone: zone, Project: &projectID}, o...)
		if err != nil {
			return nil, err
		}
		return list.Servers, nil
	})
}

// LegacyVolumesIn lists the legacy block volumes (b_ssd) of a Project in a zone, which Block Storage does not list.
// Source: GET /instance/v1/zones/{zone}/volumes.
func (c *Client) LegacyVolumesIn(ctx context.Context, zone scw.Zone, projectID string) ([]*instance.Volume, error) {
	legacy := instance.VolumeVolumeTypeBSSD
	return listIn(ctx, "volumes of Instances", zone, c.instance.Zones(),
		func(o ...scw.RequestOption) ([]*instance.Volume, error) {
			list, err := c.instance.ListVolumes(
				&instance.ListVolumesRequest{Zone: zone, Project: &projectID, VolumeType: &legacy}, o...,
			)
			if err != nil {
				return nil, err
			}
			return list.Volumes, nil
		})
}

// GatewaysIn lists the Public Gateways of a Project in a zone. Source: GET /vpc-gw/v2/zones/{zone}/gateways.
func (c *Client) GatewaysIn(ctx context.Context, zone scw.Zone, projectID string) ([]*vpcgw.Gateway, error) {
	return listIn(ctx, "Public Gateways", zone, c.gateways.Zones(),
		func(o ...scw.RequestOption) ([]*vpcgw.Gateway, error) {
			list, err := c.gateways.ListGateways(&vpcgw.ListGatewaysRequest{Zone: zone, ProjectID: &projectID}, o...)
			if err != nil {
				return nil, err
			}
			return list.Gateways, nil
		})
}

// DatabasesIn lists the managed databases of a Project in a region, with their endpoints. Source: GET
// /rdb/v1/regions/{region}/instances.
func (c *Client) DatabasesIn(ctx context.Context, region scw.Region, projectID string) ([]*rdb.Instance, error) {
	return listIn(
		ctx,
		"databases",
		region,
		c.databases.Regions(),
		func(o ...scw.RequestOption) ([]*rdb.Instance, error) {
			list, err := c.databases.ListInstances(
				&rdb.ListInstancesRequest{Region: region, ProjectID: &projectID},
				o...)
			if err != nil {
				return nil, err
			}
			return list.Instances, nil
		},
	)
}

// DatabaseACL lists the allowed ranges of a managed database. Source: GET /rdb/v1/regions/{region}/instances/{id}/acls.
func (c *Client) DatabaseACL(ctx context.Context, region scw.Region, id string) ([]*rdb.ACLRule, error) {
	ctx, call := startCall(ctx, "list the allowed ranges of", "database", id, region)
	list, err := c.databases.ListInstanceACLRules(
		&rdb.ListInstanceACLRulesRequest{Region: region, InstanceID: id}, allPages(ctx)...,
	)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Rules, nil
}

// RegistriesIn lists the namespaces of a Project in Container Registry. Source: GET
// /registry/v1/regions/{region}/namespaces.
func (c *Client) RegistriesIn(
	ctx context.Context, region scw.Region, projectID string,
) ([]*registry.Namespace, error) {
	return listIn(ctx, "namespaces of Container Registry", region, c.registries.Regions(),
		func(o ...scw.RequestOption) ([]*registry.Namespace, error) {
			list, err := c.registries.ListNamespaces(
				&registry.ListNamespacesRequest{Region: region, ProjectID: &projectID}, o...,
			)
			if err != nil {
				return nil, err
			}
			return list.Namespaces, nil
		})
}

// DataSourcesIn lists the data sources of a Project in Cockpit. Source: GET /cockpit/v1/regions/{region}/data-sources.
func (c *Client) DataSourcesIn(
	ctx context.Context, region scw.Region, projectID string,
) ([]*cockpit.DataSource, error) {
	return listIn(ctx, "data sources of Cockpit", region, c.cockpit.Regions(),
		func(o ...scw.RequestOption) ([]*cockpit.DataSource, error) {
			list, err := c.cockpit.ListDataSources(
				&cockpit.RegionalAPIListDataSourcesRequest{Region: region, ProjectID: projectID}, o...,
			)
			if err != nil {
				return nil, err
			}
			return list.DataSources, nil
		})
}

// FunctionNamespacesIn lists the namespaces of a Project in Serverless Functions. Source: GET
// /functions/v1beta1/regions/{region}/namespaces.
func (c *Client) FunctionNamespacesIn(
	ctx context.Context, region scw.Region, projectID string,
) ([]*function.Namespace, error) {
	return listIn(ctx, "namespaces of Serverless Functions", region, c.functions.Regions(),
		func(o ...scw.RequestOption) ([]*function.Namespace, error) {
			list, err := c.functions.ListNamespaces(
				&function.ListNamespacesRequest{Region: region, ProjectID: &projectID}, o...,
			)
			if err != nil {
				return nil, err
			}
			return list.Namespaces, nil
		})
}

// ContainerNamespacesIn lists the namespaces of a Project in Serverless Containers. Source: GET
// /containers/v1/regions/{region}/namespaces.
func (c *Client) ContainerNamespacesIn(
	ctx context.Context, region scw.Region, projectID string,
) ([]*container.Namespace, error) {
	return listIn(ctx, "namespaces of Serverless Containers", region, c.containers.Regions(),
		func(o ...scw.RequestOption) ([]*container.Namespace, error) {
			list, err := c.containers.ListNamespaces(
				&container.ListNamespacesRequest{Region: region, ProjectID: &projectID}, o...,
			)
			if err != nil {
				return nil, err
			}
			return list.Namespaces, nil
		})
}
