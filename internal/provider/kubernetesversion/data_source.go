// Package kubernetesversion is the data sources srm_kubernetes_version and srm_kubernetes_versions: until when a
// version is supported, how far that is certain, and where an upgrade may go.
package kubernetesversion

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*dataSource)(nil)

type dataSource struct{ provider *tfkit.Provider }

// NewDataSource is srm_kubernetes_version.
func NewDataSource() datasource.DataSource { return &dataSource{} }

type model struct {
	Version   string       `tfsdk:"version"`
	Region    types.String `tfsdk:"region"`
	AsOf      types.String `tfsdk:"as_of"`
	Offered   bool         `tfsdk:"offered"`
	NextLegal *target      `tfsdk:"next_legal"`
	version
}

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_kubernetes_version"
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.provider = tfkit.Configured(req.ProviderData, &resp.Diagnostics)
}

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One Kubernetes version: when it is released, deprecated and out of support, how far those " +
			"dates can be trusted, its stage at a moment, and where an upgrade may go. Versions that are no longer offered " +
			"are answered, too: a full version by the API, a minor by the calendar bundled with the provider, because the API " +
			"knows versions by their full name only.",
		Attributes: with(map[string]schema.Attribute{
			"version": schema.StringAttribute{
				MarkdownDescription: "Version that is asked for: a minor, such as `1.35`, for the newest patch of it that the " +
					"API offers; a full version, such as `1.35.3`; or `" + latest + "` for the newest version that the API offers.",
				Required:   true,
				Validators: []validator.String{tfkit.Checked("The value must be a minor, a full version or latest.", checkVersion)},
			},
			"region": regionAttribute(),
			"as_of":  tfkit.AsOfAttribute("`stage` is given"),
			"offered": schema.BoolAttribute{
				MarkdownDescription: "Whether the API offers the version for new clusters.",
				Computed:            true,
			},
			"next_legal": schema.SingleNestedAttribute{
				MarkdownDescription: "Where an upgrade from this version may go (clause `LIF-02`): never to an older version, " +
					"and never past the next minor.",
				Computed: true,
				Attributes: map[string]schema.Attribute{
					"patch": schema.StringAttribute{
						MarkdownDescription: "Newest offered patch of the same minor, such as `1.35.4`; null where none is newer. " +
							"Auto-upgrade goes there by itself.",
						Computed: true,
					},
					"minor": schema.StringAttribute{
						MarkdownDescription: "Newest offered patch of the next minor, such as `1.36.1`; null where the next minor is " +
							"not offered.",
						Computed: true,
					},
				},
			},
		}),
	}
}

func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.provider.Ready(&resp.Diagnostics) {
		return
	}
	var m model
	// Only the arguments: the rest is null in the configuration, which native types do not hold.
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("version"), &m.Version)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("region"), &m.Region)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("as_of"), &m.AsOf)...)
	if resp.Diagnostics.HasError() {
		return
	}
	region, at, ok := scope(d.provider, &m.Region, &m.AsOf, &resp.Diagnostics)
	if !ok {
		return
	}
	versions, err := d.provider.API.Versions(ctx, region)
	if err != nil {
		tfkit.Failed(&resp.Diagnostics, unableToRead, err)
		return
	}
	if d.read(ctx, &m, region, at, versions, &resp.Diagnostics) {
		resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
	}
}

const unableToRead = "Unable to read Kubernetes versions"

// scope is where and when is asked for.
func scope(p *tfkit.Provider, region, given *types.String, diags *diag.Diagnostics) (scw.Region, time.Time, bool) {
	if region.IsNull() {
		*region = types.StringValue(string(p.API.DefaultRegion()))
	}
	at, shown, err := tfkit.AsOf(*given, p.Now)
	if err != nil {
		tfkit.RefuseError(diags, path.Root("as_of"), err)
		return "", time.Time{}, false
	}
	*given = shown
	return scw.Region(region.ValueString()), at, true
}

// read finds the version: among those offered, by its full name, or in the bundled calendar.
func (d *dataSource) read(
	ctx context.Context, m *model, region scw.Region, at time.Time, offered offers, diags *diag.Diagnostics,
) bool {
	name := m.Version
	if name == latest {
		newest, ok := offered.newest()
		if !ok {
			diags.AddAttributeError(path.Root("version"), "No Kubernetes version is offered",
				fmt.Sprintf("The API lists none in %s, so that there is no latest one.\nFix: Name a version, or look at the "+
					"region.", region))
			return false
		}
		name = newest
	}
	if minor, err := lifecycle.ParseMinor(name); err == nil {
		patch, ok := lifecycle.HighestPatch(offered.names(), minor)
		if !ok {
			return m.answerFromCalendar(minor, region, at, offered, diags)
		}
		name = patch
	}
	full, err := lifecycle.ParseVersion(name)
	if err != nil {
		tfkit.RefuseError(diags, path.Root("version"), err)
		return false
	}
	api := offered.find(name)
	m.Offered = api != nil
	if api == nil {
		api, err = d.provider.API.Version(ctx, region, name)
	}
	switch {
	case scaleway.IsNotFound(err):
		tfkit.Refuse(diags, path.Root("version"), tfkit.Refusal{
			Summary: fmt.Sprintf("Kubernetes %s does not exist in %s", name, region),
			Found:   fmt.Sprintf("the API knows no version %q", name),
			Allowed: "the versions that it offers (" + strings.Join(offered.names(), ", ") + ") and those that it once offered",
			Fix:     fmt.Sprintf("Correct the version, or write the minor, %q, to be given its newest patch.", full.Minor),
		})
		return false
	case err != nil:
		tfkit.Failed(diags, unableToRead, err)
		return false
	}
	m.version = describe(full.Minor, api, at)
	next := offered.target(full)
	m.NextLegal = &next
	return true
}

// answerFromCalendar answers for a minor of which the API offers no patch.
func (m *model) answerFromCalendar(
	minor lifecycle.Minor, region scw.Region, at time.Time, offered offers, diags *diag.Diagnostics,
) bool {
	known := []string{}
	for _, entry := range lifecycle.Calendar() {
		known = append(known, entry.String())
	}
	if !slices.Contains(known, minor.String()) {
		minors := []string{}
		for _, one := range lifecycle.Minors(offered.names()) {
			minors = append(minors, one.String())
		}
		tfkit.Refuse(diags, path.Root("version"), tfkit.Refusal{
			Summary: fmt.Sprintf("Nothing is known of Kubernetes %s", minor),
			Found: fmt.Sprintf(
				"%q, of which the API offers no patch in %s and which the bundled calendar does not have", minor, region,
			),
			Allowed: "minors that the API offers (" + strings.Join(minors, ", ") + ") or that the calendar has (" +
				strings.Join(known, ", ") + ")",
			Fix: fmt.Sprintf("Correct the minor, or ask for a full version, such as %q: the API knows old ones by their "+
				"full name.", minor.String()+".0"),
		})
		return false
	}
	m.Offered = false
	m.version = describeMinor(minor, lifecycle.Dates{}, at)
	next := offered.target(lifecycle.Version{Minor: minor})
	m.NextLegal = &next
	return true
}
