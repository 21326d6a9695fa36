package guardrails

import "strings"

// nodeDiskPolicy is about the disks of nodes, which no API encrypts.
func (s Settings) nodeDiskPolicy() policy {
	return policy{
		name: NodeDisk, resources: only("", "pods"), operations: onCreate(), rule: s.NodeDisk,
		// The managed add-ons cannot do without the node's disk.
		conditions: []named{{"not-kube-system", "request.namespace != " + text(KubeSystem)}},
		checks: []check{{
			expression: `!has(object.spec.volumes) || object.spec.volumes.all(v, !has(v.hostPath) && (!has(v.emptyDir) || ` +
				`has(v.emptyDir.medium) && v.emptyDir.medium != ''))`,
			message: `"HDS-ENC-03: the disks of nodes are not encrypted: an emptyDir on disk and a hostPath must hold no ` +
				`health data. ` +
				`Use a claim, or an emptyDir with medium Memory."`,
		}},
	}
}

// foreign is a CEL expression of the volumes, in a list, that are neither the pod's own nor left to other policies:
// what a PersistentVolume may not be must not come in through a pod. Sources that Kubernetes adds later are foreign,
// too.
func (s Settings) foreign(volumes string) string {
	own := []string{}
	for _, source := range []string{
		"configMap", "downwardAPI", "emptyDir", "ephemeral", "hostPath", "image", "persistentVolumeClaim", "projected",
		"secret",
	} {
		own = append(own, "has(v."+source+")")
	}
	return expand(`{volumes}.filter(v, !({own} || has(v.csi) && v.csi.driver in {drivers}))`,
		"volumes", volumes, "own", strings.Join(own, " || "), "drivers", list(s.InlineDrivers))
}

const foreignMessage = `"HDS-ENC-03: volumes of the pod are of a source whose encryption is not known: " + ` +
	`variables.foreign.map(v, v.name).join(', ') + ` +
	`". Use a claim. Inline volumes of a CSI driver that holds no data are accepted where inline_csi_drivers of ` +
	`srm_hds_guardrails names it."`

// podVolumePolicy refuses inline volumes of foreign sources. It cannot be loosened.
func (s Settings) podVolumePolicy() policy {
	return policy{
		name: PodVolumes, resources: only("", "pods"), operations: onCreate(), rule: always(),
		variables: []named{{"foreign", s.foreign(`(has(object.spec.volumes) ? object.spec.volumes : [])`)}},
		checks:    []check{{expression: `size(variables.foreign) == 0`, message: foreignMessage}},
	}
}

// templatePolicy warns of templates whose pods podVolumePolicy will refuse.
func (s Settings) templatePolicy() policy {
	return policy{
		name: Templates, operations: onChange(), rule: Rule{Action: Warn}, refusedLater: true,
		resources:  workloads(),
		conditions: []named{notDeleting()},
		variables: []named{
			podOfTemplate(),
			{"foreign", s.foreign(`('volumes' in variables.pod ? variables.pod.volumes : [])`)},
		},
		checks: []check{{expression: `size(variables.foreign) == 0`, message: foreignMessage}},
	}
}

// workloads are the kinds whose controllers create pods from a template.
func workloads() []resources {
	return []resources{
		{"apps", []string{"daemonsets", "deployments", "replicasets", "statefulsets"}},
		{"batch", []string{"cronjobs", "jobs"}},
		{"", []string{"podtemplates", "replicationcontrollers"}},
	}
}

// podOfTemplate is a variable: the spec of the pods that a workload creates.
func podOfTemplate() named {
	return named{"pod", `request.kind.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.spec : ` +
		`request.kind.kind == 'PodTemplate' ? (has(object.template.spec) ? object.template.spec : {}) : ` +
		`has(object.spec.template) ? object.spec.template.spec : {}`}
}
