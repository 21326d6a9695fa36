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

// version is a patch version of Kubernetes. Its three dates are those of its minor, as the API shows them.
type version struct {
	k8s.Version

	// Srn is not in the API's answers: the SDK makes it up.
	Srn                        string   `json:"srn,omitempty"`
	AvailableContainerRuntimes []string `json:"available_container_runtimes"`

	// patched is when the patch came out; before, the minor's previous one was the highest.
	patched time.Time
	// mistaken is an end of support that the API showed until it corrected it, on that day, to the final one.
	mistaken         *time.Time
	corrected, final time.Time
}

// minorVersion holds what the versions of a minor have in common.
type minorVersion struct {
	name                            string
	released, deprecated, endOfLife string
	mistaken, corrected             string
	cnis, featureGates              []string
	patches                         []patchVersion
}

// patchVersion is a patch and the day it came out. The recordings tell when a patch was the highest, not since when:
// the days are the sandbox's own choice, consistent with them. Where gates are given, they are not those of the minor.
type patchVersion struct {
	patch int
	day   string
	gates []string
}

const (
	cniKapsule = "cilium calico kilo none"
	cniNative  = "cilium cilium_native calico kilo none"
)

// versionCatalogue is what the API tells of every minor that a recording names, and of the two that a cluster can have
// today. The last patches of 1.35, 1.36 and 1.37, and the feature gates of 1.37, are the sandbox's own choice.
func versionCatalogue() []minorVersion {
	words := strings.Fields
	gates31 := words("HPAScaleToZero InPlacePodVerticalScaling SidecarContainers CPUManagerPolicyAlphaOptions ImageVolume")
	gates32 := words("HPAScaleToZero InPlacePodVerticalScaling SidecarContainers DRAAdminAccess " +
		"DRAResourceClaimDeviceStatus " +
		"DynamicResourceAllocation PodLevelResources CPUManagerPolicyAlphaOptions ImageVolume")
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
			mistaken: "2026-02-02", corrected: "2026-01-01", cnis: words(cniKapsule), featureGates: gates31,
			patches: []patchVersion{{patch: 12, day: "2025-09-15"}, {patch: 14, day: "2025-12-08"}},
		},
		{
			name: "1.32", released: "2025-03-24", deprecated: "2026-03-24", endOfLife: "2026-06-24",
			mistaken: "2025-05-24", corrected: "2026-01-01", cnis: words(cniKapsule), featureGates: gates32,
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
				{patch: 1, day: "2025-09-29", gates: gates34}, {patch: 3, day: "2026-01-12"}, {patch: 4, day: "2026-02-16"},
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
				{patch: 6, day: "2026-10-12"}, {patch: 8, day: "2026-12-14"},
			},
		},
		{
			name: "1.36", released: "2026-07-07", deprecated: "2027-07-07", endOfLife: "2027-09-07",
			cnis: words(cniNative), featureGates: gates36,
			patches: []patchVersion{{patch: 1, day: "2026-07-07"}, {patch: 4, day: "2026-10-12"}, {patch: 6, day: "2026-12-14"}},
		},
		{
			name: "1.37", released: "2026-09-01", deprecated: "2027-09-01", endOfLife: "2027-11-01",
			cnis: words(cniNative), featureGates: gates34,
			patches: []patchVersion{{patch: 0, day: "2026-09-01"}, {patch: 2, day: "2026-10-12"}, {patch: 4, day: "2026-12-14"}},
		},
	}
}

// newVersions is the catalogue by name, oldest first.
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
			one := &version{patched: date(patch.day), AvailableContainerRuntimes: []string{"containerd"}, Version: k8s.Version{
				Name: name, Label: "Kubernetes " + name, ReleasedAt: &released, DeprecatedAt: &deprecated, EndOfLifeAt: &endOfLife,
				AvailableFeatureGates:     slices.Clone(minor.featureGates),
				AvailableAdmissionPlugins: []string{"AlwaysPullImages", "PodNodeSelector", "PodTolerationRestriction"},
				AvailableKubeletArgs:      kubeletArgs(), AdditionalComponents: map[string]*k8s.ComponentInfo{},
			}}
			if patch.gates != nil {
				one.AvailableFeatureGates = slices.Clone(patch.gates)
			}
			for _, cni := range minor.cnis {
				one.AvailableCnis = append(one.AvailableCnis, k8s.CNI(cni))
			}
			if minor.mistaken != "" {
				mistaken := date(minor.mistaken)
				one.mistaken, one.corrected, one.final = &mistaken, date(minor.corrected), endOfLife
			}
			all.put(name, one)
		}
	}
	return all
}

// kubeletArgs are the arguments that every recorded version takes, with their types.
func kubeletArgs() map[string]string {
	return map[string]string{
		"containerLogMaxFiles": "uint16", "containerLogMaxSize": "quantity", "cpuCFSQuota": "bool",
		"cpuCFSQuotaPeriod": "duration", "cpuManagerPolicy": "enum:none|static",
		"cpuManagerPolicyOptions": "map[string]string",
		"enableDebuggingHandlers": "bool", "evictionHard": "map[string]string", "evictionMinimumReclaim": "map[string]string",
		"imageGCHighThresholdPercent": "uint32", "imageGCLowThresholdPercent": "uint32", "maxParallelImagePulls": "int32",
		"maxPods": "uint16", "registryBurst": "int32", "registryPullQPS": "int32", "serializeImagePulls": "bool",
	}
}

// minor is the "1.35" of "1.35.3".
func (v *version) minor() string { return minorOf(v.Name) }

func minorOf(name string) string {
	parts := strings.SplitN(name, ".", 3)
	if len(parts) < 2 {
		return name
	}
	return parts[0] + "." + parts[1]
}

// compareVersions orders versions and minors by their numbers.
func compareVersions(a, b string) int {
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			return -1
		}
		return n
	}
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(a, b string) int {
		return cmp.Compare(number(a), number(b))
	})
}

// out says whether the patch has come out. A version without dates has.
func (v *version) out(now time.Time) bool {
	return !now.Before(v.patched) && (v.ReleasedAt == nil || !now.Before(*v.ReleasedAt))
}

// creatable says whether a new cluster can have the version.
func (v *version) creatable(now time.Time) bool {
	return v.out(now) && (v.DeprecatedAt == nil || now.Before(*v.DeprecatedAt))
}

// supported says whether clusters may still be upgraded to the version. The mistaken dates never counted.
func (v *version) supported(now time.Time) bool {
	return v.out(now) && (v.EndOfLifeAt == nil || now.Before(*v.EndOfLifeAt))
}

// shown is the version as the API answers it in a region, at a moment.
func (v *version) shown(region scw.Region, now time.Time) *version {
	shown := *v
	shown.Region = region
	if v.mistaken != nil && now.Before(v.corrected) && v.EndOfLifeAt != nil && v.EndOfLifeAt.Equal(v.final) {
		shown.EndOfLifeAt = v.mistaken
	}
	return &shown
}

// highest are the versions that keep accepts, only the highest patch of each minor, newest first.
func (s *Server) highest(keep func(*version) bool) []*version {
	found := s.versions.list(keep)
	slices.SortFunc(found, func(a, b *version) int { return compareVersions(b.Name, a.Name) })
	return slices.CompactFunc(found, func(a, b *version) bool { return a.minor() == b.minor() })
}

// targets are the versions that a cluster of a version can be upgraded to: the highest patch of its minor, and the
// highest of the next minor.
func (s *Server) targets(from string) []*version {
	next := s.nextMinor(from)
	return s.highest(func(v *version) bool {
		return s.legal(from, next, v)
	})
}

// legal says whether a version is a higher patch of the same minor, or of the minor after it.
func (s *Server) legal(from, next string, to *version) bool {
	now := s.now()
	if to.minor() == minorOf(from) {
		return to.out(now) && compareVersions(to.Name, from) > 0
	}
	return to.minor() == next && to.supported(now)
}

// nextMinor is the minor after that of a version: 1.36 for 1.35.3.
func (s *Server) nextMinor(of string) string {
	parts := strings.Split(of, ".")
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
		"versions": s.shownVersions(c, s.highest(func(v *version) bool { return v.creatable(now) })),
	}, nil
}

func (s *Server) shownVersions(c *call, found []*version) []*version {
	shown := make([]*version, 0, len(found))
	for _, v := range found {
		shown = append(shown, v.shown(c.region(), s.now()))
	}
	return shown
}

func (s *Server) getVersion(c *call) (any, error) {
	v, ok := s.versions.get(c.PathValue("version"))
	if !ok {
		return nil, errNotFound("version", c.PathValue("version"))
	}
	return v.shown(c.region(), s.now()), nil
}
