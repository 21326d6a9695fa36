// Package kubernetesversion implements the data sources srm_kubernetes_version and srm_kubernetes_versions and the
// functions version_dates and lifecycle_stage: support dates of Kubernetes versions, their quality, and upgrade
// targets.
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

// NewDataSource returns the data source srm_kubernetes_version.
func NewDataSource() datasource.DataSource { return &dataSource{} }

type model struct {
	Version   string       `tfsdk:"version"`
	Region    types.String `tfsdk:"region"`
	AsOf      types.String `tfsdk:"as_of"`
	Offered   bool         `tfsdk:"offered"`
	NextLegal *nextLegal   `tfsdk:"next_legal"`
	version
}

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_kubernetes_version"
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads a Kubernetes version: its release, deprecation and end-of-support dates, the " +
			"quality of these dates, its stage at a given time, and upgrade targets.",
		Attributes: withVersionAttributes(map[string]schema.Attribute{
			"version": schema.StringAttribute{
				MarkdownDescription: "Version to read: a minor, such as `1.35`, means the newest patch that the API " +
					"offers; a full version, such as `1.35.3`; or `" + latest + "` for the newest version that the " +
					"API offers.",
				Required: true,
				Validators: []validator.String{
					tfkit.StringValidator("The value must be a minor, a full version or latest.", checkVersion),
				},
			},
			"region": regionAttribute(),
			"as_of":  tfkit.AsOfAttribute("`stage` is given"),
			"offered": schema.BoolAttribute{
				MarkdownDescription: "Whether the API offers the version for new clusters.",
				Computed:            true,
			},
			"next_legal": schema.SingleNestedAttribute{
				MarkdownDescription: "Versions that a cluster with this version can be upgraded to (clause " +
					"`LIF-02`). A cluster cannot be downgraded and cannot skip a minor.",
				Computed: true,
				Attributes: map[string]schema.Attribute{
					"patch": schema.StringAttribute{
						MarkdownDescription: "Newest offered patch of the same minor, such as `1.35.4`; null if " +
							"there is no newer patch. Auto-upgrade installs it.",
						Computed: true,
					},
					"minor": schema.StringAttribute{
						MarkdownDescription: "Newest offered patch of the next minor, such as `1.36.1`; null if the " +
							"next minor is not offered.",
						Computed: true,
					},
				},
			},
		}),
	}
}

func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var m model
	// Read only the arguments: computed attributes are null in the configuration, which the model's Go types cannot
	// hold.
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("version"), &m.Version)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("region"), &m.Region)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("as_of"), &m.AsOf)...)
	if resp.Diagnostics.HasError() {
		return
	}
	region, at, ok := resolveRegionAndTime(d.provider, &m.Region, &m.AsOf, &resp.Diagnostics)
	if !ok {
		return
	}
	versions, err := d.provider.API.Versions(ctx, region)
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToRead, err)
		return
	}
	if d.resolveVersion(ctx, &m, region, at, versions, &resp.Diagnostics) {
		resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
	}
}

const unableToRead = "Unable to read Kubernetes versions"

// resolveRegionAndTime returns the region and the time of as_of, and sets the defaults of both attributes.
func resolveRegionAndTime(
	p *tfkit.Provider,
	region, asOf *types.String,
	diags *diag.Diagnostics,
) (scw.Region, time.Time, bool) {
	if region.IsNull() {
		*region = types.StringValue(string(p.API.DefaultRegion()))
	}
	at, value, err := tfkit.ParseAsOf(*asOf, p.Now)
	if err != nil {
		tfkit.AddCheckError(diags, path.Root("as_of"), err)
		return "", time.Time{}, false
	}
	*asOf = value
	return scw.Region(region.ValueString()), at, true
}

// resolveVersion reads the version from the list of offered versions, by its full name, or from the bundled calendar.
func (d *dataSource) resolveVersion(
	ctx context.Context, m *model, region scw.Region, at time.Time, offered offers, diags *diag.Diagnostics,
) bool {
	name := m.Version
	if name == latest {
		newest, ok := offered.newest()
		if !ok {
			tfkit.AddError(diags, path.Root("version"), tfkit.Problem{
				Summary: "The API offers no Kubernetes version",
				Found:   fmt.Sprintf("version %q, and an empty list of versions in %s", latest, region),
				Fix:     "Set version to a minor or a full version, or correct region.",
			})
			return false
		}
		name = newest
	}
	if minor, err := lifecycle.ParseMinor(name); err == nil {
		patch, ok := lifecycle.HighestPatch(offered.names(), minor)
		if !ok {
			return m.setFromCalendar(minor, region, at, offered, diags)
		}
		name = patch
	}
	full, err := lifecycle.ParseVersion(name)
	if err != nil {
		tfkit.AddCheckError(diags, path.Root("version"), err)
		return false
	}
	api := offered.find(name)
	m.Offered = api != nil
	if api == nil {
		api, err = d.provider.API.Version(ctx, region, name)
	}
	switch {
	case scaleway.IsNotFound(err):
		tfkit.AddError(diags, path.Root("version"), tfkit.Problem{
			Summary: fmt.Sprintf("Kubernetes %s does not exist in %s", name, region),
			Found:   fmt.Sprintf("version %q, which the API does not list", name),
			Allowed: "versions that the API offers (" + strings.Join(offered.names(), ", ") + ") or once offered",
			Fix: fmt.Sprintf(
				"Correct the version, or set it to %q for the newest patch of that minor.",
				full.Minor,
			),
		})
		return false
	case err != nil:
		tfkit.AddAPIError(diags, unableToRead, err)
		return false
	}
	m.version = newVersion(full.Minor, api, at)
	next := offered.nextLegal(full)
	m.NextLegal = &next
	return true
}

// setFromCalendar sets the attributes of a minor without offered patches from the bundled calendar.
func (m *model) setFromCalendar(
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
		tfkit.AddError(diags, path.Root("version"), tfkit.Problem{
			Summary: fmt.Sprintf("Kubernetes %s is unknown", minor),
			Found: fmt.Sprintf(
				"%q: the API offers no patch in %s, and the bundled calendar does not contain the minor", minor, region,
			),
			Allowed: "minors that the API offers (" + strings.Join(minors, ", ") + ") or the calendar contains (" +
				strings.Join(known, ", ") + ")",
			Fix: fmt.Sprintf("Correct the minor, or set version to a full version, such as %q: the API returns old "+
				"versions by their full name.", minor.String()+".0"),
		})
		return false
	}
	m.Offered = false
	m.version = newVersionOfMinor(minor, lifecycle.Dates{}, at)
	next := offered.nextLegal(lifecycle.Version{Minor: minor})
	m.NextLegal = &next
	return true
}
