package cluster

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func hds() variant {
	return variant{
		resourceType:      "srm_hds_cluster",
		name:              "HDS cluster",
		regionDescription: "Region, always fr-par.",
		accessClause:      "HDS-CTR-03",
		hasPrivateNetwork: true,
		schema:            hdsSchema,
		newModel:          func() model { return &hdsModel{} },
		checkType:         compliance.CheckClusterType,
		defaultRegion:     func(*tfkit.Provider) scw.Region { return scw.Region(compliance.Region) },
		checkRegion:       compliance.CheckRegion,
		moveObstacles:     hdsMoveObstacles,
		movable: fmt.Sprintf(
			"a Kapsule cluster in %s on a Private Network, with the CNI %s; updates change its offer, "+
				"its version, auto-upgrade and the allow-list in place",
			compliance.Region,
			tfkit.CodeList(cnis()),
		),
	}
}

// hdsModel is the Terraform model of srm_hds_cluster.
type hdsModel struct {
	commonModel

	PrivateNetworkID  types.String `tfsdk:"private_network_id"`
	ContractReference types.String `tfsdk:"contract_reference"`
}

func (m *hdsModel) desired(ctx context.Context, diags *diag.Diagnostics) operations.Desired {
	desired := m.commonModel.desired(ctx, diags)
	desired.PrivateNetworkID = tfkit.BareID(m.PrivateNetworkID.ValueString())
	return desired
}

func (m *hdsModel) refresh(ctx context.Context, cluster *k8s.Cluster, diags *diag.Diagnostics) {
	m.commonModel.refresh(ctx, cluster, diags)
	network := ""
	if cluster.PrivateNetworkID != nil {
		network = scaleway.JoinID(cluster.Region, *cluster.PrivateNetworkID)
	}
	m.PrivateNetworkID = tfkit.KeepSpelling(m.PrivateNetworkID, network, tfkit.BareID)
}

func (m *hdsModel) network() string { return m.PrivateNetworkID.ValueString() }

func (m *hdsModel) immutableAttributes(state model) []immutableAttribute {
	before, _ := state.(*hdsModel)
	return []immutableAttribute{{"private_network_id", m.PrivateNetworkID, before.PrivateNetworkID}}
}

// setContract sets contract_reference, and refuses a provider configuration without a signed HDS contract.
func (m *hdsModel) setContract(p *tfkit.Provider, diags *diag.Diagnostics) {
	if p.Contract == nil {
		tfkit.AddError(diags, path.Empty(), tfkit.Problem{
			Summary: "No HDS contract is declared", Clause: "HDS-CTR-01", Found: "a provider block without " +
				"`hds_contract`",
			Allowed: "the reference and the date of the contract that the Organization has signed",
			Fix: "Sign the HDS contract with Scaleway, then add to the provider block: hds_contract = { reference = " +
				"\"…\", signed_on = \"2026-01-15\" }",
		})
		return
	}
	if day, err := time.Parse(
		time.DateOnly, p.Contract.SignedOn,
	); err == nil && !compliance.HasDayBegun(day, p.Now()) {
		tfkit.AddError(diags, path.Empty(), tfkit.Problem{
			Summary: "The HDS contract is not signed yet", Clause: "HDS-CTR-01",
			Found: fmt.Sprintf(
				"signed_on is %s, today is %s", p.Contract.SignedOn,
				p.Now().UTC().Format(time.DateOnly),
			),
			Allowed: "today or an earlier day", Fix: "Correct `signed_on` in the provider's `hds_contract`, or " +
				"create the cluster once the contract is signed.",
		})
	}
	m.ContractReference = types.StringValue(p.Contract.Reference)
}

func (m *hdsModel) checkOwnCreate(ctx context.Context, p *tfkit.Provider, report tfkit.Reporter) {
	m.checkNetwork(ctx, p, report)
	checkContract(ctx, p, report)
}

// checkNetwork reports a Private Network that does not exist, that is in another Project, or whose subnets overlap with
// networks of the cluster.
func (m *hdsModel) checkNetwork(ctx context.Context, p *tfkit.Provider, report tfkit.Reporter) {
	at := path.Root("private_network_id")
	if !tfkit.HasValue(m.PrivateNetworkID) {
		return
	}
	id := tfkit.BareID(m.PrivateNetworkID.ValueString())
	network, err := p.API.PrivateNetwork(ctx, scw.RegionFrPar, id)
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
	if tfkit.HasValue(m.ProjectID) && network.ProjectID != m.ProjectID.ValueString() {
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
	// checkConfiguration has already reported the overlaps that do not involve the Private Network.
	var alreadyReported, overlaps diag.Diagnostics
	hds().checkOverlaps(m.networks(), &alreadyReported)
	hds().checkOverlaps(m.networks(), &overlaps, subnets...)
	report.ReportDiagnostics(slices.DeleteFunc(overlaps, alreadyReported.Contains))
}

// checkContract reports a contract that is not signed. It does nothing if the provider has no type and name of the
// contract.
func checkContract(ctx context.Context, p *tfkit.Provider, report tfkit.Reporter) {
	contract := p.Contract
	if contract == nil || contract.Type == "" {
		return
	}
	description := fmt.Sprintf("contract %q of type %q", contract.Name, contract.Type)
	signed, created, err := p.API.CheckContract(
		ctx, p.API.OrganizationID(), contract.Type, contract.Name,
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

// sharedKapsuleType is the shared Kapsule offer. An update changes it to a dedicated offer in place.
const sharedKapsuleType = "kapsule"

// hdsMoveObstacles returns the properties of a cluster that rule out a move because no update in place can change them.
func hdsMoveObstacles(cluster *k8s.Cluster) []string {
	reasons := []string{}
	if compliance.CheckRegion(string(cluster.Region)) != nil {
		reasons = append(reasons, fmt.Sprintf("region %s (HDS-RES-01)", cluster.Region))
	}
	if cluster.Type != sharedKapsuleType && compliance.CheckClusterType(cluster.Type) != nil {
		reasons = append(reasons, fmt.Sprintf("offer %q, which is not a Kapsule offer (HDS-SCP-01)", cluster.Type))
	}
	if cluster.PrivateNetworkID == nil {
		reasons = append(reasons, "no Private Network (HDS-RES-02)")
	}
	if !slices.Contains(cnis(), string(cluster.Cni)) {
		reasons = append(reasons, fmt.Sprintf("CNI %q", cluster.Cni))
	}
	return reasons
}
