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
	contract := p.readContract(ctx, block.Contract, &resp.Diagnostics)
	config, err := scaleway.Load(block.settings(), p.environment)
	if err != nil {
		addConfigError(&resp.Diagnostics, err)
		return
	}
	if len(config.Overridden) > 0 {
		tfkit.AddWarning(&resp.Diagnostics, path.Empty(), tfkit.Problem{
			Summary: "Environment variables override attributes of the provider block",
			Found:   strings.Join(config.Overridden, ", "),
			Fix:     "Unset the variables to use the values of the block, or remove the attributes from the block.",
		})
	}
	access := readKubernetes(ctx, block.Kubernetes, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	agent := p.userAgent(req.TerraformVersion)
	client, err := scaleway.New(config, agent)
	if err != nil {
		addConfigError(&resp.Diagnostics, err)
		return
	}
	if p.polling > 0 {
		client.PollInterval, client.RetryWait, access.RetryInterval = p.polling, p.polling, p.polling
		client.RecoveryGrace = 400 * p.polling
	}
	data := &tfkit.Provider{API: client, Contract: contract, Kubernetes: access, UserAgent: agent, Now: p.now}
	data.CLI = tfkit.CLI{
		Profile: block.Profile.ValueString(), ActiveProfile: p.environment.Getenv(scw.ScwActiveProfileEnv),
		ConfigPath: p.environment.Getenv(scw.ScwConfigPathEnv),
	}
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData = data, data, data
	resp.ActionData, resp.ListResourceData = data, data
}

// userAgent returns the User-Agent of all requests. A release adds the commit that it was built from.
func (p *srm) userAgent(cli string) string {
	commit := ""
	if p.commit != "" {
		commit = fmt.Sprintf(" (commit %s)", p.commit)
	}
	return fmt.Sprintf("terraform-provider-srm/%s%s terraform/%s", p.version, commit, cli)
}

// readKubernetes reads the kubernetes block. IsUnknown is true if the block is not known yet: resources then contact no
// API server, and srm_kubeconfig, which is opened at plan, fails.
func readKubernetes(ctx context.Context, block types.Object, diags *diag.Diagnostics) tfkit.Kubernetes {
	var m kubernetesModel
	if !block.IsNull() && !block.IsUnknown() {
		diags.Append(block.As(ctx, &m, basetypes.ObjectAsOptions{})...)
	}
	return tfkit.Kubernetes{
		IsUnknown: block.IsUnknown() || m.Endpoint.IsUnknown() || m.Host.IsUnknown() || m.TLSServerName.IsUnknown(),
		UseVPC:    m.Endpoint.ValueString() == endpointVPC,
		Host:      m.Host.ValueString(), TLSServerName: m.TLSServerName.ValueString(),
		FailOnUnreachable: m.OnUnreachable.ValueString() == unreachableError,
	}
}

func (m model) settings() scaleway.Settings {
	return scaleway.Settings{
		AccessKey: m.AccessKey.ValueString(), SecretKey: m.SecretKey.ValueString(),
		OrganizationID: m.OrganizationID.ValueString(), ProjectID: m.ProjectID.ValueString(),
		Region: m.Region.ValueString(), Zone: m.Zone.ValueString(),
		Profile: m.Profile.ValueString(), APIURL: m.APIURL.ValueString(),
		ObjectStorageURL: m.StorageURL.ValueString(),
	}
}

// refuseUnknown adds an error for each unknown value. Taking an unknown value for absent would plan with other
// credentials or in another region. The kubernetes block may be unknown: only srm_kubeconfig uses it at plan.
func refuseUnknown(config tftypes.Value, diags *diag.Diagnostics) {
	unknown := []string{}
	err := tftypes.Walk(config, func(at *tftypes.AttributePath, value tftypes.Value) (bool, error) {
		name := dottedPath(at)
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
		tfkit.AddError(diags, path.Empty(), tfkit.Problem{
			Summary: unableToConfigure, Cause: fmt.Errorf("the configuration cannot be read: %w", err),
		})
		return
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		attribute, _, _ := strings.Cut(name, ".")
		tfkit.AddError(diags, path.Root(attribute), tfkit.Problem{
			Summary: unableToConfigure,
			Found:   name + " depends on a value that is not known until apply",
			Allowed: "values that are known at plan",
			Fix: "Use a value that is known at plan, such as a variable, or create the object that it depends on " +
				"first: in a separate configuration, or with -target.",
		})
	}
}

// dottedPath returns the path of an attribute without list indices, such as "hds_contract.reference".
func dottedPath(at *tftypes.AttributePath) string {
	names := []string{}
	for _, step := range at.Steps() {
		if name, ok := step.(tftypes.AttributeName); ok {
			names = append(names, string(name))
		}
	}
	return strings.Join(names, ".")
}

// readContract reads hds_contract, and warns if the contract or the certificate is not valid today.
func (p *srm) readContract(ctx context.Context, block types.Object, diags *diag.Diagnostics) *tfkit.Contract {
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
		tfkit.AddWarning(diags, at.AtName("signed_on"), tfkit.Problem{
			Summary: "The signature date of the HDS contract is in the future", Clause: "HDS-CTR-01",
			Found: fmt.Sprintf("signed_on is %s, today is %s", signed, today),
			Fix:   "Correct signed_on. If the date is correct, host no health data before that day.",
		})
	}
	if certificate := declared.Certificate; certificate != nil {
		if issued := certificate.IssuedOn.ValueString(); issued > today {
			tfkit.AddWarning(diags, at.AtName("certificate").AtName("issued_on"), tfkit.Problem{
				Summary: "The HDS certificate is not valid yet", Clause: "HDS-CTR-05",
				Found: fmt.Sprintf(
					"certificate %s is issued on %s, today is %s", certificate.Number.ValueString(), issued, today,
				),
				Fix: "Correct the date, or declare the certificate that is valid now.",
			})
		}
		if expires := certificate.ExpiresOn.ValueString(); expires != "" && expires < today {
			tfkit.AddWarning(diags, at.AtName("certificate").AtName("expires_on"), tfkit.Problem{
				Summary: "The HDS certificate has expired", Clause: "HDS-CTR-05",
				Found: fmt.Sprintf(
					"certificate %s expired on %s, today is %s", certificate.Number.ValueString(), expires, today,
				),
				Fix: "Ask Scaleway for the certificate that is valid now, and declare it in " +
					"hds_contract.certificate.",
			})
		}
	}
	return &tfkit.Contract{
		Reference: declared.Reference.ValueString(), SignedOn: declared.SignedOn.ValueString(),
		Type: declared.Type.ValueString(), Name: declared.Name.ValueString(),
	}
}

// ValidateConfig checks attributes that depend on each other.
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
	tfkit.AddError(&resp.Diagnostics, at.AtName("expires_on"), tfkit.Problem{
		Summary: "The certificate expires before it is issued",
		Found:   fmt.Sprintf("issued_on is %s, expires_on is %s", issued.ValueString(), expires.ValueString()),
		Fix:     "Swap or correct the dates.",
	})
}

// addConfigError adds an error of the configuration, with all of its problems.
func addConfigError(diags *diag.Diagnostics, err error) {
	problem := tfkit.Problem{Summary: unableToConfigure, Cause: err}
	if found, ok := errors.AsType[*scaleway.ConfigError](err); ok {
		problem = tfkit.Problem{Summary: unableToConfigure, Found: formatConfigError(found)}
	}
	tfkit.AddError(diags, path.Empty(), problem)
}

// formatConfigError lists the problems with their fixes, then the sources of the settings.
func formatConfigError(err *scaleway.ConfigError) string {
	var b strings.Builder
	b.WriteString("settings that are missing or wrong:\n")
	for _, finding := range err.Problems {
		fmt.Fprintf(&b, "- %s %s.\n  Fix: %s.\n", finding.Setting, finding.Message, finding.Fix)
	}
	if len(err.Sources) > 0 {
		b.WriteString("\nThe provider takes each setting from the first of these sources that has it:\n")
		for i, source := range err.Sources {
			fmt.Fprintf(&b, "  %d. %s\n", i+1, source)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
