package lifecycle

// Skew is the difference between the version of a pool's kubelets and the version of its control plane.
type Skew string

// The skews that Kubernetes' version skew policy distinguishes.
const (
	SkewNone       Skew = "none"
	SkewOlderPatch Skew = "older_patch" // Of the same minor: auto-upgrade may be in progress.
	SkewOlderMinor Skew = "older_minor" // Within the policy.
	SkewTooOld     Skew = "too_old"     // Older than the policy allows.
	SkewNewer      Skew = "newer"       // Never allowed.
	SkewUnknown    Skew = "unknown"     // One of the versions is malformed.
)

// MaxSkew returns the number of minors by which a kubelet may be older than its control plane: three, or two before
// kubelet 1.25. Source: the version skew policy of Kubernetes.
func MaxSkew(kubelet Minor) int {
	if kubelet.Compare(Minor{1, 25}) < 0 {
		return 2
	}
	return 3
}

// SkewBetween compares the full version of a kubelet with that of its control plane. behind is the number of minors by
// which the kubelet is older, or zero if it is not older or the majors differ.
func SkewBetween(controlPlane, kubelet string) (skew Skew, behind int) {
	control, err := ParseVersion(controlPlane)
	if err != nil {
		return SkewUnknown, 0
	}
	node, err := ParseVersion(kubelet)
	if err != nil {
		return SkewUnknown, 0
	}
	switch {
	case node == control:
		return SkewNone, 0
	case node.Compare(control) > 0:
		return SkewNewer, 0
	case node.Major != control.Major:
		return SkewTooOld, 0
	case node.Minor == control.Minor:
		return SkewOlderPatch, 0
	}
	behind = control.Minor.Minor - node.Minor.Minor
	if behind > MaxSkew(node.Minor) {
		return SkewTooOld, behind
	}
	return SkewOlderMinor, behind
}
