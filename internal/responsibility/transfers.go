package responsibility

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// FromHardening is the value of Transfer.From if the configuration disables a protection of this provider, as opposed
// to taking over a duty of Scaleway.
const FromHardening = "hardening"

// Transfer is a responsibility that the configuration shifts to the customer. It names arguments and keys, never their
// values, which may be secret.
type Transfer struct {
	Key            string // Stable, such as "kubelet_args/maxPods".
	Clause         string // Id of the clause that defines the transfer: "TRF-01".
	Component      string // The component that the customer is now responsible for: "kubelet".
	From           string // PartyScaleway, or FromHardening.
	To             string // PartyCustomer.
	Reason         string // The fact that shifts the responsibility, a sentence.
	HowToRevert    string // How to revert the transfer, a sentence.
	Interpretation bool   // Whether the transfer is a reading of the model, which does not name this fact.
}

// ClusterFacts holds the settings of a cluster that can shift responsibilities.
type ClusterFacts struct {
	CNI              string
	FeatureGates     []string
	AdmissionPlugins []string
}

// PoolFacts holds the settings of a pool that can shift responsibilities. Only the keys of KubeletArgs are read.
// PublicIPReason is empty if the nodes have no public IP, or if the hardening of this provider does not cover the pool.
type PoolFacts struct {
	KubeletArgs    map[string]string
	UserDataKeys   []string
	PublicIPReason string
	// PublicIPWithoutReason reports whether the nodes have a public IP without a known reason, because another tool
	// created the pool.
	PublicIPWithoutReason bool
}

// ClusterTransfers returns the transfers of a cluster's configuration, sorted by key, never nil.
func ClusterTransfers(f ClusterFacts) []Transfer {
	transfers := []Transfer{}
	if strings.EqualFold(f.CNI, "none") {
		transfers = append(transfers, toCustomer("cni", componentCNI,
			`cni is "none": Scaleway installs and supports no network plugin.`,
			`The CNI of a cluster cannot be changed: create a cluster with cni "cilium" or "calico".`))
	}
	for _, gate := range sortedUnique(f.FeatureGates) {
		transfers = append(transfers, asInterpretation(toCustomer("feature_gates/"+gate, componentControlPlane,
			fmt.Sprintf("feature_gates sets %q in addition to Scaleway's control plane settings.", gate),
			fmt.Sprintf("Remove %q from feature_gates.", gate))))
	}
	for _, plugin := range sortedUnique(f.AdmissionPlugins) {
		transfers = append(transfers, asInterpretation(toCustomer("admission_plugins/"+plugin, componentControlPlane,
			fmt.Sprintf("admission_plugins enables %q in addition to Scaleway's control plane settings.", plugin),
			fmt.Sprintf("Remove %q from admission_plugins.", plugin))))
	}
	return sortByKey(transfers)
}

// PoolTransfers returns the transfers of a pool's configuration, sorted by key, never nil.
func PoolTransfers(f PoolFacts) []Transfer {
	transfers := []Transfer{}
	for arg := range maps.Keys(f.KubeletArgs) {
		transfers = append(transfers, toCustomer("kubelet_args/"+arg, componentKubelet,
			fmt.Sprintf("kubelet_args sets %q in place of Scaleway's kubelet configuration.", arg),
			fmt.Sprintf("Remove %q from kubelet_args, then replace the nodes: running nodes keep it.", arg)))
	}
	for _, key := range sortedUnique(f.UserDataKeys) {
		transfers = append(transfers, toCustomer("user_data/"+key, componentNodeOS,
			fmt.Sprintf("user_data sets %q, which changes nodes when they start.", key),
			fmt.Sprintf("Remove %q from user_data, then replace the nodes: running nodes keep its effect.", key)))
	}
	publicIP := Transfer{
		Key: "public_ip", Clause: "NET-03", Component: componentPublicNodes, From: FromHardening, To: PartyCustomer,
	}
	switch {
	case f.PublicIPReason != "":
		publicIP.Reason = fmt.Sprintf("public_ip gives each node a public IP. Reason: %s. Nodes without public IPs "+
			"are a protection of this provider, not a clause of the model.",
			strconv.Quote(f.PublicIPReason))
		publicIP.HowToRevert = "Remove public_ip: the provider replaces the pool with one without public IPs."
		transfers = append(transfers, publicIP)
	case f.PublicIPWithoutReason:
		publicIP.Reason = "Each node has a public IP. No API shows the reason."
		publicIP.HowToRevert = "Move the workloads to a pool without public IPs; the API cannot change a pool."
		transfers = append(transfers, publicIP)
	}
	return sortByKey(transfers)
}

// Values of Transfer.Component.
const (
	componentKubelet      = "kubelet"
	componentNodeOS       = "node operating system"
	componentNodeNetwork  = "kubelet or node networking"
	componentCNI          = "container network (CNI)"
	componentControlPlane = "control plane configuration"
	componentExternal     = "external nodes"
	componentPublicNodes  = "public exposure of nodes"
)

// alteredAddOnClause is the clause about preinstalled components that were altered in the cluster.
const alteredAddOnClause = "TRF-02"

// InClusterChanges holds what the provider found in the cluster's Kubernetes API, in the order found.
type InClusterChanges struct {
	Altered     []AlteredAddOn `json:"altered"`
	NodeChanges []NodeChange   `json:"node_changes"`
	// Untraced are Scaleway's objects without managedFields, such as "deployments/coredns": who changed them is
	// unknown.
	Untraced []string `json:"untraced"`
	// UnknownManagers are field managers of Scaleway's objects that may or may not be Scaleway's automation.
	UnknownManagers []string `json:"unknown_managers"`
}

// AlteredAddOn is a component that Scaleway installed and another field manager changed.
type AlteredAddOn struct {
	Component string   `json:"component"`    // "CoreDNS".
	Object    string   `json:"object"`       // Resource and name in kube-system: "deployments/coredns".
	By        string   `json:"by"`           // Field manager: "kubectl-edit".
	At        string   `json:"at,omitempty"` // Time of the change, RFC 3339; empty if unknown.
	Fields    []string `json:"fields"`
}

// NodeChange is a workload that can change the kubelet or the network of its nodes.
type NodeChange struct {
	Object string `json:"object"` // Resource, namespace and name: "daemonsets/monitoring/agent".
	Reason string `json:"reason"` // What allows it, a phrase without a subject: "mounts /var/lib/kubelet writable".
}

// InClusterTransfers returns the transfers found in the cluster's Kubernetes API, sorted by key, never nil.
func InClusterTransfers(found InClusterChanges) []Transfer {
	transfers := []Transfer{}
	for _, a := range found.Altered {
		when := ""
		if a.At != "" {
			when = " at " + a.At
		}
		transfers = append(transfers, Transfer{
			Key: "kube-system/" + a.Object + "/" + a.By, Clause: alteredAddOnClause, Component: a.Component,
			From: PartyScaleway,
			To:   PartyCustomer,
			Reason: fmt.Sprintf(
				"%s set %s of kube-system/%s%s.", strconv.Quote(a.By), strings.Join(a.Fields, ", "), a.Object, when,
			),
			HowToRevert: "Undo the change, or ask Scaleway's support to restore the component. The field's manager " +
				"in managedFields must be Scaleway's again.",
		})
	}
	for _, n := range found.NodeChanges {
		transfers = append(transfers, asInterpretation(Transfer{
			Key: "workloads/" + n.Object, Clause: alteredAddOnClause, Component: componentNodeNetwork,
			From:   PartyScaleway,
			To:     PartyCustomer,
			Reason: fmt.Sprintf("%s %s, so it can change the kubelet or the network of its nodes.", n.Object, n.Reason),
			HowToRevert: fmt.Sprintf(
				"Remove %s or its access to the node, then replace the nodes that it ran on.", n.Object,
			),
		}))
	}
	return sortByKey(transfers)
}

// allTransfers returns all transfers of the cluster, sorted by key, without duplicate keys. Keys of a pool's transfers
// begin with "pools/" and the pool's name.
func (c Cluster) allTransfers() []Transfer {
	transfers := append(ClusterTransfers(c.ClusterFacts), c.PlannedTransfers...)
	for _, p := range c.Pools {
		ofPool := append(PoolTransfers(p.PoolFacts), p.PlannedTransfers...)
		if p.External {
			ofPool = append([]Transfer{ExternalTransfer()}, p.PlannedTransfers...)
		}
		for _, t := range ofPool {
			t.Key = "pools/" + p.Name + "/" + t.Key
			t.Reason = fmt.Sprintf("Pool %s: %s", p.Name, t.Reason)
			transfers = append(transfers, t)
		}
	}
	if c.InCluster != nil {
		transfers = append(transfers, InClusterTransfers(*c.InCluster)...)
	}
	slices.SortStableFunc(transfers, func(a, b Transfer) int { return cmp.Compare(a.Key, b.Key) })
	return slices.CompactFunc(transfers, func(a, b Transfer) bool { return a.Key == b.Key })
}

// ExternalTransfer returns the transfer of a pool whose nodes Scaleway does not host: the customer provisions, patches,
// hardens, connects and monitors them.
func ExternalTransfer() Transfer {
	return Transfer{
		Key: "external_nodes", Clause: "KOS-04", Component: componentExternal, From: PartyScaleway, To: PartyCustomer,
		Reason: "its nodes are hosted outside of Scaleway: the customer is responsible for their operating system, " +
			"hardening, connectivity and health.",
		HowToRevert: "Move the workloads to a pool that Scaleway hosts, and delete the external one.",
	}
}

// toCustomer returns a transfer from Scaleway to the customer under TRF-01.
func toCustomer(key, component, reason, howToRevert string) Transfer {
	return Transfer{Key: key, Clause: "TRF-01", Component: component, From: PartyScaleway, To: PartyCustomer,
		Reason: reason, HowToRevert: howToRevert}
}

func asInterpretation(t Transfer) Transfer {
	t.Interpretation = true
	return t
}

// sortedUnique returns the names sorted and without duplicates. It does not modify its argument.
func sortedUnique(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

func sortByKey(transfers []Transfer) []Transfer {
	slices.SortFunc(transfers, func(a, b Transfer) int { return cmp.Compare(a.Key, b.Key) })
	return transfers
}
