package compliance

import (
	"fmt"
	"slices"
	"strings"
)

// Region is the only region allowed for health data clusters (HDS-RES-01).
const Region = "fr-par"

// DedicatedTypePrefix is the prefix of the control plane offers in the HDS scope (HDS-SCP-01).
const DedicatedTypePrefix = "kapsule-dedicated-"

// MinRootVolumeGB is the size of the smallest root volume that Kapsule accepts, in gigabytes.
const MinRootVolumeGB = 20

// Zones returns the zones of Region that are listed as health data locations.
func Zones() []string { return []string{"fr-par-1", "fr-par-2", "fr-par-3"} }

// RootVolumeTypes returns the types of root volumes that are allowed for HDS nodes.
func RootVolumeTypes() []string { return []string{"sbs_5k", "sbs_15k"} }

// CheckRegion returns a *Problem for every region other than Region.
func CheckRegion(region string) error {
	if region == Region {
		return nil
	}
	return &Problem{
		Rule:    RuleFor("HDS-RES-01"),
		Summary: "Health data clusters must be in the Paris region",
		Found:   fmt.Sprintf("region %q", region),
		Allowed: fmt.Sprintf("%q", Region),
		Fix:     "Use resources of " + Region + ".",
	}
}

// CheckClusterType returns a *Problem for every control plane offer outside the HDS scope: mutualised Kapsule and all
// of Kosmos. The API decides which dedicated sizes exist.
func CheckClusterType(t string) error {
	if size, ok := strings.CutPrefix(t, DedicatedTypePrefix); ok && size != "" {
		return nil
	}
	problem := &Problem{
		Rule:    RuleFor("HDS-SCP-01"),
		Summary: fmt.Sprintf("Cluster type %q is outside the HDS scope", t),
		Found:   fmt.Sprintf("%q, which is not an offer of dedicated Kapsule", t),
		Allowed: fmt.Sprintf("types that start with %q, such as %q", DedicatedTypePrefix, DedicatedTypePrefix+"4"),
		Fix:     "Choose a dedicated Kapsule offer; the data source srm_cluster_types lists them.",
	}
	switch {
	case t == "kapsule":
		problem.Found = `"kapsule", the mutualised offer`
	case IsKosmosType(t):
		problem.Found = fmt.Sprintf("%q, a Kosmos offer", t)
	}
	return problem
}

// SharedKosmosType is the Kosmos offer with a shared control plane, and DedicatedKosmosPrefix the prefix of the Kosmos
// offers with a dedicated one.
const (
	SharedKosmosType      = "multicloud"
	DedicatedKosmosPrefix = "multicloud-dedicated-"
)

// IsKosmosType reports whether a control plane offer is one of Kosmos. It accepts every size.
func IsKosmosType(t string) bool {
	size, ok := strings.CutPrefix(t, DedicatedKosmosPrefix)
	return t == SharedKosmosType || ok && size != ""
}

// CheckRootVolumeType returns a *Problem for root volumes that are not allowed for health data: the legacy b_ssd, local
// storage, which cannot be encrypted, and the default, which depends on the node type.
func CheckRootVolumeType(t string) error {
	if slices.Contains(RootVolumeTypes(), t) {
		return nil
	}
	problem := &Problem{
		Rule:    RuleFor("HDS-IDN-02"),
		Summary: fmt.Sprintf("Root volume type %q is not eligible for health data", t),
		Found:   fmt.Sprintf("%q, which is not a Block Storage type of Kapsule", t),
		Allowed: `"sbs_5k", "sbs_15k"`,
		Fix:     `Set the type to "sbs_5k", or to "sbs_15k" for more operations per second.`,
	}
	switch t {
	case "b_ssd":
		problem.Found = `"b_ssd", the legacy Block Storage that the HDS rules for storage exclude`
	case "l_ssd":
		problem.Found = `"l_ssd", local storage, which is not encrypted on a managed node`
	case "default_volume_type":
		problem.Found = `"default_volume_type", which can mean local storage`
	}
	return problem
}
