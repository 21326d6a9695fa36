package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

const unableToConfigure = "Unable to configure the SRM provider"

func (p *srm) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	refuseUnknown(req.Config.Raw, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	var block model
	resp.Diagnostics.Append(req.Config.Get(ctx, &block)...)
	if resp.Diagnostics.HasError() {
		return
	}
	contract := p.contract(ctx, block.Contract, &resp.Diagnostics)
	config, err := scaleway.Load(block.settings(), p.environment)
	if err != nil {
		resp.Diagnostics.AddError(unableToConfigure, explain(err))
		return
	}
	if len(config.Overridden) > 0 {
		resp.Diagnostics.AddWarning("Multiple variable sources", "Environment variables override attributes of the "+
			"provider block: "+
			strings.Join(config.Overridden, ", ")+".\nUnset the variables to use what the block says, or remove the "+
			"attributes from it.")
	}
	reach := kubernetes(ctx, block.Kubernetes, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	agent := p.agent(req.TerraformVersion)
	client, err := scaleway.New(config, agent)
	if err != nil {
		resp.Diagnostics.AddError(unableToConfigure, explain(err))
		return
	}
	if p.polling > 0 {
		client.PollInterval, client.RetryWait, reach.Interval = p.polling, p.polling, p.polling
		client.Grace = 400 * p.polling
	}
	data := &tfkit.Provider{API: client, Contract: contract, Kubernetes: reach, UserAgent: agent, Now: p.now}
	data.CLI = tfkit.CLI{
		Profile: block.Profile.ValueString(), ActiveProfile: p.environment.Getenv(scw.ScwActiveProfileEnv),
		ConfigPath: p.environment.Getenv(scw.ScwConfigPathEnv),
	}
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData = data, data, data
	resp.ActionData, resp.ListResourceData = data, data
}

// agent is what the provider calls itself to every API: a release with the commit that it was built from.
func (p *srm) agent(cli string) string {
	commit := ""
	if p.commit != "" {
		commit = fmt.Sprintf(" (commit %s)", p.commit)
	}
	return fmt.Sprintf("terraform-provider-srm/%s%s terraform/%s", p.version, commit, cli)
}

// kubernetes reads the block; what it leaves out has its default. What is not known yet is marked: resources reach no
// API server before it is known, and srm_kubeconfig, which is read at plan, refuses it.
func kubernetes(ctx context.Context, block types.Object, diags *diag.Diagnostics) tfkit.Kubernetes {
	var m kubernetesModel
	if !block.IsNull() && !block.IsUnknown() {
		diags.Append(block.As(ctx, &m, basetypes.ObjectAsOptions{})...)
	}
	return tfkit.Kubernetes{
		Unknown: block.IsUnknown() || m.Endpoint.IsUnknown() || m.Host.IsUnknown() || m.TLSServerName.IsUnknown(),
		VPC:     m.Endpoint.ValueString() == endpointVPC,
		Host:    m.Host.ValueString(), TLSServerName: m.TLSServerName.ValueString(),
		FailUnreachable: m.OnUnreachable.ValueString() == unreachableError,
	}
}

func (m model) settings() scaleway.Settings {
	return scaleway.Settings{
		AccessKey: m.AccessKey.ValueString(), SecretKey: m.SecretKey.ValueString(),
		OrganizationID: m.OrganizationID.ValueString(), ProjectID: m.ProjectID.ValueString(),
		Region: m.Region.ValueString(), Zone: m.Zone.ValueString(),
		Profile: m.Profile.ValueString(), APIURL: m.APIURL.ValueString(),
	}
}

// refuseUnknown refuses what the provider needs at plan and what Terraform does not know then: taking it for absent
// would plan with other credentials or in another region. Of the kubernetes block only srm_kubeconfig makes use at
// plan.
func refuseUnknown(config tftypes.Value, diags *diag.Diagnostics) {
	unknown := []string{}
	err := tftypes.Walk(config, func(at *tftypes.AttributePath, value tftypes.Value) (bool, error) {
		name := dotted(at)
		if name == "kubernetes" {
			return false, nil
		}
		if !value.IsKnown() {
			unknown = append(unknown, name)
			return false, nil
		}
		return true, nil
	})
	if err != nil {
		diags.AddError(unableToConfigure, "The configuration cannot be read: "+err.Error()+".")
		return
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		attribute, _, _ := strings.Cut(name, ".")
		diags.AddAttributeError(path.Root(attribute), unableToConfigure, name+" depends on a value that is not known until "+
			"apply, and the provider needs it at plan.\nUse a value that is known at plan, such as a variable, or create what "+
			"it depends on first: in a configuration of its own, or with -target.")
	}
}

// dotted writes the path of an attribute without the indices of lists.
func dotted(at *tftypes.AttributePath) string {
	names := []string{}
	for _, step := range at.Steps() {
		if name, ok := step.(tftypes.AttributeName); ok {
			names = append(names, string(name))
		}
	}
	return strings.Join(names, ".")
}

// contract reads hds_contract, and warns of what the time makes of it.
func (p *srm) contract(ctx context.Context, block types.Object, diags *diag.Diagnostics) *tfkit.Contract {
	if block.IsNull() {
		return nil
	}
	var declared contractModel
	diags.Append(block.As(ctx, &declared, basetypes.ObjectAsOptions{})...)
	if diags.HasError() {
		return nil
	}
	at := path.Root("hds_contract")
	today := p.now().UTC().Format(time.DateOnly)
	if signed := declared.SignedOn.ValueString(); signed > today {
		tfkit.Warn(diags, at.AtName("signed_on"), tfkit.Refusal{
			Summary: "The HDS contract is signed in the future", Clause: "HDS-CTR-01", Found: fmt.Sprintf("signed_on is %s, "+
				"today is %s", signed, today),
			Fix: "Correct the date, or host health data from that day on only.",
		})
	}
	if certificate := declared.Certificate; certificate != nil {
		if issued := certificate.IssuedOn.ValueString(); issued > today {
			tfkit.Warn(diags, at.AtName("certificate").AtName("issued_on"), tfkit.Refusal{
				Summary: "The HDS certificate is not valid yet", Clause: "HDS-CTR-05",
				Found: fmt.Sprintf("certificate %s is issued on %s, today is %s", certificate.Number.ValueString(), issued, today),
				Fix:   "Correct the date, or declare the certificate in force.",
			})
		}
		if expires := certificate.ExpiresOn.ValueString(); expires != "" && expires < today {
			tfkit.Warn(diags, at.AtName("certificate").AtName("expires_on"), tfkit.Refusal{
				Summary: "The HDS certificate has expired", Clause: "HDS-CTR-05",
				Found: fmt.Sprintf("certificate %s expired on %s, today is %s", certificate.Number.ValueString(), expires, today),
				Fix:   "Ask Scaleway for the certificate in force, and declare it in hds_contract.certificate.",
			})
		}
	}
	return &tfkit.Contract{
		Reference: declared.Reference.ValueString(), SignedOn: declared.SignedOn.ValueString(),
		Type: declared.Type.ValueString(), Name: declared.Name.ValueString(),
	}
}

// ValidateConfig checks what several attributes say together.
func (p *srm) ValidateConfig(
	ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse,
) {
	at := path.Root("hds_contract").AtName("certificate")
	var issued, expires types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at.AtName("issued_on"), &issued)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at.AtName("expires_on"), &expires)...)
	if issued.ValueString() == "" || expires.ValueString() == "" || issued.ValueString() <= expires.ValueString() {
		return
	}
	tfkit.Refuse(&resp.Diagnostics, at.AtName("expires_on"), tfkit.Refusal{
		Summary: "The certificate expires before it is issued",
		Found:   fmt.Sprintf("issued_on is %s, expires_on is %s", issued.ValueString(), expires.ValueString()),
		Fix:     "Exchange or correct the dates.",
	})
}

// explain says all that is wrong with the configuration, a paragraph each, then where it was looked for.
func explain(err error) string {
	found, ok := errors.AsType[*scaleway.ConfigError](err)
	if !ok {
		return tfkit.Explain(err)
	}
	var b strings.Builder
	for _, finding := range found.Findings {
		fmt.Fprintf(&b, "- %s %s.\n  Fix: %s.\n", finding.Setting, finding.Problem, finding.Fix)
	}
	if len(found.LookedAt) > 0 {
		b.WriteString("\nLooked at, in this order; for each setting on its own, the first that has it wins:\n")
		for i, source := range found.LookedAt {
			fmt.Fprintf(&b, "  %d. %s\n", i+1, source)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
