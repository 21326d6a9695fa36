package kubernetesversion

import (
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// latest is the version argument that asks for the newest one that the API offers.
const latest = "latest"

// version is what both data sources say of a version.
type version struct {
	Name                      *string           `tfsdk:"name"`
	Minor                     string            `tfsdk:"minor"`
	ReleasedAt                types.String      `tfsdk:"released_at"`
	DeprecatedAt              types.String      `tfsdk:"deprecated_at"`
	EndOfSupportAt            types.String      `tfsdk:"end_of_support_at"`
	Source                    *string           `tfsdk:"source"`
	DataQuality               string            `tfsdk:"data_quality"`
	Conflicts                 []string          `tfsdk:"conflicts"`
	Stage                     string            `tfsdk:"stage"`
	ForcedUpgradeWindow       *window           `tfsdk:"forced_upgrade_window"`
	AvailableCNIs             []string          `tfsdk:"available_cnis"`
	AvailableFeatureGates     []string          `tfsdk:"available_feature_gates"`
	AvailableAdmissionPlugins []string          `tfsdk:"available_admission_plugins"`
	AvailableKubeletArgs      map[string]string `tfsdk:"available_kubelet_args"`
}

// window is how the lifecycle data sources and functions show the time of forced upgrades.
type window = tfkit.Window

// describe says of an API version what is known at a moment.
func describe(minor lifecycle.Minor, api *k8s.Version, at time.Time) version {
	v := describeMinor(minor, tfkit.APIDates(api), at)
	v.Name = &api.Name
	v.AvailableCNIs = []string{}
	for _, cni := range api.AvailableCnis {
		v.AvailableCNIs = append(v.AvailableCNIs, cni.String())
	}
	v.AvailableFeatureGates = sorted(api.AvailableFeatureGates)
	v.AvailableAdmissionPlugins = sorted(api.AvailableAdmissionPlugins)
	v.AvailableKubeletArgs = api.AvailableKubeletArgs
	if v.AvailableKubeletArgs == nil {
		v.AvailableKubeletArgs = map[string]string{}
	}
	return v
}

// describeMinor says what is known of a minor for which the API gives these dates, or none.
func describeMinor(minor lifecycle.Minor, api lifecycle.Dates, at time.Time) version {
	found := lifecycle.Assess(minor, api)
	v := version{
		Minor: minor.String(), ReleasedAt: tfkit.Date(found.ReleasedAt), DeprecatedAt: tfkit.Date(found.DeprecatedAt),
		EndOfSupportAt: tfkit.Date(found.EndOfSupportAt), DataQuality: string(found.Quality), Conflicts: found.Conflicts,
		Stage: string(found.StageAt(at)), ForcedUpgradeWindow: tfkit.NewWindow(found.Dates),
	}
	if found.Source != "" {
		v.Source = &found.Source
	}
	return v
}

func sorted(names []string) []string {
	out := append([]string{}, names...)
	slices.Sort(out)
	return out
}

// offers are the versions that clusters can be created with; names that are no version are left out.
type offers []*k8s.Version

func (o offers) names() []string {
	names := []string{}
	for _, v := range o {
		names = append(names, v.Name)
	}
	return names
}

func (o offers) find(name string) *k8s.Version {
	for _, v := range o {
		if v.Name == name {
			return v
		}
	}
	return nil
}

// newest is the highest patch of the newest minor.
func (o offers) newest() (string, bool) {
	minors := lifecycle.Minors(o.names())
	if len(minors) == 0 {
		return "", false
	}
	return lifecycle.HighestPatch(o.names(), minors[len(minors)-1])
}

// listed is an element of srm_kubernetes_versions.
type listed struct {
	version
	NextMinor *string `tfsdk:"next_minor"`
}

// list describes the newest patch of each minor that is offered, the newest minor first.
func (o offers) list(at time.Time) []listed {
	all := []listed{}
	minors := lifecycle.Minors(o.names())
	for i, minor := range slices.Backward(minors) {
		name, ok := lifecycle.HighestPatch(o.names(), minor)
		if !ok {
			continue
		}
		v := listed{version: describe(minor, o.find(name), at)}
		if i+1 < len(minors) && minors[i+1] == minor.Next() {
			next := minor.Next().String()
			v.NextMinor = &next
		}
		all = append(all, v)
	}
	return all
}

// target is where an upgrade may go from a version.
type target struct {
	Patch *string `tfsdk:"patch"`
	Minor *string `tfsdk:"minor"`
}

func (o offers) target(from lifecycle.Version) target {
	patch, minor := lifecycle.NextLegal(from, o.names())
	return target{Patch: tfkit.OrNull(patch), Minor: tfkit.OrNull(minor)}
}

// checkVersion accepts a minor, a full version and latest.
func checkVersion(text string) error {
	if text == latest {
		return nil
	}
	if _, err := lifecycle.ParseVersion(text); err == nil {
		return nil
	}
	if _, err := lifecycle.ParseMinor(text); err != nil {
		return &compliance.Refusal{Summary: "The version is malformed", Found: strconv.Quote(text),
			Allowed: `a minor, "1.35", a full version, "1.35.3", or "latest"`, Fix: err.Error()}
	}
	return nil
}
