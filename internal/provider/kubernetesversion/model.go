package kubernetesversion

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
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
type window = tfkit.ForcedUpgradeWindow

// newVersion converts a version of the API. The stage is that at the given time.
func newVersion(minor lifecycle.Minor, api *k8s.Version, at time.Time) version {
	v := newVersionOfMinor(minor, tfkit.DatesFromAPI(api), at)
	v.Name = &api.Name
	v.AvailableCNIs = []string{}
	for _, cni := range api.AvailableCnis {
		v.AvailableCNIs = append(v.AvailableCNIs, cni.String())
	}
	v.AvailableFeatureGates = sortedCopy(api.AvailableFeatureGates)
	v.AvailableAdmissionPlugins = sortedCopy(api.AvailableAdmissionPlugins)
	v.AvailableKubeletArgs = api.AvailableKubeletArgs
	if v.AvailableKubeletArgs == nil {
		v.AvailableKubeletArgs = map[string]string{}
	}
	return v
}

// newVersionOfMinor returns the attributes of a minor, from the API's dates, which may be empty, and the bundled
// calendar.
func newVersionOfMinor(minor lifecycle.Minor, api lifecycle.Dates, at time.Time) version {
	found := lifecycle.Assess(minor, api)
	v := version{
		Minor:               minor.String(),
		ReleasedAt:          tfkit.RFC3339Value(found.ReleasedAt),
		DeprecatedAt:        tfkit.RFC3339Value(found.DeprecatedAt),
		EndOfSupportAt:      tfkit.RFC3339Value(found.EndOfSupportAt),
		DataQuality:         string(found.Quality),
		Conflicts:           found.Conflicts,
		Stage:               string(found.StageAt(at)),
		ForcedUpgradeWindow: tfkit.NewForcedUpgradeWindow(found.Dates),
	}
	if found.Source != "" {
		v.Source = &found.Source
	}
	return v
}

func sortedCopy(names []string) []string {
	out := append([]string{}, names...)
	slices.Sort(out)
	return out
}

// offers are the versions that clusters can be created with.
type offers []*k8s.Version

func (o offers) names() []string {
	return scaleway.VersionNames(o)
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

// listedVersion is an element of `versions` of srm_kubernetes_versions.
type listedVersion struct {
	version
	NextMinor *string `tfsdk:"next_minor"`
}

// list returns the newest patch of each offered minor, newest minor first. Names that are not versions are ignored.
func (o offers) list(at time.Time) []listedVersion {
	all := []listedVersion{}
	minors := lifecycle.Minors(o.names())
	for i, minor := range slices.Backward(minors) {
		name, ok := lifecycle.HighestPatch(o.names(), minor)
		if !ok {
			continue
		}
		v := listedVersion{version: newVersion(minor, o.find(name), at)}
		if i+1 < len(minors) && minors[i+1] == minor.Next() {
			next := minor.Next().String()
			v.NextMinor = &next
		}
		all = append(all, v)
	}
	return all
}

// nextLegal holds the versions that a cluster can be upgraded to.
type nextLegal struct {
	Patch *string `tfsdk:"patch"`
	Minor *string `tfsdk:"minor"`
}

func (o offers) nextLegal(from lifecycle.Version) nextLegal {
	patch, minor := lifecycle.NextUpgrades(from, o.names())
	return nextLegal{Patch: tfkit.NilIfEmpty(patch), Minor: tfkit.NilIfEmpty(minor)}
}

// versionFix returns how to correct a malformed version.
func versionFix(err error) string {
	if found, ok := errors.AsType[*lifecycle.ParseError](err); ok && found.Fix != "" {
		return found.Fix
	}
	return `Write a version such as "1.35".`
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
		return &compliance.Problem{Summary: "The version is malformed", Found: strconv.Quote(text),
			Allowed: `a minor, "1.35", a full version, "1.35.3", or "latest"`, Fix: versionFix(err)}
	}
	return nil
}
