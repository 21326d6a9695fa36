package compliance

import (
	"fmt"
	"slices"
	"strings"
)

// Region is the only region that health data clusters may be in (HDS-RES-01).
const Region = "fr-par"

// DedicatedPrefix starts the type of every control plane offer inside the HDS scope (HDS-SCP-01).
const DedicatedPrefix = "kapsule-dedicated-"

// MinRootVolumeGB is the smallest root volume of a node that Kapsule accepts, in gigabytes.
const MinRootVolumeGB = 20

// Zones are the zones of Region that are named as health data locations.
func Zones() []string { return []string{"fr-par-1", "fr-par-2", "fr-par-3"} }

// RootVolumeTypes are the types of root volumes that an HDS node may have.
func RootVolumeTypes() []string { return []string{"sbs_5k", "sbs_15k"} }

// CheckRegion refuses every region but Region, with a *Refusal.
func CheckRegion(region string) error {
	if region == Region {
		return nil
	}
	return &Refusal{
		Rule:    RuleFor("HDS-RES-01"),
		Summary: "Health data clusters are in the Paris region only",
		Found:   fmt.Sprintf("region %q", region),
		Allowed: fmt.Sprintf("%q", Region),
		Fix:     "Use resources of " + Region + ".",
	}
}

// ClusterType refuses, with a *Refusal, every control plane offer outside the HDS scope: mutualised Kapsule and all of
// Kosmos. Which dedicated sizes exist is for the API to say.
func ClusterType(t string) error {
	if size, ok := strings.CutPrefix(t, DedicatedPrefix); ok && size != "" {
		return nil
	}
	refusal := &Refusal{
		Rule:    RuleFor("HDS-SCP-01"),
		Summary: fmt.Sprintf("Cluster type %q is outside the HDS scope", t),
		Found:   fmt.Sprintf("%q, which is not an offer of dedicated Kapsule", t),
		Allowed: fmt.Sprintf("types that start with %q, such as %q", DedicatedPrefix, DedicatedPrefix+"4"),
		Fix:     "Choose a dedicated Kapsule offer; the data source srm_cluster_types lists them.",
	}
	switch {
	case t == "kapsule":
		refusal.Found = `"kapsule", the mutualised offer`
	case t == "multicloud" || strings.HasPrefix(t, "multicloud-"):
		refusal.Found = fmt.Sprintf("%q, a Kosmos offer", t)
	}
	return refusal
}

// RootVolumeType refuses, with a *Refusal, root volumes that health data nodes may not have: the legacy b_ssd, local
// storage, which no API encrypts, and a default that follows the node type.
func RootVolumeType(t string) error {
	if slices.Contains(RootVolumeTypes(), t) {
		return nil
	}
	refusal := &Refusal{
		Rule:    RuleFor("HDS-IDN-02"),
		Summary: fmt.Sprintf("Root volume type %q is not eligible for health data", t),
		Found:   fmt.Sprintf("%q, which is no Block Storage type of Kapsule", t),
		Allowed: `"sbs_5k", "sbs_15k"`,
		Fix:     `Set the type to "sbs_5k", or to "sbs_15k" for more operations per second.`,
	}
	switch t {
	case "b_ssd":
		refusal.Found = `"b_ssd", the legacy Block Storage that the HDS rules for storage exclude`
	case "l_ssd":
		refusal.Found = `"l_ssd", local storage that nothing encrypts on a managed node`
	case "default_volume_type":
		refusal.Found = `"default_volume_type", which can mean local storage`
	}
	return refusal
}
