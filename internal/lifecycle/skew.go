package lifecycle

// Skew is how the version of a pool's kubelets stands to that of its control plane.
type Skew string

// The skews that Kubernetes' version skew policy tells apart.
const (
	SkewNone       Skew = "none"
	SkewOlderPatch Skew = "older_patch" // Of the same minor: auto-upgrade may be on its way.
	SkewOlderMinor Skew = "older_minor" // Within the policy.
	SkewTooOld     Skew = "too_old"     // Older than the policy allows.
	SkewNewer      Skew = "newer"       // Never allowed.
	SkewUnknown    Skew = "unknown"     // One of the versions cannot be read.
)

// MaxSkew is the number of minors by which a kubelet may be older than its control plane: three, and two before kubelet
// 1.25. Source: the version skew policy of Kubernetes.
func MaxSkew(kubelet Minor) int {
	if kubelet.Compare(Minor{1, 25}) < 0 {
		return 2
	}
	return 3
}

// SkewOf compares the full version of a kubelet to that of its control plane. behind is the number of minors by which
// the kubelet is older, zero where it is not or where the majors differ.
func SkewOf(controlPlane, kubelet string) (skew Skew, behind int) {
	of, err := ParseVersion(controlPlane)
	if err != nil {
		return SkewUnknown, 0
	}
	node, err := ParseVersion(kubelet)
	if err != nil {
		return SkewUnknown, 0
	}
	switch {
	case node == of:
		return SkewNone, 0
	case node.Compare(of) > 0:
		return SkewNewer, 0
	case node.Major != of.Major:
		return SkewTooOld, 0
	case node.Minor == of.Minor:
		return SkewOlderPatch, 0
	}
	behind = of.Minor.Minor - node.Minor.Minor
	if behind > MaxSkew(node.Minor) {
		return SkewTooOld, behind
	}
	return SkewOlderMinor, behind
}
