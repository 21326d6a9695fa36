package hdscluster

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusters"
)

func kind() clusters.Kind {
	return clusters.Kind{
		Resource: "srm_hds_cluster", Name: "HDS cluster", AccessClause: "HDS-CTR-03",
		CheckType:         compliance.CheckClusterType,
		HasPrivateNetwork: true,
	}
}

// checkCreate checks a planned cluster against the API and reports all problems at once. A version or an offer that the
// API does not have is an error; a problem of another object goes to report.
func (r *clusterResource) checkCreate(ctx context.Context, m *model, report tfkit.Reporter, diags *diag.Diagnostics) {
	kind().CheckCreate(ctx, r.provider, &m.Model, report, diags)
	r.checkNetwork(ctx, m, report)
	r.checkContract(ctx, report)
}

// checkNetwork reports a Private Network that does not exist, that is in another Project, or whose subnets overlap with
// networks of the cluster.
func (r *clusterResource) checkNetwork(ctx context.Context, m *model, report tfkit.Reporter) {
	at := path.Root("private_network_id")
	if !clusters.HasValue(m.PrivateNetworkID) {
		return
	}
	id := tfkit.BareID(m.PrivateNetworkID.ValueString())
	network, err := r.provider.API.PrivateNetwork(ctx, scw.RegionFrPar, id)
	if scaleway.IsNotFound(err) {
		report.Report(at, tfkit.Problem{
			Summary: "The Private Network does not exist in Paris", Clause: "HDS-RES-02",
			Found: "no Private Network " + id + " in fr-par", Allowed: "a Private Network in fr-par in the cluster's " +
				"Project",
			Fix: "Correct the id, or create the Private Network in fr-par first.",
		})
		return
	}
	if err != nil {
		report.ReportAPIError("Unable to read the Private Network", err)
		return
	}
	if clusters.HasValue(m.ProjectID) && network.ProjectID != m.ProjectID.ValueString() {
		report.Report(at, tfkit.Problem{
			Summary: "The Private Network is in another Project", Clause: "HDS-CTR-02",
			Found: "Private Network " + id + " in Project " + network.ProjectID, Allowed: "a Private Network of " +
				"Project " +
				m.ProjectID.ValueString(),
			Fix: "Choose a Private Network of the cluster's Project, or set `project_id` to the Project of the " +
				"network.",
		})
	}
	subnets := []compliance.NamedPrefix{}
	for _, subnet := range network.Subnets {
		if prefix, err := netip.ParsePrefix(subnet.Subnet.String()); err == nil {
			subnets = append(subnets, compliance.NamedPrefix{Name: "the Private Network", Prefix: prefix})
		}
	}
	// CheckConfiguration has already reported the overlaps that do not involve the Private Network.
	var alreadyReported, overlaps diag.Diagnostics
	kind().CheckOverlaps(m.Networks(), &alreadyReported)
	kind().CheckOverlaps(m.Networks(), &overlaps, subnets...)
	report.ReportDiagnostics(slices.DeleteFunc(overlaps, alreadyReported.Contains))
}

// checkContract reports a contract that is not signed. It does nothing if the provider has no type and name of the
// contract.
func (r *clusterResource) checkContract(ctx context.Context, report tfkit.Reporter) {
	contract := r.provider.Contract
	if contract == nil || contract.Type == "" {
		return
	}
	description := fmt.Sprintf("contract %q of type %q", contract.Name, contract.Type)
	signed, created, err := r.provider.API.CheckContract(
		ctx, r.provider.API.OrganizationID(), contract.Type, contract.Name,
	)
	switch {
	case scaleway.IsForbidden(err):
		report.AddWarning(path.Empty(), tfkit.Problem{
			Summary: "Unable to check whether the HDS contract is signed", Clause: "HDS-CTR-01",
			Found: "the API key may not read the contract signatures of the Organization",
			Fix: "No action needed: the reference " + contract.Reference + " counts as the attestation. To let the " +
				"provider check the signature, grant the API key read access to contract signatures " +
				"(OrganizationReadOnly).",
		})
	case err != nil:
		report.ReportAPIError("Unable to check the HDS contract", err)
	case !signed:
		found := description + " does not exist in the Organization"
		if created {
			found = description + " exists but is not signed"
		}
		report.Report(path.Empty(), tfkit.Problem{
			Summary: "The HDS contract is not signed", Clause: "HDS-CTR-01", Found: found,
			Allowed: "a contract that the Organization has signed",
			Fix: "Sign the contract in the Scaleway console, or correct `type` and `name` in the provider's " +
				"`hds_contract`.",
		})
	}
}

// checkNetworkID refuses a malformed id and an id of another region than fr-par.
func checkNetworkID(id string) error {
	region, _, err := scaleway.SplitID(id, scw.RegionFrPar)
	if err != nil {
		return err
	}
	if region != scw.RegionFrPar {
		return &compliance.Problem{
			Rule: compliance.RuleFor("HDS-RES-02"), Summary: "The Private Network is not in Paris",
			Found: "region " + string(region), Allowed: "fr-par", Fix: "Choose a Private Network in fr-par.",
		}
	}
	return nil
}
