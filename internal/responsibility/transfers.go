package responsibility

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// FromHardening is the From of a transfer that gives up a protection of this provider, not a duty of Scaleway.
const FromHardening = "hardening"

// Transfer is a responsibility that a configuration moved, and the fact that moved it. It names arguments and keys, never
// their values, which may be secret.
type Transfer struct {
	Key            string // Stable, such as "kubelet_args/maxPods".
	Clause         string // The clause that says so: "TRF-01".
	Component      string // What is now somebody else's: "kubelet".
	From           string // PartyScaleway, or FromHardening.
	To             string // PartyCustomer.
	Because        string // The fact, a sentence.
	GiveBack       string // How to undo it, a sentence.
	Interpretation bool   // The model does not name this fact: that it transfers is our reading.
}

// ClusterFacts is what the configuration of a cluster may transfer.
type ClusterFacts struct {
	CNI              string
	FeatureGates     []string
	AdmissionPlugins []string
}

// PoolFacts is what the configuration of a pool may transfer. Only the keys of KubeletArgs are read. PublicIPReason is
// empty where the nodes have no public IP.
type PoolFacts struct {
	KubeletArgs    map[string]string
	UserDataKeys   []string
	PublicIPReason string
}

// ClusterTransfers lists what a cluster's configuration transfers, sorted by key, never nil.
func ClusterTransfers(f ClusterFacts) []Transfer {
	transfers := []Transfer{}
	if strings.EqualFold(f.CNI, "none") {
		transfers = append(transfers, toCustomer("cni", "container network (CNI)",
			`cni is "none": Scaleway installs no network plugin, and nothing of it is covered by its support.`,
			`The CNI of a cluster cannot be changed: create a cluster with cni "cilium" or "calico".`))
	}
	for _, gate := range unique(f.FeatureGates) {
		transfers = append(transfers, interpreted(toCustomer("feature_gates/"+gate, "control plane configuration",
			fmt.Sprintf("feature_gates sets %q, in addition to what Scaleway chose for the control plane.", gate),
			fmt.Sprintf("Remove %q from feature_gates.", gate))))
	}
	for _, plugin := range unique(f.AdmissionPlugins) {
		transfers = append(transfers, interpreted(toCustomer("admission_plugins/"+plugin, "control plane configuration",
			fmt.Sprintf("admission_plugins enables %q, in addition to what Scaleway chose for the control plane.", plugin),
			fmt.Sprintf("Remove %q from admission_plugins.", plugin))))
	}
	return sorted(transfers)
}

// PoolTransfers lists what a pool's configuration transfers, sorted by key, never nil.
func PoolTransfers(f PoolFacts) []Transfer {
	transfers := []Transfer{}
	for arg := range maps.Keys(f.KubeletArgs) {
		transfers = append(transfers, toCustomer("kubelet_args/"+arg, "kubelet",
			fmt.Sprintf("kubelet_args sets %q in place of Scaleway's kubelet configuration.", arg),
			fmt.Sprintf("Remove %q from kubelet_args, then rotate the nodes so that none keeps it.", arg)))
	}
	for _, key := range unique(f.UserDataKeys) {
		transfers = append(transfers, toCustomer("user_data/"+key, "node operating system",
			fmt.Sprintf("user_data sets %q, which changes nodes when they start.", key),
			fmt.Sprintf("Remove %q from user_data, then rotate the nodes so that none keeps its effect.", key)))
	}
	if f.PublicIPReason != "" {
		transfers = append(transfers, Transfer{
			Key: "public_ip", Clause: "NET-03", Component: "public exposure of nodes", From: FromHardening, To: PartyCustomer,
			Because: fmt.Sprintf("public_ip gives each node a public IP, for the reason %s. "+
				"That nodes have none is a protection of this provider, not a clause of the model.",
				strconv.Quote(f.PublicIPReason)),
			GiveBack: "Remove public_ip; the pool is replaced by one without public IPs.",
		})
	}
	return sorted(transfers)
}

// toCustomer is a transfer from Scaleway that TRF-01 names.
func toCustomer(key, component, because, giveBack string) Transfer {
	return Transfer{Key: key, Clause: "TRF-01", Component: component, From: PartyScaleway, To: PartyCustomer,
		Because: because, GiveBack: giveBack}
}

func interpreted(t Transfer) Transfer {
	t.Interpretation = true
	return t
}

// unique sorts names and leaves out repeated ones, without touching the caller's slice.
func unique(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

func sorted(transfers []Transfer) []Transfer {
	slices.SortFunc(transfers, func(a, b Transfer) int { return cmp.Compare(a.Key, b.Key) })
	return transfers
}
