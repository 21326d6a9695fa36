package cluster

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// checkConfiguration adds errors that depend on the configuration only, such as an API server that is open to the world
// or networks that overlap.
func (v variant) checkConfiguration(ctx context.Context, m *commonModel, diags *diag.Diagnostics) {
	if ranges, ok := m.decodeAllowList(ctx, diags); ok {
		v.checkAllowList(ranges, diags)
	}
	checkOIDC(ctx, m, diags)
	tfkit.CheckTimeouts(ctx, m.Timeouts, diags)
	v.checkOverlaps(m.networks(), diags)
	if service := m.serviceNetwork(); tfkit.HasValue(m.ServiceDNSIP) && service.IsValid() {
		_, err := compliance.CheckServiceDNS(m.ServiceDNSIP.ValueString(), service)
		tfkit.AddCheckError(diags, path.Root("service_dns_ip"), err)
	}
}

// networks returns the pod and Service ranges: the configured ones if known, and otherwise the API's defaults.
func (m *commonModel) networks() []compliance.NamedPrefix {
	named := []compliance.NamedPrefix{}
	for _, network := range []struct {
		name, defaultValue string
		value              types.String
	}{
		{"pod_cidr", compliance.DefaultPodCIDR, m.PodCIDR}, {
			"service_cidr", compliance.DefaultServiceCIDR, m.ServiceCIDR,
		},
	} {
		text := network.defaultValue
		if tfkit.HasValue(network.value) {
			text = network.value.ValueString()
		}
		if prefix, err := netip.ParsePrefix(text); err == nil {
			named = append(named, compliance.NamedPrefix{Name: network.name, Prefix: prefix})
		}
	}
	return named
}

func (m *commonModel) serviceNetwork() netip.Prefix {
	text := compliance.DefaultServiceCIDR
	if tfkit.HasValue(m.ServiceCIDR) {
		text = m.ServiceCIDR.ValueString()
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}

// checkOverlaps adds an error for each overlap among the cluster's networks, other networks and the range reserved by
// Scaleway.
func (v variant) checkOverlaps(
	networks []compliance.NamedPrefix, diags *diag.Diagnostics, others ...compliance.NamedPrefix,
) {
	for _, overlap := range compliance.FindOverlaps(append(append(networks, compliance.ReservedRange()), others...)) {
		at := path.Empty()
		for _, end := range []compliance.NamedPrefix{overlap.B, overlap.A} {
			if end.Name == "pod_cidr" || end.Name == "service_cidr" {
				at = path.Root(end.Name)
			}
		}
		if at.Equal(path.Empty()) {
			at = path.Root("private_network_id")
		}
		tfkit.AddError(diags, at, tfkit.Problem{
			Summary: "Two networks of the cluster overlap",
			Found:   overlap.String(),
			Allowed: "ranges that share no address with each other" + v.privateNetworkText() + " or " +
				compliance.ReservedRange().
					String(),
			Fix: "Choose another range. The networks of a cluster cannot be changed after its creation.",
		})
	}
}

func (v variant) privateNetworkText() string {
	if v.hasPrivateNetwork {
		return ", the Private Network"
	}
	return ""
}

// checkCreate checks a new cluster against the versions and offers of the API, reports all problems at once, and sets
// the attributes that are computed at plan. It skips unknown values; Create checks again. report receives the errors of
// reading the API and the problems of other objects.
func (v variant) checkCreate(
	ctx context.Context, p *tfkit.Provider, plan model, report tfkit.Reporter, diags *diag.Diagnostics,
) {
	m := plan.common()
	if tfkit.HasValue(m.Name) {
		tfkit.AddCheckError(diags, path.Root("name"), compliance.CheckNoSpaces("cluster", m.Name.ValueString()))
	}
	if m.clusterRegion() != "" {
		v.checkVersionOffered(ctx, p, m, report, diags)
		v.checkTypeAvailable(ctx, p, m, report, diags)
	}
	plan.checkOwnCreate(ctx, p, report)
}

// planDefaultProject plans the provider's default Project if the configuration has none.
func (m *commonModel) planDefaultProject(
	ctx context.Context,
	p *tfkit.Provider,
	config tfsdk.Config,
	diags *diag.Diagnostics,
) {
	var configured types.String
	diags.Append(config.GetAttribute(ctx, path.Root("project_id"), &configured)...)
	if configured.IsNull() && m.ProjectID.IsUnknown() && p.API.DefaultProjectID() != "" {
		m.ProjectID = types.StringValue(p.API.DefaultProjectID())
	}
}

func (v variant) checkVersionOffered(
	ctx context.Context, p *tfkit.Provider, m *commonModel, report tfkit.Reporter, diags *diag.Diagnostics,
) {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	if !tfkit.HasValue(m.Version) || err != nil {
		return
	}
	versions, err := p.API.Versions(ctx, m.clusterRegion())
	if err != nil {
		report.ReportAPIError("Unable to read the Kubernetes versions", err)
		return
	}
	if offered := scaleway.HighestPatch(versions, minor); offered != nil {
		m.setVersionDates(ctx, minor, offered, diags)
		checkFeatures(m, nil, offered, diags)
		checkCNI(m, offered, diags)
		return
	}
	tfkit.AddError(diags, path.Root("version"), tfkit.Problem{
		Summary: "The Kubernetes version is not available for new clusters", Clause: "LIF-09",
		Found:   m.Version.ValueString(),
		Allowed: scaleway.JoinMinors(versions), Fix: "Set `version` to a minor that the API offers.",
	})
}

func (v variant) checkTypeAvailable(
	ctx context.Context, p *tfkit.Provider, m *commonModel, report tfkit.Reporter, diags *diag.Diagnostics,
) {
	if !tfkit.HasValue(m.Type) {
		return
	}
	region := m.clusterRegion()
	offers, err := p.API.ClusterTypes(ctx, region)
	if err != nil {
		report.ReportAPIError("Unable to read the control plane offers", err)
		return
	}
	allowed := []string{}
	for _, offer := range offers {
		if v.checkType(offer.Name) != nil {
			continue
		}
		if offer.Availability != k8s.ClusterTypeAvailabilityShortage {
			allowed = append(allowed, offer.Name)
		}
		if offer.Name == m.Type.ValueString() && offer.Availability == k8s.ClusterTypeAvailabilityScarce {
			tfkit.AddWarning(diags, path.Root("type"), tfkit.Problem{
				Summary: "The control plane offer is scarce", Found: offer.Name + " is scarce in " + string(region),
				Fix: "Apply soon, or choose another offer.",
			})
		}
	}
	if !slices.Contains(allowed, m.Type.ValueString()) {
		tfkit.AddError(diags, path.Root("type"), tfkit.Problem{
			Summary: "The control plane offer is not available", Found: m.Type.ValueString() + " is out of stock in " +
				string(region) + " or not offered",
			Allowed: joinOrNone(allowed), Fix: "Choose an offer that is available, or apply again later.",
		})
	}
}

// checkName checks at plan whether a cluster with the name of a new one exists. If this process has read that cluster
// from the state, the plan replaces it: checkName refuses that under deletion protection, and otherwise warns about
// what is destroyed. Any other cluster was created by an apply that was killed, or outside Terraform; Create checks
// again. A CLI plans the replacement of a tainted cluster as a create without private state, so that only the clusters
// read by this process tell the two cases apart.
func (v variant) checkName(ctx context.Context, p *tfkit.Provider, m *commonModel, diags *diag.Diagnostics) {
	report := tfkit.NewPlanReporter(diags)
	region := m.clusterRegion()
	if !tfkit.HasValue(m.Name) || !tfkit.HasValue(m.ProjectID) || region == "" {
		return
	}
	clusters, err := p.API.Clusters(
		ctx, region, scaleway.ClusterFilter{Name: m.Name.ValueString(), ProjectID: m.ProjectID.ValueString()},
	)
	if err != nil {
		report.ReportAPIError("Unable to list the clusters of that name", err)
		return
	}
	for _, cluster := range clusters {
		if state, ok := p.Clusters.Get(cluster.ID); ok {
			v.checkReplacement(ctx, p, state, diags)
			continue
		}
		v.reportNameTaken(region, cluster.Name, cluster.ID, string(cluster.Status), report)
		v.warnAboutOpenCluster(ctx, p, cluster, diags)
	}
}

// checkReplacement refuses to replace a cluster under deletion protection, and otherwise warns about what is destroyed.
func (v variant) checkReplacement(
	ctx context.Context, p *tfkit.Provider, state tfkit.ClusterState, diags *diag.Diagnostics,
) {
	if state.Protected {
		refuseProtected("The cluster would be replaced", state.Name, diags)
		return
	}
	region, uuid, err := scaleway.SplitID(state.ID, "")
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to read the cluster that would be replaced", err)
		return
	}
	v.warnAboutDestroy(state, readImpact(ctx, p, operations.Ref{Region: region, UUID: uuid}), diags)
}

// warnAboutOpenCluster warns about a cluster outside the state whose API server is open to the world, for example after
// a create that was killed. It ignores an error of reading the allow-list, such as a missing permission.
func (v variant) warnAboutOpenCluster(
	ctx context.Context,
	p *tfkit.Provider,
	cluster *k8s.Cluster,
	diags *diag.Diagnostics,
) {
	rules, err := p.API.AllowList(ctx, cluster.Region, cluster.ID)
	if err != nil {
		return
	}
	if open, why := compliance.IsOpenToWorld(tfkit.ParseAllowList(rules).Ranges); open {
		tfkit.AddWarning(diags, path.Root("name"), tfkit.Problem{
			Summary: "The API server of the existing cluster is open to the world", Clause: v.accessClause,
			Found:   fmt.Sprintf("cluster %s, %q: %s", scaleway.JoinID(cluster.Region, cluster.ID), cluster.Name, why),
			Allowed: "ranges that do not cover the whole address space",
			Fix: "Import the cluster and apply, which sets its allow-list. Or restrict its allow-list or delete it " +
				"in the console.",
		})
	}
}

func (v variant) reportNameTaken(region scw.Region, name, id, status string, report tfkit.Reporter) {
	report.Report(path.Root("name"), tfkit.Problem{
		Summary: "A cluster of this name already exists",
		Found:   fmt.Sprintf("cluster %s, %q, status %s", scaleway.JoinID(region, id), name, status),
		Allowed: "a name that is not in use in the Project",
		Fix: fmt.Sprintf(`If an interrupted apply of this resource created the cluster, import it:

import {
  to = %[1]s.NAME
  id = "%[2]s"
}

If the resource is tainted, run "terraform untaint %[1]s.NAME" instead. If it has create_before_destroy, remove that:
cluster names are unique in a Project. If it is another cluster, choose another name.`,
			v.resourceType, scaleway.JoinID(region, id)),
	})
}

// joinOrNone joins values for a sentence.
func joinOrNone(values []string) string {
	if len(values) == 0 {
		return "none at present"
	}
	return strings.Join(values, ", ")
}
