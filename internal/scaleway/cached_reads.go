package scaleway

import (
	"context"
	"maps"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/api/account/v3"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	productcatalog "github.com/scaleway/scaleway-sdk-go/api/product_catalog/v2alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// cachedReads caches reads that many resources send in one run and whose results do not change during it. Callers share
// the cached values and must not change them. Pools do change: only callers that wait for the same request share them.
type cachedReads struct {
	versions        *cache[scw.Region, []*k8s.Version]
	version         *cache[regionalKey, *k8s.Version]
	clusterTypes    *cache[scw.Region, []*k8s.ClusterType]
	privateNetworks *cache[regionalKey, *vpc.PrivateNetwork]
	defaultRoutes   *cache[regionalKey, *vpcgw.GatewayNetwork]
	signatures      *cache[string, []*account.ContractSignature]
	contracts       *cache[contractKey, contractStatus]
	projects        *cache[string, *account.Project]
	products        *cache[zonalKey, []*productcatalog.PublicCatalogProduct]
	instanceTypes   *cache[scw.Zone, []string]
	pools           *cache[regionalKey, []*k8s.Pool]
}

// regionalKey is the cache key of an object of a region, by id or name.
type regionalKey struct {
	region scw.Region
	name   string
}

// zonalKey is the cache key of something in a zone.
type zonalKey struct {
	zone scw.Zone
	name string
}

// contractKey is the cache key of a contract of an Organization.
type contractKey struct{ organization, kind, name string }

// contractStatus reports whether a contract is signed, and whether its signature has been created.
type contractStatus struct{ signed, created bool }

func newCachedReads() cachedReads {
	return cachedReads{
		versions:        newCache[scw.Region, []*k8s.Version](),
		version:         newCache[regionalKey, *k8s.Version](),
		clusterTypes:    newCache[scw.Region, []*k8s.ClusterType](),
		privateNetworks: newCache[regionalKey, *vpc.PrivateNetwork](),
		defaultRoutes:   newCache[regionalKey, *vpcgw.GatewayNetwork](),
		signatures:      newCache[string, []*account.ContractSignature](),
		contracts:       newCache[contractKey, contractStatus](),
		projects:        newCache[string, *account.Project](),
		products:        newCache[zonalKey, []*productcatalog.PublicCatalogProduct](),
		instanceTypes:   newCache[scw.Zone, []string](),
		pools:           newCache[regionalKey, []*k8s.Pool](),
	}
}

// keepAlways makes a cache store every value.
func keepAlways[V any](V) bool { return true }

// keepNever makes a cache store no value: only callers that wait for the same request share its result.
func keepNever[V any](V) bool { return false }

// Versions returns the Kubernetes versions with which clusters can be created in a region. The result is cached.
// Source: GET /k8s/v1/regions/{region}/versions.
func (c *Client) Versions(ctx context.Context, region scw.Region) ([]*k8s.Version, error) {
	return c.cached.versions.get(ctx, region, func(ctx context.Context) ([]*k8s.Version, error) {
		ctx, call := startCall(ctx, "list", "Kubernetes versions", "", region)
		list, err := c.k8s.ListVersions(&k8s.ListVersionsRequest{Region: region}, scw.WithContext(ctx))
		if err != nil {
			return nil, call.wrapError(err)
		}
		return list.Versions, nil
	}, keepAlways)
}

// Version returns a Kubernetes version by its full name, such as "1.35.3", even if clusters can no longer be created
// with it. The result is cached. Source: GET /k8s/v1/regions/{region}/versions/{name}.
func (c *Client) Version(ctx context.Context, region scw.Region, name string) (*k8s.Version, error) {
	return c.cached.version.get(ctx, regionalKey{region, name}, func(ctx context.Context) (*k8s.Version, error) {
		ctx, call := startCall(ctx, "read", "Kubernetes version", name, region)
		version, err := c.k8s.GetVersion(
			&k8s.GetVersionRequest{Region: region, VersionName: name}, scw.WithContext(ctx),
		)
		return version, call.wrapError(err)
	}, keepAlways)
}

// ClusterTypes returns all control plane offers of a region. The result is cached. Source: GET
// /k8s/v1/regions/{region}/cluster-types.
func (c *Client) ClusterTypes(ctx context.Context, region scw.Region) ([]*k8s.ClusterType, error) {
	return c.cached.clusterTypes.get(ctx, region, func(ctx context.Context) ([]*k8s.ClusterType, error) {
		ctx, call := startCall(ctx, "list", "cluster types", "", region)
		list, err := c.k8s.ListClusterTypes(&k8s.ListClusterTypesRequest{Region: region}, allPages(ctx)...)
		if err != nil {
			return nil, call.wrapError(err)
		}
		return list.ClusterTypes, nil
	}, keepAlways)
}

// InstanceTypes returns the sorted names of the Instance types that are offered in a zone. The result is cached.
// Without the permission, the error matches IsForbidden. Source: GET /instance/v1/zones/{zone}/products/servers.
func (c *Client) InstanceTypes(ctx context.Context, zone scw.Zone) ([]string, error) {
	return c.cached.instanceTypes.get(ctx, zone, func(ctx context.Context) ([]string, error) {
		ctx, call := startCall(ctx, "list", "Instance types", "", zone)
		list, err := c.instance.ListServersTypes(&instance.ListServersTypesRequest{Zone: zone}, allPages(ctx)...)
		if err != nil {
			return nil, call.wrapError(err)
		}
		return slices.Sorted(maps.Keys(list.Servers)), nil
	}, keepAlways)
}

// PrivateNetwork returns a Private Network by its UUID. The result is cached. Source: GET
// /vpc/v2/regions/{region}/private-networks/{id}.
func (c *Client) PrivateNetwork(ctx context.Context, region scw.Region, id string) (*vpc.PrivateNetwork, error) {
	return c.cached.privateNetworks.get(
		ctx,
		regionalKey{region, id},
		func(ctx context.Context) (*vpc.PrivateNetwork, error) {
			ctx, call := startCall(ctx, "read", "private network", id, region)
			network, err := c.vpc.GetPrivateNetwork(
				&vpc.GetPrivateNetworkRequest{Region: region, PrivateNetworkID: id}, scw.WithContext(ctx),
			)
			return network, call.wrapError(err)
		},
		keepAlways,
	)
}

// Project returns a Project by its UUID, with its Organization. The result is cached. Source: GET
// /account/v3/projects/{id}.
func (c *Client) Project(ctx context.Context, id string) (*account.Project, error) {
	return c.cached.projects.get(ctx, id, func(ctx context.Context) (*account.Project, error) {
		ctx, call := startCall(ctx, "read", "Project", id, "")
		project, err := c.projectAPI.GetProject(
			&account.ProjectAPIGetProjectRequest{ProjectID: id}, scw.WithContext(ctx),
		)
		return project, call.wrapError(err)
	}, keepAlways)
}

// ContractSignatures returns the contract signatures of an Organization. The result is cached. Without the permission,
// the error matches IsForbidden. Source: GET /account/v3/contract-signatures.
func (c *Client) ContractSignatures(ctx context.Context, organizationID string) ([]*account.ContractSignature, error) {
	return c.cached.signatures.get(ctx, organizationID,
		func(ctx context.Context) ([]*account.ContractSignature, error) {
			ctx, call := startCall(ctx, "list", "contract signatures of Organization", organizationID, "")
			list, err := c.contractAPI.ListContractSignatures(&account.ContractAPIListContractSignaturesRequest{
				OrganizationID: organizationID,
			}, allPages(ctx)...)
			if err != nil {
				return nil, call.wrapError(err)
			}
			return list.ContractSignatures, nil
		}, keepAlways)
}

// CheckContract reports whether a contract is signed, and whether a signature has been created. It only reads; this
// package neither creates nor validates signatures. A positive result is cached. Source: POST
// /account/v3/contract-signatures/check.
func (c *Client) CheckContract(
	ctx context.Context, organizationID, contractType, contractName string,
) (signed, created bool, err error) {
	key := contractKey{organizationID, contractType, contractName}
	found, err := c.cached.contracts.get(ctx, key, func(ctx context.Context) (contractStatus, error) {
		ctx, call := startCall(ctx, "check", "contract", contractName, "")
		call.idempotent = true
		answer, err := c.contractAPI.CheckContractSignature(&account.ContractAPICheckContractSignatureRequest{
			OrganizationID: organizationID, ContractType: account.ContractType(contractType),
			ContractName: contractName,
		}, scw.WithContext(ctx))
		if err != nil {
			return contractStatus{}, call.wrapError(err)
		}
		return contractStatus{signed: answer.Created && answer.Validated, created: answer.Created}, nil
	}, func(s contractStatus) bool { return s.signed })
	return found.signed, found.created, err
}

// DefaultRouteGateway returns the connection of a Public Gateway that advertises the default route on a Private
// Network, or nil. It searches all zones of the region that offer Public Gateways. It prefers a connection that is
// ready and ignores one that is being detached. A connection that was found is cached. Source: GET
// /vpc-gw/v2/zones/{zone}/gateway-networks.
func (c *Client) DefaultRouteGateway(
	ctx context.Context, region scw.Region, privateNetworkID string,
) (*vpcgw.GatewayNetwork, error) {
	return c.cached.defaultRoutes.get(ctx, regionalKey{region, privateNetworkID},
		func(ctx context.Context) (*vpcgw.GatewayNetwork, error) {
			var found *vpcgw.GatewayNetwork
			for _, zone := range c.gateways.Zones() {
				if in, err := zone.Region(); err != nil || in != region {
					continue
				}
				networks, err := c.gatewayNetworks(ctx, zone, privateNetworkID)
				if err != nil {
					return nil, err
				}
				for _, network := range networks {
					if !network.PushDefaultRoute || network.Status == vpcgw.GatewayNetworkStatusDetaching ||
						network.PrivateNetworkID != privateNetworkID {
						continue
					}
					if network.Status == vpcgw.GatewayNetworkStatusReady {
						return network, nil
					}
					found = network
				}
			}
			return found, nil
		}, func(network *vpcgw.GatewayNetwork) bool { return network != nil })
}

// gatewayNetworks lists the connections of a Private Network in a zone. A zone that the API rejects has none.
func (c *Client) gatewayNetworks(
	ctx context.Context, zone scw.Zone, privateNetworkID string,
) ([]*vpcgw.GatewayNetwork, error) {
	ctx, call := startCall(ctx, "list", "Public Gateway connections of private network", privateNetworkID, zone)
	list, err := c.gateways.ListGatewayNetworks(&vpcgw.ListGatewayNetworksRequest{
		Zone: zone, PrivateNetworkIDs: []string{privateNetworkID},
	}, allPages(ctx)...)
	if err != nil {
		failure := call.wrapError(err)
		if IsNotFound(failure) || hasStatus(failure, 400, 501) {
			return nil, nil
		}
		return nil, failure
	}
	return slices.DeleteFunc(list.GatewayNetworks, func(n *vpcgw.GatewayNetwork) bool { return n == nil }), nil
}
