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

// Transfer is a responsibility that a configuration moved, and the fact that moved it. It names arguments and keys,
// never their values, which may be secret.
type Transfer struct {
	Key            string // Stable, such as "kubelet_args/maxPods".
	Clause         string // The clause that says so: "TRF-01".
	Component      string // What is now the customer's: "kubelet".
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
// empty where the nodes have no public IP, or where that is no protection that was given up.
type PoolFacts struct {
	KubeletArgs    map[string]string
	UserDataKeys   []string
	PublicIPReason string
	// PublicIPUnexplained says that the nodes have a public IP and that no reason for it is known: another tool made the
	// pool.
	PublicIPUnexplained bool
}

// ClusterTransfers lists what a cluster's configuration transfers, sorted by key, never nil.
func ClusterTransfers(f ClusterFacts) []Transfer {
	transfers := []Transfer{}
	if strings.EqualFold(f.CNI, "none") {
		transfers = append(transfers, toCustomer("cni", componentCNI,
			`cni is "none": Scaleway installs no network plugin, and nothing of it is covered by its support.`,
			`The CNI of a cluster cannot be changed: create a cluster with cni "cilium" or "calico".`))
	}
	for _, gate := range unique(f.FeatureGates) {
		transfers = append(transfers, interpreted(toCustomer("feature_gates/"+gate, componentControlPlane,
			fmt.Sprintf("feature_gates sets %q, in addition to what Scaleway chose for the control plane.", gate),
			fmt.Sprintf("Remove %q from feature_gates.", gate))))
	}
	for _, plugin := range unique(f.AdmissionPlugins) {
		transfers = append(transfers, interpreted(toCustomer("admission_plugins/"+plugin, componentControlPlane,
			fmt.Sprintf("admission_plugins enables %q, in addition to what Scaleway chose for the control plane.", plugin),
			fmt.Sprintf("Remove %q from admission_plugins.", plugin))))
	}
	return sorted(transfers)
}

// PoolTransfers lists what a pool's configuration transfers, sorted by key, never nil.
func PoolTransfers(f PoolFacts) []Transfer {
	transfers := []Transfer{}
	for arg := range maps.Keys(f.KubeletArgs) {
		transfers = append(transfers, toCustomer("kubelet_args/"+arg, componentKubelet,
			fmt.Sprintf("kubelet_args sets %q in place of Scaleway's kubelet configuration.", arg),
			fmt.Sprintf("Remove %q from kubelet_args, then rotate the nodes so that none keeps it.", arg)))
	}
	for _, key := range unique(f.UserDataKeys) {
		transfers = append(transfers, toCustomer("user_data/"+key, componentNodeOS,
			fmt.Sprintf("user_data sets %q, which changes nodes when they start.", key),
			fmt.Sprintf("Remove %q from user_data, then rotate the nodes so that none keeps its effect.", key)))
	}
	publicIP := Transfer{
		Key: "public_ip", Clause: "NET-03", Component: componentPublicNodes, From: FromHardening, To: PartyCustomer,
	}
	switch {
	case f.PublicIPReason != "":
		publicIP.Because = fmt.Sprintf("public_ip gives each node a public IP, for the reason %s. That nodes have none is "+
			"a protection of this provider, not a clause of the model.",
			strconv.Quote(f.PublicIPReason))
		publicIP.GiveBack = "Remove public_ip; the pool is replaced by one without public IPs."
		transfers = append(transfers, publicIP)
	case f.PublicIPUnexplained:
		publicIP.Because = "Each node has a public IP, for a reason that no API shows."
		publicIP.GiveBack = "Move the workloads to a pool without public IPs; the API cannot change this one."
		transfers = append(transfers, publicIP)
	}
	return sorted(transfers)
}

// The components that transfers move.
const (
	componentKubelet      = "kubelet"
	componentNodeOS       = "node operating system"
	componentNodeNetwork  = "kubelet or node networking"
	componentCNI          = "container network (CNI)"
	componentControlPlane = "control plane configuration"
	componentExternal     = "external nodes"
	componentPublicNodes  = "public exposure of nodes"
)

// clauseAltered is the clause about preinstalled components that were altered inside a cluster.
const clauseAltered = "TRF-02"

// Inside is what was found inside a cluster, in the order found.
type Inside struct {
	Altered  []AlteredAddOn
	Changing []NodeChange
	// Untraced are the objects of Scaleway's whose managedFields were cleared, as "deployments/coredns": they no longer
	// name who set what.
	Untraced []string
	// UnknownAuthors are names that set fields of Scaleway's objects, and are neither known as Scaleway's nor as
	// another's.
	UnknownAuthors []string
}

// AlteredAddOn is a component that Scaleway installs and that someone changed.
type AlteredAddOn struct {
	Component string // "CoreDNS".
	Object    string // "deployments/coredns": in kube-system.
	By        string // Who the API server says did it: "kubectl-edit".
	At        string // When, RFC 3339; empty where unknown.
	Fields    []string
}

// NodeChange is a workload that can change the kubelet or the network of the nodes that it runs on.
type NodeChange struct {
	Object string // "daemonsets/monitoring/agent": with its namespace.
	Why    string // What lets it, a clause without subject: "mounts /var/lib/kubelet writable".
}

// InsideTransfers lists what was moved inside a cluster, sorted by key, never nil.
func InsideTransfers(found Inside) []Transfer {
	transfers := []Transfer{}
	for _, a := range found.Altered {
		when := ""
		if a.At != "" {
			when = " at " + a.At
		}
		transfers = append(transfers, Transfer{
			Key: "kube-system/" + a.Object + "/" + a.By, Clause: clauseAltered, Component: a.Component, From: PartyScaleway,
			To: PartyCustomer,
			Because: fmt.Sprintf(
				"%s set %s of kube-system/%s%s.", strconv.Quote(a.By), strings.Join(a.Fields, ", "), a.Object, when,
			),
			GiveBack: "Undo the change. Where the original is unknown, ask Scaleway's support to restore the component; the " +
				"field's owner in managedFields shows that it is Scaleway's again.",
		})
	}
	for _, n := range found.Changing {
		transfers = append(transfers, interpreted(Transfer{
			Key: "workloads/" + n.Object, Clause: clauseAltered, Component: componentNodeNetwork, From: PartyScaleway,
			To:       PartyCustomer,
			Because:  fmt.Sprintf("%s %s, and so can change the kubelet or the network of its nodes.", n.Object, n.Why),
			GiveBack: fmt.Sprintf("Remove %s or take these rights from it, then replace the nodes that it ran on.", n.Object),
		}))
	}
	return sorted(transfers)
}

// transfers are all of a cluster's, sorted by key, each key once; those of a pool begin with "pools/" and its name.
func (c Cluster) transfers() []Transfer {
	transfers := append(ClusterTransfers(c.ClusterFacts), c.Planned...)
	for _, p := range c.Pools {
		own := append(PoolTransfers(p.PoolFacts), p.Planned...)
		if p.External {
			own = append([]Transfer{ExternalTransfer()}, p.Planned...)
		}
		for _, t := range own {
			t.Key = "pools/" + p.Name + "/" + t.Key
			t.Because = fmt.Sprintf("Pool %s: %s", p.Name, t.Because)
			transfers = append(transfers, t)
		}
	}
	if c.Inside != nil {
		transfers = append(transfers, InsideTransfers(*c.Inside)...)
	}
	slices.SortStableFunc(transfers, func(a, b Transfer) int { return cmp.Compare(a.Key, b.Key) })
	return slices.CompactFunc(transfers, func(a, b Transfer) bool { return a.Key == b.Key })
}

// ExternalTransfer is that of a pool whose nodes Scaleway does not host: provisioning, patching, hardening,
// connectivity and monitoring of them are the customer's.
func ExternalTransfer() Transfer {
	return Transfer{
		Key: "external_nodes", Clause: "KOS-04", Component: componentExternal, From: PartyScaleway, To: PartyCustomer,
		Because: "its nodes are hosted outside of Scaleway: their operating system, hardening, connectivity and health " +
			"are the customer's.",
		GiveBack: "Move the workloads to a pool that Scaleway hosts, and delete the external one.",
	}
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
