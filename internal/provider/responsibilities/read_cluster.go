package responsibilities

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// maxUserDataPools is the maximum number of pools whose user data are read without `complete`, so that a read takes at
// most four requests.
const maxUserDataPools = 2

// externalType is the node type of pools whose nodes Scaleway does not host.
const externalType = "external"

// readCluster reads a cluster, and adds gaps to the model for what it does not read. After an error, it returns false.
func (d *dataSource) readCluster(
	ctx context.Context, m *model, region scw.Region, id string, diags *diag.Diagnostics,
) (responsibility.Cluster, bool) {
	found, err := d.provider.API.Cluster(ctx, region, id)
	if err != nil {
		tfkit.AddAPIError(diags, unableToRead, err)
		return responsibility.Cluster{}, false
	}
	c, ok := parseOffer(found.Type)
	if !ok {
		tfkit.AddError(diags, path.Root("cluster_id"), tfkit.Problem{
			Summary: "The offer of the cluster is unknown", Clause: "OFR-01", Found: fmt.Sprintf("type %q", found.Type),
			Allowed: "types that begin with kapsule or multicloud",
			Fix:     "Upgrade the provider. If you use its newest version, report an issue.",
		})
		return c, false
	}
	c.CNI, c.FeatureGates, c.AdmissionPlugins = found.Cni.String(), found.FeatureGates, found.AdmissionPlugins
	pools, err := d.provider.API.Pools(ctx, region, id)
	if err != nil {
		tfkit.AddAPIError(diags, unableToRead, err)
		return c, false
	}
	if c.Pools, err = d.readPools(ctx, m, pools); err != nil {
		tfkit.AddAPIError(diags, unableToRead, err)
		return c, false
	}
	c.InCluster = d.readInCluster(ctx, m, region, id, diags)
	m.addGap("Guardrails of the cluster: which policies are in force, and their actions.",
		"Guardrails du cluster : quelles politiques sont en vigueur, et leurs actions.",
		"ITC-03", "LIF-07", "HDS-RES-02", "HDS-ENC-01", "HDS-ENC-03")
	return c, !diags.HasError()
}

// parseOffer returns the variant and the offer of a cluster type, or false if the type is unknown.
func parseOffer(offer string) (responsibility.Cluster, bool) {
	const shared = "kapsule"
	c := responsibility.Cluster{Offer: responsibility.Dedicated}
	if offer == shared || offer == compliance.SharedKosmosType {
		c.Offer = responsibility.Mutualised
	}
	switch {
	case compliance.IsKosmosType(offer):
		c.Variant = responsibility.Kosmos
	case offer == shared || compliance.CheckClusterType(offer) == nil:
		c.Variant = responsibility.Kapsule
	default:
		return c, false
	}
	return c, true
}

// readPools converts the pools, sorted by name, and reads their user data. External pools have no user data.
func (d *dataSource) readPools(ctx context.Context, m *model, found []*k8s.Pool) ([]responsibility.Pool, error) {
	ordered := slices.SortedFunc(
		slices.Values(found), func(a, b *k8s.Pool) int { return strings.Compare(a.Name, b.Name) },
	)
	pools := make([]responsibility.Pool, 0, len(ordered))
	readCount, unread := 0, []string{}
	for _, p := range ordered {
		pool := responsibility.Pool{Name: p.Name, External: p.NodeType == externalType}
		pool.KubeletArgs = p.KubeletArgs
		if m.HDS.ValueBool() && !p.PublicIPDisabled && !pool.External {
			pool.PublicIPWithoutReason = true
		}
		switch {
		case pool.External:
		case readCount == maxUserDataPools && !m.Complete.ValueBool():
			pool.UserDataUnread = true
			unread = append(unread, p.Name)
		default:
			readCount++
			keys, err := d.provider.API.PoolUserDataKeys(ctx, p.Region, p.ID)
			switch {
			case scaleway.IsForbidden(err):
				pool.UserDataUnread = true
				m.addGap(fmt.Sprintf("User data of pool %s: the API key has no permission.", p.Name),
					fmt.Sprintf(
						"Données utilisateur du pool %s : la clé d'API n'a pas la permission.", p.Name,
					), userDataClauses()...)
			case err != nil:
				return nil, err
			}
			pool.UserDataKeys = keys
		}
		pools = append(pools, pool)
	}
	if len(unread) > 0 {
		names := strings.Join(unread, ", ")
		m.addGap(fmt.Sprintf("User data of pools %s: set complete to true to read them, one request each.", names),
			fmt.Sprintf(
				"Données utilisateur des pools %s : mettre complete à true pour les lire, une requête par pool.", names,
			), userDataClauses()...)
	}
	return pools, nil
}

// userDataClauses returns the clauses that depend on the user data of pools.
func userDataClauses() []string {
	return append(responsibility.NodeClauses(), "EXT-01", "EXT-02", "EXT-03", "TRF-01")
}
