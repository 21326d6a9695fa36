package guardrails

import "strings"

// nodeDiskPolicy refuses volumes on the disks of nodes, which Scaleway does not encrypt.
func (s Settings) nodeDiskPolicy() policy {
	return policy{
		name: NodeDisk, resources: inGroup("", "pods"), operations: onCreate(), rule: s.NodeDisk,
		// The managed add-ons need the disk of the node.
		conditions: []namedExpression{{"not-kube-system", "request.namespace != " + celString(KubeSystem)}},
		validations: []validation{{
			expression: `!has(object.spec.volumes) || object.spec.volumes.all(v, !has(v.hostPath) && ` +
				`(!has(v.emptyDir) || ` +
				`has(v.emptyDir.medium) && v.emptyDir.medium != ''))`,
			message: `"HDS-ENC-03: the disks of nodes are not encrypted, so an emptyDir on disk or a hostPath must ` +
				`not ` +
				`hold health data. Use a claim, or an emptyDir with the medium Memory."`,
		}},
	}
}

// foreignVolumesExpr returns a CEL expression for the volumes in a list whose source is neither local to the pod nor
// validated by another policy. A pod must not use an inline volume with a source that is refused for PersistentVolumes.
// Sources that Kubernetes adds later are refused, too.
func (s Settings) foreignVolumesExpr(volumes string) string {
	allowed := []string{}
	for _, source := range []string{
		"configMap", "downwardAPI", "emptyDir", "ephemeral", "hostPath", "image", "persistentVolumeClaim", "projected",
		"secret",
	} {
		allowed = append(allowed, "has(v."+source+")")
	}
	return expand(`{volumes}.filter(v, !({own} || has(v.csi) && v.csi.driver in {drivers}))`,
		"volumes", volumes, "own", strings.Join(allowed, " || "), "drivers", celList(s.InlineDrivers))
}

const foreignMessage = `"HDS-ENC-03: volumes of the pod have a source with unknown encryption: " + ` +
	`variables.foreign.map(v, v.name).join(', ') + ` +
	`". Use a claim. Inline volumes of a CSI driver that stores no data are accepted if inline_csi_drivers of ` +
	`srm_hds_guardrails lists the driver."`

// podVolumePolicy refuses inline volumes of other sources. Its action cannot be changed.
func (s Settings) podVolumePolicy() policy {
	return policy{
		name:       PodVolumes,
		resources:  inGroup("", "pods"),
		operations: onCreate(),
		rule:       alwaysDeny(),
		variables: []namedExpression{
			{"foreign", s.foreignVolumesExpr(`(has(object.spec.volumes) ? object.spec.volumes : [])`)},
		},
		validations: []validation{{expression: `size(variables.foreign) == 0`, message: foreignMessage}},
	}
}

// templatePolicy warns about pod templates whose pods podVolumePolicy will refuse.
func (s Settings) templatePolicy() policy {
	return policy{
		name: PodTemplates, operations: onChange(), rule: Rule{Action: Warn}, refusedLater: true,
		resources:  workloads(),
		conditions: []namedExpression{notDeleting()},
		variables: []namedExpression{
			podSpecVariable(),
			{"foreign", s.foreignVolumesExpr(`('volumes' in variables.pod ? variables.pod.volumes : [])`)},
		},
		validations: []validation{{expression: `size(variables.foreign) == 0`, message: foreignMessage}},
	}
}

// workloads returns the kinds with a pod template.
func workloads() []resources {
	return []resources{
		{"apps", []string{"daemonsets", "deployments", "replicasets", "statefulsets"}},
		{"batch", []string{"cronjobs", "jobs"}},
		{"", []string{"podtemplates", "replicationcontrollers"}},
	}
}

// podSpecVariable returns a variable for the spec in the pod template of a workload.
func podSpecVariable() namedExpression {
	return namedExpression{"pod", `request.kind.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.spec : ` +
		`request.kind.kind == 'PodTemplate' ? (has(object.template.spec) ? object.template.spec : {}) : ` +
		`has(object.spec.template) ? object.spec.template.spec : {}`}
}
