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

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// askedPools is of how many pools the user data are asked for without `complete`: with the cluster and its pools that
// makes four requests.
const askedPools = 2

// externalType is the node type of a pool whose nodes Scaleway does not host.
const externalType = "external"

// real reads a cluster; what it does not look at is added to the model. False after an error.
func (d *dataSource) real(
	ctx context.Context, m *model, region scw.Region, id string, diags *diag.Diagnostics,
) (responsibility.Cluster, bool) {
	found, err := d.provider.API.Cluster(ctx, region, id)
	if err != nil {
		tfkit.Failed(diags, unableToRead, err)
		return responsibility.Cluster{}, false
	}
	c, ok := shape(found.Type)
	if !ok {
		tfkit.Refuse(diags, path.Root("cluster_id"), tfkit.Refusal{
			Summary: "The offer of the cluster is not known", Clause: "OFR-01", Found: fmt.Sprintf("type %q", found.Type),
			Allowed: "types that begin with kapsule or multicloud, which the model is about", Fix: "Upgrade the provider, or " +
				"report it if this is its newest version.",
		})
		return c, false
	}
	c.CNI, c.FeatureGates, c.AdmissionPlugins = found.Cni.String(), found.FeatureGates, found.AdmissionPlugins
	pools, err := d.provider.API.Pools(ctx, region, id)
	if err != nil {
		tfkit.Failed(diags, unableToRead, err)
		return c, false
	}
	if c.Pools, err = d.pools(ctx, m, pools); err != nil {
		tfkit.Failed(diags, unableToRead, err)
		return c, false
	}
	c.Inside = d.look(ctx, m, region, id, diags)
	m.leaveOut("The guardrails of the cluster: which policies are in force, and how they act.",
		"Les guardrails du cluster : quelles politiques sont en vigueur, et comment elles agissent.",
		"ITC-03", "LIF-07", "HDS-RES-02", "HDS-ENC-01", "HDS-ENC-03")
	return c, !diags.HasError()
}

// shape is what the name of an offer tells.
func shape(offer string) (responsibility.Cluster, bool) {
	family, size, dedicated := strings.Cut(offer, "-dedicated-")
	c := responsibility.Cluster{Offer: responsibility.Mutualised}
	if dedicated {
		c.Offer = responsibility.Dedicated
	}
	switch family {
	case "kapsule":
		c.Variant = responsibility.Kapsule
	case "multicloud":
		c.Variant = responsibility.Kosmos
	default:
		return c, false
	}
	return c, !dedicated || size != ""
}

// pools asks for the user data of pools by their names; those of external nodes are not Scaleway's to give.
func (d *dataSource) pools(ctx context.Context, m *model, found []*k8s.Pool) ([]responsibility.Pool, error) {
	ordered := slices.SortedFunc(slices.Values(found), func(a, b *k8s.Pool) int { return strings.Compare(a.Name, b.Name) })
	shown := make([]responsibility.Pool, 0, len(ordered))
	asked, left := 0, []string{}
	for _, p := range ordered {
		pool := responsibility.Pool{Name: p.Name, External: p.NodeType == externalType}
		pool.KubeletArgs = p.KubeletArgs
		if m.HDS.ValueBool() && !p.PublicIPDisabled && !pool.External {
			pool.PublicIPUnexplained = true
		}
		switch {
		case pool.External:
		case asked == askedPools && !m.Complete.ValueBool():
			pool.UserDataUnseen = true
			left = append(left, p.Name)
		default:
			asked++
			keys, err := d.provider.API.PoolUserDataKeys(ctx, p.Region, p.ID)
			switch {
			case scaleway.IsForbidden(err):
				pool.UserDataUnseen = true
				m.leaveOut(fmt.Sprintf("User data of pool %s: the API key may not read them.", p.Name),
					fmt.Sprintf("Données utilisateur du pool %s : la clé d'API ne peut pas les lire.", p.Name), aboutUserData()...)
			case err != nil:
				return nil, err
			}
			pool.UserDataKeys = keys
		}
		shown = append(shown, pool)
	}
	if len(left) > 0 {
		names := strings.Join(left, ", ")
		m.leaveOut(fmt.Sprintf(
			"User data of these pools: %s; set complete to true to ask for them, one request each.", names,
		),
			fmt.Sprintf(
				"Données utilisateur de ces pools : %s ; mettre complete à true pour les lire, une requête par pool.", names,
			), aboutUserData()...)
	}
	return shown, nil
}

// aboutUserData returns the clauses that depend on the user data of pools.
func aboutUserData() []string {
	return append(responsibility.AboutNodes(), "EXT-01", "EXT-02", "EXT-03", "TRF-01")
}
