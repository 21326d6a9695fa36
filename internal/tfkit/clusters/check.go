package clusters

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

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// CheckConfiguration refuses what the configuration alone shows: an API server open to the world, networks that
// overlap.
func (k Kind) CheckConfiguration(ctx context.Context, m *Model, diags *diag.Diagnostics) {
	if ranges, ok := m.ranges(ctx, diags); ok {
		k.checkAllowList(ranges, diags)
	}
	checkOIDC(ctx, m, diags)
	tfkit.CheckTimeouts(ctx, m.Timeouts, diags)
	k.CheckOverlaps(m.Networks(), diags)
	if service := m.serviceNetwork(); Known(m.ServiceDNSIP) && service.IsValid() {
		_, err := compliance.CheckServiceDNS(m.ServiceDNSIP.ValueString(), service)
		tfkit.RefuseError(diags, path.Root("service_dns_ip"), err)
	}
}

// Networks are the pod and Service ranges that are known, the API's defaults where none are configured.
func (m *Model) Networks() []compliance.NamedPrefix {
	named := []compliance.NamedPrefix{}
	for _, network := range []struct {
		name, otherwise string
		value           types.String
	}{{"pod_cidr", compliance.DefaultPodCIDR, m.PodCIDR}, {"service_cidr", compliance.DefaultServiceCIDR, m.ServiceCIDR}} {
		text := network.otherwise
		if Known(network.value) {
			text = network.value.ValueString()
		}
		if prefix, err := netip.ParsePrefix(text); err == nil {
			named = append(named, compliance.NamedPrefix{Name: network.name, Prefix: prefix})
		}
	}
	return named
}

func (m *Model) serviceNetwork() netip.Prefix {
	text := compliance.DefaultServiceCIDR
	if Known(m.ServiceCIDR) {
		text = m.ServiceCIDR.ValueString()
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}

// CheckOverlaps judges the cluster's networks with each other, with others given and with the range that Scaleway
// keeps.
func (k Kind) CheckOverlaps(
	networks []compliance.NamedPrefix, diags *diag.Diagnostics, others ...compliance.NamedPrefix,
) {
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
		tfkit.Refuse(diags, at, tfkit.Refusal{
			Summary: "Two networks of the cluster overlap", Found: overlap.String(),
			Allowed: "ranges that share no address with each other" + k.besides() + " or " + compliance.Reserved().String(),
			Fix:     "Choose another range. The networks of a cluster cannot be changed once it exists.",
		})
	}
}

func (k Kind) besides() string {
	if k.PrivateNetwork {
		return ", the Private Network"
	}
	return ""
}

// CheckCreate refuses what the API's facts show of a cluster that does not exist yet, all findings at once. Unknown
// inputs are passed over: they are checked in the plan that precedes the apply, and again in Create. It fills what is
// computed at plan. A catalogue that cannot be read is for report.
func (k Kind) CheckCreate(
	ctx context.Context, p *tfkit.Provider, m *Model, report tfkit.Reporter, diags *diag.Diagnostics,
) {
	if Known(m.Name) {
		tfkit.RefuseError(diags, path.Root("name"), compliance.CheckBlanks("cluster", m.Name.ValueString()))
	}
	if m.Place() == "" {
		return
	}
	k.checkVersionOffered(ctx, p, m, report, diags)
	k.checkTypeAvailable(ctx, p, m, report, diags)
}

// PlanProject plans the provider's Project where the configuration names none.
func (m *Model) PlanProject(ctx context.Context, p *tfkit.Provider, config tfsdk.Config, diags *diag.Diagnostics) {
	var configured types.String
	diags.Append(config.GetAttribute(ctx, path.Root("project_id"), &configured)...)
	if configured.IsNull() && m.ProjectID.IsUnknown() && p.API.DefaultProjectID() != "" {
		m.ProjectID = types.StringValue(p.API.DefaultProjectID())
	}
}

func (k Kind) checkVersionOffered(
	ctx context.Context, p *tfkit.Provider, m *Model, report tfkit.Reporter, diags *diag.Diagnostics,
) {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	if !Known(m.Version) || err != nil {
		return
	}
	versions, err := p.API.Versions(ctx, m.Place())
	if err != nil {
		report.ReportAPIError("Unable to read the Kubernetes versions", err)
		return
	}
	if offered := pick(versions, minor); offered != nil {
		m.SetDates(ctx, minor, offered, diags)
		checkFeatures(m, nil, offered, diags)
		checkCNI(m, offered, diags)
		return
	}
	tfkit.Refuse(diags, path.Root("version"), tfkit.Refusal{
		Summary: "The Kubernetes version cannot be created", Clause: "LIF-09", Found: m.Version.ValueString(),
		Allowed: minors(versions), Fix: "Set `version` to a minor that the API offers.",
	})
}

func (k Kind) checkTypeAvailable(
	ctx context.Context, p *tfkit.Provider, m *Model, report tfkit.Reporter, diags *diag.Diagnostics,
) {
	if !Known(m.Type) {
		return
	}
	region := m.Place()
	offers, err := p.API.ClusterTypes(ctx, region)
	if err != nil {
		report.ReportAPIError("Unable to read the control plane offers", err)
		return
	}
	allowed := []string{}
	for _, offer := range offers {
		if k.Type(offer.Name) != nil {
			continue
		}
		if offer.Availability != k8s.ClusterTypeAvailabilityShortage {
			allowed = append(allowed, offer.Name)
		}
		if offer.Name == m.Type.ValueString() && offer.Availability == k8s.ClusterTypeAvailabilityScarce {
			tfkit.Warn(diags, path.Root("type"), tfkit.Refusal{
				Summary: "The control plane offer is scarce", Found: offer.Name + " is scarce in " + string(region),
				Fix: "Apply soon, or choose another offer.",
			})
		}
	}
	if !slices.Contains(allowed, m.Type.ValueString()) {
		tfkit.Refuse(diags, path.Root("type"), tfkit.Refusal{
			Summary: "The control plane offer is not available", Found: m.Type.ValueString() + " is out of stock in " +
				string(region) + " or not offered",
			Allowed: List(allowed), Fix: "Choose an offer that is available, or apply again later.",
		})
	}
}

// CheckName looks at plan for clusters that have the name of a new one. A cluster that is in the state is replaced:
// that is refused under deletion protection, and else the plan says what is destroyed. Another one was created by an
// apply that was killed, or outside Terraform; Create checks again. A CLI that replaces a tainted cluster plans a
// create without private state, so that only what this process has read tells the two apart.
func (k Kind) CheckName(
	ctx context.Context, p *tfkit.Provider, m *Model, read ReadStorage, diags *diag.Diagnostics,
) {
	report := tfkit.AtPlan(diags)
	region := m.Place()
	if !Known(m.Name) || !Known(m.ProjectID) || region == "" {
		return
	}
	clusters, err := p.API.Clusters(
		ctx, region, scaleway.ClusterFilter{Name: m.Name.ValueString(), ProjectID: m.ProjectID.ValueString()},
	)
	if err != nil {
		report.ReportAPIError("Unable to look for clusters of that name", err)
		return
	}
	for _, cluster := range clusters {
		if state, ok := p.Clusters.Get(cluster.ID); ok {
			k.checkReplaced(ctx, p, state, read, diags)
			continue
		}
		k.refuseName(region, cluster.Name, cluster.ID, string(cluster.Status), report)
		k.warnOfOpen(ctx, p, cluster, diags)
	}
}

// checkReplaced refuses to replace a cluster of the state under deletion protection, and else says what is destroyed.
func (k Kind) checkReplaced(
	ctx context.Context, p *tfkit.Provider, state tfkit.ClusterState, read ReadStorage, diags *diag.Diagnostics,
) {
	m := &Model{
		ID: types.StringValue(state.ID), Name: types.StringValue(state.Name),
		DeleteAdditionalResources: types.BoolValue(state.DeletesResources),
	}
	if state.Protected {
		RefuseProtected("The cluster would be replaced", m, diags)
		return
	}
	k.warnOfDestroy(m, state.Network, readImpact(ctx, p, m, read), diags)
}

// warnOfOpen warns of a cluster outside the state that every address reaches, as one whose create was killed. Without
// the permission to read its allow-list nothing is said.
func (k Kind) warnOfOpen(ctx context.Context, p *tfkit.Provider, cluster *k8s.Cluster, diags *diag.Diagnostics) {
	rules, err := p.API.AllowList(ctx, cluster.Region, cluster.ID)
	if err != nil {
		return
	}
	if open, why := compliance.OpenToWorld(tfkit.AllowedBy(rules).Ranges); open {
		tfkit.Warn(diags, path.Root("name"), tfkit.Refusal{
			Summary: "The API server of the existing cluster is open to the world", Clause: k.Access,
			Found:   fmt.Sprintf("cluster %s, %q: %s", scaleway.JoinID(cluster.Region, cluster.ID), cluster.Name, why),
			Allowed: "ranges that do not cover the whole address space",
			Fix:     "Import it and apply, which closes it, or close it or delete it in the console.",
		})
	}
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
	return List(found)
}

// List is values in a sentence.
func List(values []string) string {
	if len(values) == 0 {
		return "none at present"
	}
	return strings.Join(values, ", ")
}
