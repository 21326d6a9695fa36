package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// version is a patch version of Kubernetes. As in the API, its three dates are those of its minor version.
type version struct {
	k8s.Version

	// Srn hides the SDK's field, which is not in the API's responses.
	Srn                        string   `json:"srn,omitempty"`
	AvailableContainerRuntimes []string `json:"available_container_runtimes"`

	// patchReleasedAt is the release time of the patch. Before it, the previous patch was the highest of the minor
	// version.
	patchReleasedAt time.Time
	// wrongEndOfLife is a wrong end of support, which the API returned for some time.
	wrongEndOfLife                *time.Time
	correctedAt, correctEndOfLife time.Time // when the API corrected the end of support, and its final value
}

// minorVersion holds the common properties of the patches of a minor version.
type minorVersion struct {
	name                            string
	released, deprecated, endOfLife string
	wrongEndOfLife, correctedAt     string
	cnis, featureGates              []string
	patches                         []patchVersion
}

// patchVersion is a patch and its release day. Recordings show which patch was the highest on a day, but not since
// when: the days are the sandbox's choice, consistent with the recordings. gates, if not nil, replaces the feature
// gates of the minor version.
type patchVersion struct {
	patch int
	day   string
	gates []string
}

const (
	cniKapsule = "cilium calico kilo none"
	cniNative  = "cilium cilium_native calico kilo none"
)

// versionCatalogue returns the minor versions in recordings and the latest one. The patches of October 2026 and the
// feature gates of 1.37 are those of Scaleway's changelog; the patches of December 2026 are the sandbox's choice.
func versionCatalogue() []minorVersion {
	words := strings.Fields
	gates31 := words("HPAScaleToZero InPlacePodVerticalScaling SidecarContainers CPUManagerPolicyAlphaOptions " +
		"ImageVolume")
	gates32 := words("HPAScaleToZero InPlacePodVerticalScaling SidecarContainers DRAAdminAccess " +
		"DRAResourceClaimDeviceStatus DynamicResourceAllocation PodLevelResources CPUManagerPolicyAlphaOptions " +
		"ImageVolume")
	gates33 := words("HPAScaleToZero DRAAdminAccess DynamicResourceAllocation PodLevelResources " +
		"CPUManagerPolicyAlphaOptions ImageVolume")
	gates34 := words("HPAScaleToZero CPUManagerPolicyAlphaOptions ImageVolume")
	gates35 := words("HPAScaleToZero CPUManagerPolicyAlphaOptions MutatingAdmissionPolicy")
	gates36 := words("HPAScaleToZero CPUManagerPolicyAlphaOptions ImageVolume MutatingAdmissionPolicy")
	return []minorVersion{
		{
			name: "1.30", released: "2024-07-09", deprecated: "2025-07-09", endOfLife: "2025-09-09",
			cnis: words(cniKapsule), featureGates: gates31, patches: []patchVersion{{patch: 14, day: "2025-07-28"}},
		},
		{
			name: "1.31", released: "2024-12-02", deprecated: "2025-12-02", endOfLife: "2026-02-17",
			wrongEndOfLife: "2026-02-02", correctedAt: "2026-01-01", cnis: words(cniKapsule), featureGates: gates31,
			patches: []patchVersion{{patch: 12, day: "2025-09-15"}, {patch: 14, day: "2025-12-08"}},
		},
		{
			name: "1.32", released: "2025-03-24", deprecated: "2026-03-24", endOfLife: "2026-06-24",
			wrongEndOfLife: "2025-05-24", correctedAt: "2026-01-01", cnis: words(cniKapsule), featureGates: gates32,
			patches: []patchVersion{
				{patch: 8, day: "2025-09-15"}, {
					patch: 11, day: "2026-01-12",
				}, {patch: 12, day: "2026-02-16"}, {patch: 13, day: "2026-03-16"},
			},
		},
		{
			name: "1.33", released: "2025-09-04", deprecated: "2026-09-04", endOfLife: "2026-11-04",
			cnis: words(cniKapsule), featureGates: gates33,
			patches: []patchVersion{
				{patch: 4, day: "2025-09-15"}, {patch: 7, day: "2026-01-12"}, {patch: 8, day: "2026-02-16"}, {
					patch: 10, day: "2026-03-30",
				},
			},
		},
		{
			name: "1.34", released: "2025-09-29", deprecated: "2026-09-29", endOfLife: "2026-11-29",
			cnis: words(cniNative), featureGates: gates36,
			patches: []patchVersion{
				{
					patch: 1, day: "2025-09-29", gates: gates34,
				}, {patch: 3, day: "2026-01-12"}, {patch: 4, day: "2026-02-16"},
				{patch: 6, day: "2026-03-30"},
			},
		},
		{
			name: "1.35", released: "2026-01-19", deprecated: "2027-01-19", endOfLife: "2027-03-19",
			cnis: words(cniNative), featureGates: gates36,
			patches: []patchVersion{
				{
					patch: 0, day: "2026-01-19", gates: gates35,
				}, {patch: 1, day: "2026-02-16", gates: gates35}, {patch: 3, day: "2026-03-30"},
				{patch: 9, day: "2026-10-05"}, {patch: 10, day: "2026-12-14"},
			},
		},
		{
			name: "1.36", released: "2026-07-07", deprecated: "2027-07-07", endOfLife: "2027-09-07",
			cnis: words(cniNative), featureGates: gates36,
			patches: []patchVersion{
				{patch: 1, day: "2026-07-07"}, {patch: 5, day: "2026-10-05"}, {patch: 6, day: "2026-12-14"},
			},
		},
		{
			name: "1.37", released: "2026-09-01", deprecated: "2027-09-01", endOfLife: "2027-11-01",
			cnis: words(cniNative), featureGates: gates36,
			patches: []patchVersion{
				{patch: 0, day: "2026-09-01"}, {patch: 1, day: "2026-10-05"}, {patch: 2, day: "2026-12-14"},
			},
		},
	}
}

// newVersions returns the versions of the catalogue by name, oldest first.
func newVersions() *collection[version] {
	date := func(day string) time.Time {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			panic("sandbox: " + err.Error())
		}
		return at
	}
	all := newCollection[version]()
	for _, minor := range versionCatalogue() {
		for _, patch := range minor.patches {
			released, deprecated, endOfLife := date(minor.released), date(minor.deprecated), date(minor.endOfLife)
			name := minor.name + "." + strconv.Itoa(patch.patch)
			v := &version{
				patchReleasedAt:            date(patch.day),
				AvailableContainerRuntimes: []string{"containerd"},
				Version: k8s.Version{
					Name: name, Label: "Kubernetes " + name, ReleasedAt: &released, DeprecatedAt: &deprecated,
					EndOfLifeAt:           &endOfLife,
					AvailableFeatureGates: slices.Clone(minor.featureGates),
					AvailableAdmissionPlugins: []string{
						"AlwaysPullImages", "PodNodeSelector", "PodTolerationRestriction",
					},
					AvailableKubeletArgs: kubeletArgs(), AdditionalComponents: additionalComponents(name),
				},
			}
			if patch.gates != nil {
				v.AvailableFeatureGates = slices.Clone(patch.gates)
			}
			for _, cni := range minor.cnis {
				v.AvailableCnis = append(v.AvailableCnis, k8s.CNI(cni))
			}
			if minor.wrongEndOfLife != "" {
				mistaken := date(minor.wrongEndOfLife)
				v.wrongEndOfLife, v.correctedAt, v.correctEndOfLife = &mistaken, date(minor.correctedAt), endOfLife
			}
			all.put(name, v)
		}
	}
	return all
}

// kubeletArgs returns the kubelet arguments of all recorded versions, with their types.
func kubeletArgs() map[string]string {
	return map[string]string{
		"containerLogMaxFiles": "uint16", "containerLogMaxSize": "quantity", "cpuCFSQuota": "bool",
		"cpuCFSQuotaPeriod": "duration", "cpuManagerPolicy": "enum:none|static",
		"cpuManagerPolicyOptions": "map[string]string",
		"enableDebuggingHandlers": "bool", "evictionHard": "map[string]string",
		"evictionMinimumReclaim":      "map[string]string",
		"imageGCHighThresholdPercent": "uint32", "imageGCLowThresholdPercent": "uint32",
		"maxParallelImagePulls": "int32",
		"maxPods":               "uint16", "registryBurst": "int32", "registryPullQPS": "int32",
		"serializeImagePulls": "bool",
	}
}

// minor returns the minor version, such as "1.35" for "1.35.3".
func (v *version) minor() string { return minorOf(v.Name) }

func minorOf(name string) string {
	first, rest, ok := strings.Cut(name, ".")
	if !ok {
		return name
	}
	second, _, _ := strings.Cut(rest, ".")
	return name[:len(first)+1+len(second)]
}

// compareVersions compares patch or minor versions by their numbers.
func compareVersions(a, b string) int {
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			return -1
		}
		return n
	}
	for {
		first, restA, moreA := strings.Cut(a, ".")
		second, restB, moreB := strings.Cut(b, ".")
		order := cmp.Compare(number(first), number(second))
		if order != 0 || !moreA || !moreB {
			return cmp.Or(order, boolToInt(moreA)-boolToInt(moreB))
		}
		a, b = restA, restB
	}
}

// isReleased reports whether the patch is released. A version without a release date counts as released.
func (v *version) isReleased(now time.Time) bool {
	return !now.Before(v.patchReleasedAt) && (v.ReleasedAt == nil || !now.Before(*v.ReleasedAt))
}

// isCreatable reports whether a new cluster can have the version.
func (v *version) isCreatable(now time.Time) bool {
	return v.isReleased(now) && (v.DeprecatedAt == nil || now.Before(*v.DeprecatedAt))
}

// isSupported reports whether clusters can be upgraded to the version. Like the API, it ignores a wrong end of support.
func (v *version) isSupported(now time.Time) bool {
	return v.isReleased(now) && (v.EndOfLifeAt == nil || now.Before(*v.EndOfLifeAt))
}

// forRegion returns the version as the API returns it in a region at a time.
func (v *version) forRegion(region scw.Region, now time.Time) *version {
	answer := *v
	answer.Region = region
	if v.wrongEndOfLife != nil && now.Before(v.correctedAt) && v.EndOfLifeAt != nil &&
		v.EndOfLifeAt.Equal(v.correctEndOfLife) {
		answer.EndOfLifeAt = v.wrongEndOfLife
	}
	return &answer
}

// highestPatches returns the highest patch of each minor version among the versions for which keep returns true, newest
// first.
func (s *Server) highestPatches(keep func(*version) bool) []*version {
	found := s.versions.list(keep)
	slices.SortFunc(found, func(a, b *version) int { return compareVersions(b.Name, a.Name) })
	return slices.CompactFunc(found, func(a, b *version) bool { return a.minor() == b.minor() })
}

// upgradeTargets returns the versions that the API offers as upgrades: the highest patch of the same minor version, and
// of the next one.
func (s *Server) upgradeTargets(from string) []*version {
	next := s.nextMinor(from)
	return s.highestPatches(func(v *version) bool {
		return s.isUpgradeTarget(from, next, v)
	})
}

// isUpgradeTarget reports whether a version is a higher patch of the same minor version, or a patch of the minor
// version next.
func (s *Server) isUpgradeTarget(from, next string, to *version) bool {
	now := s.now()
	if to.minor() == minorOf(from) {
		return to.isReleased(now) && compareVersions(to.Name, from) > 0
	}
	return to.minor() == next && to.isSupported(now)
}

// nextMinor returns the next minor version, such as 1.36 for 1.35.3.
func (s *Server) nextMinor(versionName string) string {
	parts := strings.Split(versionName, ".")
	if len(parts) < 2 {
		return ""
	}
	number, err := strconv.Atoi(parts[1])
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s.%d", parts[0], number+1)
}

func (s *Server) listVersions(c *call) (any, error) {
	now := s.now()
	return map[string]any{
		"versions": s.versionsForRegion(c, s.highestPatches(func(v *version) bool { return v.isCreatable(now) })),
	}, nil
}

func (s *Server) versionsForRegion(c *call, found []*version) []*version {
	answers := make([]*version, 0, len(found))
	for _, v := range found {
		answers = append(answers, v.forRegion(c.region(), s.now()))
	}
	return answers
}

func (s *Server) getVersion(c *call) (any, error) {
	v, ok := s.versions.get(c.PathValue("version"))
	if !ok {
		return nil, errNotFound("version", c.PathValue("version"))
	}
	return v.forRegion(c.region(), s.now()), nil
}
