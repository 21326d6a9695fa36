package assessment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// oldNodeDays is the age from which old nodes are a deviation of medium severity.
const oldNodeDays = 90

// nodeChecks returns the checks of nodes and pools.
func nodeChecks() []Check {
	return slices.Concat([]Check{
		{
			ID: "pool_version_skew", Layer: LayerAPI, Severity: Medium,
			Title:    Text{EN: "Version of pools", FR: "Version des pools"},
			Expected: Text{EN: "The minor of the control plane.", FR: "La version mineure du plan de contrôle."},
			Remedy: Text{
				EN: "Run scw k8s pool upgrade POOL_ID version=VERSION; the nodes are drained and replaced.",
				FR: "Exécuter scw k8s pool upgrade POOL_ID version=VERSION ; les nœuds sont vidés et remplacés.",
			},
			judge: judgeSkew,
		},
		{
			ID: "node_age", Layer: LayerAPI, Severity: Low,
			Title: Text{EN: "Age of nodes", FR: "Âge des nœuds"},
			Expected: Text{
				EN: fmt.Sprintf(
					"No node older than %d days, which Scaleway recommends, or than the customer's own limit.",
					lifecycle.RecommendedNodeAgeDays,
				),
				FR: fmt.Sprintf(
					"Aucun nœud plus ancien que %d jours, recommandation de Scaleway, ou que la limite fixée "+
						"par le client.",
					lifecycle.RecommendedNodeAgeDays,
				),
			},
			Remedy: Text{
				EN: "Run scw k8s node replace NODE_ID for each node, one at a time; its pods are evicted.",
				FR: "Exécuter scw k8s node replace NODE_ID pour chaque nœud, un à la fois ; ses pods sont évincés.",
			},
			judge: judgeNodeAge,
		},
		{
			ID: "node_public_address", Layer: LayerAPI, Severity: Medium,
			Title: Text{EN: "Public addresses of nodes", FR: "Adresses publiques des nœuds"},
			Expected: Text{
				EN: "Pools without public addresses, whose nodes reach the control plane over the Private Network.",
				FR: "Des pools sans adresse publique, dont les nœuds joignent le plan de contrôle par le réseau privé.",
			},
			Remedy: Text{
				EN: "Create a pool with public-ip-disabled=true and a Public Gateway in the Private Network, drain " +
					"the old pool and delete it: a pool cannot be changed.",
				FR: "Créer un pool avec public-ip-disabled=true et une Public Gateway dans le réseau privé, vider " +
					"l'ancien pool et le supprimer : un pool ne se modifie pas.",
			},
			judge: judgePublicAddress,
		},
	}, poolHardwareChecks())
}

// nodesOf returns the nodes of a pool, without those that are being deleted.
func (f Facts) nodesOf(p Pool) []Node {
	return slices.DeleteFunc(slices.Clone(f.Nodes.Items), func(n Node) bool {
		return n.PoolID != p.ID || n.Status == "deleting" || n.Status == "deleted"
	})
}

// sentenceList joins different texts for a sentence, sorted.
func sentenceList(texts []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(texts))), ", ")
}

// noPool sets the text of a check of pools without any.
func (j *judgement) noPool() {
	j.nothing("The cluster has no such pool.", "Le cluster n'a aucun pool de ce type.")
}

func judgeSkew(j *judgement) {
	cluster, ok := j.cluster()
	if !ok {
		return
	}
	control, ok := known(j, j.clusterObject("version", ""), cluster.Version)
	if !ok {
		return
	}
	j.noPool()
	each(j, j.facts.Pools, func(p Pool) {
		object := j.poolObject(p, "version", "")
		isUpgrading := p.Status == "upgrading" || cluster.Status == "updating"
		if p.IsExternal {
			j.judgeExternalSkew(p, control)
			return
		}
		version, ok := known(j, object, p.Version)
		if !ok {
			return
		}
		object.Value = version
		j.judgeVersionSkew(object, control, version, isUpgrading)
	})
}

// judgeExternalSkew judges the kubelets of an external pool: the version of the pool is not that of its machines.
func (j *judgement) judgeExternalSkew(p Pool, control string) {
	object := j.poolObject(p, "kubelet_version", "")
	j.reads(j.facts.Nodes.Missing())
	nodes := j.facts.nodesOf(p)
	if len(nodes) == 0 {
		return
	}
	kubelets := j.facts.InCluster.Nodes
	if gap := kubelets.Missing(); gap != nil {
		j.unknown(object, *gap)
		return
	}
	object.Source = kubelets.Source
	versions := []string{}
	for _, n := range nodes {
		i := slices.IndexFunc(kubelets.Items, func(k KubeletNode) bool {
			return k.Name == n.Name || strings.HasSuffix(k.ProviderID, "/"+n.ID)
		})
		if i < 0 || kubelets.Items[i].KubeletVersion == nil {
			j.unknown(object, Gap{Reason: NotFound, Needs: "node " + n.Name + " in the cluster"})
			continue
		}
		versions = append(versions, strings.TrimPrefix(*kubelets.Items[i].KubeletVersion, "v"))
	}
	slices.Sort(versions)
	for _, version := range slices.Compact(versions) {
		object.Value = version
		j.judgeVersionSkew(object, control, version, false)
	}
}

// judgeVersionSkew compares a version of kubelets with that of the control plane.
func (j *judgement) judgeVersionSkew(object Object, control, version string, isUpgrading bool) {
	skew, behind := lifecycle.SkewBetween(control, version)
	en := fmt.Sprintf("The pool runs %s, the control plane %s.", version, control)
	fr := fmt.Sprintf("Le pool exécute %s, le plan de contrôle %s.", version, control)
	switch {
	case skew == lifecycle.SkewUnknown:
		j.unknown(object, Gap{Reason: NoAPIField, Needs: object.Attribute, Detail: en})
	case skew == lifecycle.SkewNone, skew == lifecycle.SkewOlderPatch:
		j.passWith(object, en, fr)
	case isUpgrading:
		j.decide(object, en+" An upgrade is running.", fr+" Une mise à jour est en cours.")
	case skew == lifecycle.SkewNewer:
		j.fail(object, High, en+" Kubernetes does not allow a newer kubelet.",
			fr+" Kubernetes n'admet pas un kubelet plus récent.")
	case skew == lifecycle.SkewTooOld:
		j.fail(object, High, en+" Kubernetes does not allow a kubelet that old.",
			fr+" Kubernetes n'admet pas un kubelet aussi ancien.")
	case behind >= 3:
		j.fail(object, High, en, fr)
	default:
		j.fail(object, Medium, en, fr)
	}
}

func judgeNodeAge(j *judgement) {
	limit := cmp.Or(j.options.Inputs.MaxNodeAgeDays, lifecycle.RecommendedNodeAgeDays)
	en := fmt.Sprintf("Scaleway recommends at most %d days.", limit)
	fr := fmt.Sprintf("Scaleway recommande au plus %d jours.", limit)
	if j.options.Inputs.MaxNodeAgeDays > 0 {
		en = fmt.Sprintf("The customer's limit is %d days: %s.", limit, j.options.Inputs.MaxNodeAgeReason)
		fr = fmt.Sprintf("La limite du client est de %d jours : %s.", limit, j.options.Inputs.MaxNodeAgeReason)
	}
	j.nothing("The cluster has no node of Scaleway.", "Le cluster n'a aucun nœud de Scaleway.")
	j.reads(j.facts.Nodes.Missing())
	each(j, j.facts.Pools, func(p Pool) {
		nodes := j.facts.nodesOf(p)
		if p.IsExternal || len(nodes) == 0 {
			return
		}
		object := j.poolObject(p, "nodes.created_at", "")
		object.Source = j.facts.Nodes.Source
		var oldest time.Time
		old, isUnknown := 0, false
		for _, n := range nodes {
			if n.CreatedAt == nil {
				isUnknown = true
				continue
			}
			if oldest.IsZero() || n.CreatedAt.Before(oldest) {
				oldest = *n.CreatedAt
			}
			if isOlder(*n.CreatedAt, limit, j.now) {
				old++
			}
		}
		if !oldest.IsZero() {
			object.Value = day(oldest)
		}
		severity := Low
		if isOlder(oldest, oldNodeDays, j.now) {
			severity = Medium
		}
		switch {
		case old > 0:
			j.fail(object, severity,
				fmt.Sprintf("Nodes over the limit: %d of %d, the oldest of %s. %s", old, len(nodes), object.Value, en),
				fmt.Sprintf("Nœuds au-delà de la limite : %d sur %d, le plus ancien du %s. %s", old, len(nodes),
					object.Value, fr))
		case isUnknown:
			j.unknown(object, Gap{Reason: NoAPIField, Needs: "created_at"})
		default:
			object.changesDaily = true // an autoscaler replaces nodes
			j.passWith(object, fmt.Sprintf("The oldest node is of %s. %s", object.Value, en),
				fmt.Sprintf("Le nœud le plus ancien est du %s. %s", object.Value, fr))
		}
	})
}

// isOlder reports whether something was created more than a number of days before a time.
func isOlder(created time.Time, days int, now time.Time) bool {
	return now.After(created.AddDate(0, 0, days))
}

func judgePublicAddress(j *judgement) {
	j.noPool()
	j.reads(j.facts.Nodes.Missing())
	each(j, j.facts.Pools, func(p Pool) {
		if p.IsExternal {
			return
		}
		object := j.poolObject(p, "public_ip_disabled", "")
		for _, n := range j.facts.nodesOf(p) {
			if isSet(n.PublicIPv4) || isSet(n.PublicIPv6) {
				object.Attribute, object.Value = "nodes.public_ip", "set"
				j.fail(object, Medium, "Nodes of the pool have public addresses.",
					"Des nœuds du pool ont des adresses publiques.")
				return
			}
		}
		disabled, ok := known(j, object, p.PublicIPDisabled)
		if !ok {
			return
		}
		object.Value = fmt.Sprint(disabled)
		if !disabled {
			j.fail(object, Medium, "The pool gives its nodes public addresses.",
				"Le pool donne des adresses publiques à ses nœuds.")
			return
		}
		for _, n := range j.facts.nodesOf(p) {
			if n.PublicIPv4 == nil || n.PublicIPv6 == nil {
				object.Attribute = "nodes.public_ip"
				j.unknown(object, Gap{Reason: NoAPIField, Needs: "public_ip_v4, public_ip_v6"})
				return
			}
		}
		j.pass(object)
	})
}

// isSet reports whether an address is known and not empty.
func isSet(address *string) bool { return address != nil && *address != "" }
