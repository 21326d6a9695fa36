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

// latest is the value of version for the newest version that the API offers.
const latest = "latest"

// version holds the attributes of a version that both data sources share.
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

// window is the forced upgrade window.
type window = tfkit.Window

// describe converts a version of the API. The stage is that at the given time.
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

// describeMinor returns the attributes of a minor, from the API's dates, which may be empty, and the bundled calendar.
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

// offers are the versions that clusters can be created with.
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

// newest returns the highest patch of the newest minor.
func (o offers) newest() (string, bool) {
	minors := lifecycle.Minors(o.names())
	if len(minors) == 0 {
		return "", false
	}
	return lifecycle.HighestPatch(o.names(), minors[len(minors)-1])
}

// listed is an element of `versions` of srm_kubernetes_versions.
type listed struct {
	version
	NextMinor *string `tfsdk:"next_minor"`
}

// list returns the newest patch of each offered minor, newest minor first. Names that are not versions are ignored.
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

// target holds the versions that a cluster can be upgraded to.
type target struct {
	Patch *string `tfsdk:"patch"`
	Minor *string `tfsdk:"minor"`
}

func (o offers) target(from lifecycle.Version) target {
	patch, minor := lifecycle.NextLegal(from, o.names())
	return target{Patch: tfkit.OrNull(patch), Minor: tfkit.OrNull(minor)}
}

// checkVersion returns an error unless the text is a minor, a full version or latest.
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
