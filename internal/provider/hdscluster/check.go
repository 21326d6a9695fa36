package hdscluster

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

func known(value interface {
	IsNull() bool
	IsUnknown() bool
}) bool {
	return !value.IsNull() && !value.IsUnknown()
}

// checkConfiguration refuses what the configuration alone shows: an API server open to the world, networks that overlap.
func checkConfiguration(ctx context.Context, m *model, diags *diag.Diagnostics) {
	if ranges, ok := m.ranges(ctx, diags); ok {
		checkAllowList(ranges, diags)
	}
	checkOverlaps(m.networks(), diags)
	if service := m.serviceNetwork(); known(m.ServiceDNSIP) && service.IsValid() {
		_, err := compliance.CheckServiceDNS(m.ServiceDNSIP.ValueString(), service)
		framework.RefuseError(diags, path.Root("service_dns_ip"), err)
	}
}

func checkAllowList(ranges []allowedRange, diags *diag.Diagnostics) {
	at := path.Root("allowed_ip_ranges")
	prefixes, seen := []netip.Prefix{}, map[string]bool{}
	for _, allowed := range ranges {
		if allowed.CIDR.IsUnknown() {
			return
		}
		prefix, err := compliance.ParseAllowRange(allowed.CIDR.ValueString())
		if err != nil {
			return // the validator of the attribute says so
		}
		if seen[prefix.String()] {
			framework.Refuse(diags, at, framework.Refusal{
				Summary: "The allow-list names a range twice", Found: prefix.String() + " with two descriptions",
				Allowed: "each range once", Fix: "Remove one of the two.",
			})
		}
		seen[prefix.String()] = true
		prefixes = append(prefixes, prefix)
	}
	if open, why := compliance.OpenToWorld(prefixes); open {
		framework.Refuse(diags, at, framework.Refusal{
			Summary: "The API server would be open to the world", Clause: "HDS-CTR-03", Found: why,
			Allowed: "ranges that do not cover the whole address space, or an empty set, which isolates the API server",
			Fix:     "List the ranges of those who administer the cluster: an office, a VPN, a CI runner.",
		})
	}
}

// networks are the pod and Service ranges that are known, the API's defaults where none are configured.
func (m *model) networks() []compliance.NamedPrefix {
	named := []compliance.NamedPrefix{}
	for _, network := range []struct {
		name, otherwise string
		value           types.String
	}{{"pod_cidr", compliance.DefaultPodCIDR, m.PodCIDR}, {"service_cidr", compliance.DefaultServiceCIDR, m.ServiceCIDR}} {
		text := network.otherwise
		if known(network.value) {
			text = network.value.ValueString()
		}
		if prefix, err := netip.ParsePrefix(text); err == nil {
			named = append(named, compliance.NamedPrefix{Name: network.name, Prefix: prefix})
		}
	}
	return named
}

func (m *model) serviceNetwork() netip.Prefix {
	text := compliance.DefaultServiceCIDR
	if known(m.ServiceCIDR) {
		text = m.ServiceCIDR.ValueString()
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}

// checkOverlaps judges the cluster's networks with each other, with others given and with the range that Kapsule keeps.
func checkOverlaps(networks []compliance.NamedPrefix, diags *diag.Diagnostics, others ...compliance.NamedPrefix) {
	for _, overlap := range compliance.Overlaps(append(append(networks, compliance.Reserved()), others...)) {
		at := path.Empty()
		for _, end := range []compliance.NamedPrefix{overlap.B, overlap.A} {
			if end.Name == "pod_cidr" || end.Name == "service_cidr" {
				at = path.Root(end.Name)
			}
		}
		if at.Equal(path.Empty()) {
			at = path.Root("private_network_id")
		}
		framework.Refuse(diags, at, framework.Refusal{
			Summary: "Two networks of the cluster overlap", Found: overlap.String(),
			Allowed: "ranges that share no address with each other, the Private Network or " + compliance.Reserved().String(),
			Fix:     "Choose another range. The networks of a cluster cannot be changed once it exists.",
		})
	}
}

// checkCreate refuses what the API's facts show of a cluster that does not exist yet, all findings at once. Unknown inputs
// are passed over: they are checked in the plan that precedes the apply, and again in Create. It fills what is computed
// at plan.
func (r *clusterResource) checkCreate(ctx context.Context, m *model, diags *diag.Diagnostics) {
	if m.ProjectID.IsUnknown() && r.provider.API.DefaultProjectID() != "" {
		m.ProjectID = types.StringValue(r.provider.API.DefaultProjectID())
	}
	r.checkVersionOffered(ctx, m, diags)
	r.checkTypeAvailable(ctx, m, diags)
	r.checkNetwork(ctx, m, diags)
	r.checkContract(ctx, diags)
}

func (r *clusterResource) checkVersionOffered(ctx context.Context, m *model, diags *diag.Diagnostics) {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	if !known(m.Version) || err != nil {
		return
	}
	versions, err := r.provider.API.Versions(ctx, scw.RegionFrPar)
	if err != nil {
		framework.Failed(diags, "Unable to read the Kubernetes versions", err)
		return
	}
	if offered := pick(versions, minor); offered != nil {
		m.setDates(ctx, minor, offered, diags)
		return
	}
	framework.Refuse(diags, path.Root("version"), framework.Refusal{
		Summary: "The Kubernetes version cannot be created", Clause: "LIF-09", Found: m.Version.ValueString(),
		Allowed: minors(versions), Fix: "Set `version` to a minor that the API offers.",
	})
}

func (r *clusterResource) checkTypeAvailable(ctx context.Context, m *model, diags *diag.Diagnostics) {
	if !known(m.Type) {
		return
	}
	offers, err := r.provider.API.ClusterTypes(ctx, scw.RegionFrPar)
	if err != nil {
		framework.Failed(diags, "Unable to read the control plane offers", err)
		return
	}
	allowed := []string{}
	for _, offer := range offers {
		if compliance.ClusterType(offer.Name) != nil {
			continue
		}
		if offer.Availability != k8s.ClusterTypeAvailabilityShortage {
			allowed = append(allowed, offer.Name)
		}
		if offer.Name == m.Type.ValueString() && offer.Availability == k8s.ClusterTypeAvailabilityScarce {
			framework.Warn(diags, path.Root("type"), framework.Refusal{
				Summary: "The control plane offer is scarce", Found: offer.Name + " is scarce in fr-par",
				Fix: "Apply soon, or choose another offer.",
			})
		}
	}
	if !slices.Contains(allowed, m.Type.ValueString()) {
		framework.Refuse(diags, path.Root("type"), framework.Refusal{
			Summary: "The control plane offer is not available", Found: m.Type.ValueString() + " is out of stock in fr-par or not offered",
			Allowed: list(allowed), Fix: "Choose an offer that is available, or apply again later.",
		})
	}
}

func (r *clusterResource) checkNetwork(ctx context.Context, m *model, diags *diag.Diagnostics) {
	at := path.Root("private_network_id")
	if !known(m.PrivateNetworkID) {
		return
	}
	id := framework.BareID(m.PrivateNetworkID.ValueString())
	network, err := r.provider.API.PrivateNetwork(ctx, scw.RegionFrPar, id)
	if scaleway.IsNotFound(err) {
		framework.Refuse(diags, at, framework.Refusal{
			Summary: "The Private Network does not exist in Paris", Clause: "HDS-RES-02",
			Found: "no Private Network " + id + " in fr-par", Allowed: "a Private Network of fr-par in the cluster's Project",
			Fix: "Correct the id, or create the Private Network in fr-par first.",
		})
		return
	}
	if err != nil {
		framework.Failed(diags, "Unable to read the Private Network", err)
		return
	}
	if known(m.ProjectID) && network.ProjectID != m.ProjectID.ValueString() {
		framework.Refuse(diags, at, framework.Refusal{
			Summary: "The Private Network is in another Project", Clause: "HDS-CTR-02",
			Found: "Private Network " + id + " in Project " + network.ProjectID, Allowed: "a Private Network of Project " + m.ProjectID.ValueString(),
			Fix: "Choose a Private Network of the cluster's Project, or set `project_id` to the network's.",
		})
	}
	subnets := []compliance.NamedPrefix{}
	for _, subnet := range network.Subnets {
		if prefix, err := netip.ParsePrefix(subnet.Subnet.String()); err == nil {
			subnets = append(subnets, compliance.NamedPrefix{Name: "the Private Network", Prefix: prefix})
		}
	}
	// What overlaps without the Private Network is the configuration's own fault and already refused.
	var without, with diag.Diagnostics
	checkOverlaps(m.networks(), &without)
	checkOverlaps(m.networks(), &with, subnets...)
	for _, found := range with {
		if !without.Contains(found) {
			diags.Append(found)
		}
	}
}

// checkContract asks the API whether the contract is signed, where its type and name are known.
func (r *clusterResource) checkContract(ctx context.Context, diags *diag.Diagnostics) {
	contract := r.provider.Contract
	if contract == nil || contract.Type == "" {
		return
	}
	named := fmt.Sprintf("contract %q of type %q", contract.Name, contract.Type)
	signed, created, err := r.provider.API.CheckContract(ctx, r.provider.API.OrganizationID(), contract.Type, contract.Name)
	switch {
	case scaleway.IsForbidden(err):
		diags.AddWarning("The signature of the HDS contract could not be checked", framework.Refusal{
			Clause: "HDS-CTR-01", Found: "the API key may not read the contract signatures of the Organization",
			Fix: "The reference " + contract.Reference + " stands as your attestation. Grant the key read access to contract signatures to have it checked.",
		}.Detail())
	case err != nil:
		framework.Failed(diags, "Unable to check the HDS contract", err)
	case !signed:
		found := named + " is not known to the Organization"
		if created {
			found = named + " is created but not signed"
		}
		diags.AddError("The HDS contract is not signed", framework.Refusal{
			Clause: "HDS-CTR-01", Found: found, Allowed: "a contract that the Organization has signed",
			Fix: "Sign the contract in the Scaleway console, or correct `type` and `name` in the provider's `hds_contract`.",
		}.Detail())
	}
}

// checkName refuses a name that is taken: a cluster made by an apply that was killed, or by somebody else.
func (r *clusterResource) checkName(ctx context.Context, m *model, diags *diag.Diagnostics) {
	if !known(m.Name) || !known(m.ProjectID) {
		return
	}
	clusters, err := r.provider.API.Clusters(ctx, scw.RegionFrPar, scaleway.ClusterFilter{Name: m.Name.ValueString(), ProjectID: m.ProjectID.ValueString()})
	if err != nil {
		framework.Failed(diags, "Unable to look for clusters of that name", err)
		return
	}
	for _, cluster := range clusters {
		refuseName(cluster.Name, cluster.ID, string(cluster.Status), diags)
	}
}

func refuseName(name, id, status string, diags *diag.Diagnostics) {
	framework.Refuse(diags, path.Root("name"), framework.Refusal{
		Summary: "A cluster of that name exists already",
		Found:   fmt.Sprintf("cluster %s, %q, status %s", scaleway.JoinID(scw.RegionFrPar, id), name, status),
		Allowed: "a name that is free in the Project",
		Fix: fmt.Sprintf(`If it is this resource's cluster, left by an apply that was interrupted, take it over:

import {
  to = srm_hds_cluster.NAME
  id = "%s"
}

If Terraform says that the resource is tainted, run "terraform untaint srm_hds_cluster.NAME" instead. With create_before_destroy, leave that out: two clusters of a Project do not share a name. If it is another cluster, choose another name.`,
			scaleway.JoinID(scw.RegionFrPar, id)),
	})
}

// pick is the highest patch of a minor, nil where the API offers none.
func pick(versions []*k8s.Version, minor lifecycle.Minor) *k8s.Version {
	names := make([]string, 0, len(versions))
	for _, version := range versions {
		names = append(names, version.Name)
	}
	name, ok := lifecycle.HighestPatch(names, minor)
	if !ok {
		return nil
	}
	return versions[slices.Index(names, name)]
}

func minors(versions []*k8s.Version) string {
	names := make([]string, 0, len(versions))
	for _, version := range versions {
		names = append(names, version.Name)
	}
	found := []string{}
	for _, minor := range lifecycle.Minors(names) {
		found = append(found, minor.String())
	}
	return list(found)
}

func list(values []string) string {
	if len(values) == 0 {
		return "none at present"
	}
	return strings.Join(values, ", ")
}
