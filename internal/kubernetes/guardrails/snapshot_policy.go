package guardrails

// SnapshotGroup is the API group of snapshots. Kapsule installs its custom resource definitions.
const SnapshotGroup = "snapshot.storage.k8s.io"

// VolumeSnapshots are the settings for snapshots.
type VolumeSnapshots struct {
	// ClassName is the name of the VolumeSnapshotClass, which becomes the default of the CSI driver.
	ClassName string `json:"class_name"`
	// HealthDataNamespaces are the namespaces whose VolumeSnapshots must outlast their deletion.
	HealthDataNamespaces []string `json:"health_data_namespaces"`
}

// snapshotClass returns the class of snapshots. With the policy Retain, the snapshot stays when its VolumeSnapshot or
// its namespace is deleted.
func (s Settings) snapshotClass() Object {
	return newObject(SnapshotGroup+"/v1", KindSnapshotClass, s.VolumeSnapshots.ClassName, map[string]any{
		AnnotationDefaultSnapshotClass: "true",
	}, map[string]any{"driver": Provisioner, "deletionPolicy": "Retain"})
}

// snapshotPolicy validates new VolumeSnapshots of health data. It compares each with every VolumeSnapshotClass: the one
// that it names, or else the default, must have the deletion policy Retain. A VolumeSnapshot of an existing
// VolumeSnapshotContent has the policy of that object, not of a class. Existing snapshots are not validated. The
// namespace of the guardrails is included for the probe.
func (s Settings) snapshotPolicy() policy {
	namespaces := append([]string{s.Namespace}, s.VolumeSnapshots.HealthDataNamespaces...)
	isUsed := expand(`(!has(object.spec.source.volumeSnapshotContentName) && `+
		`(has(object.spec.volumeSnapshotClassName) ? params.metadata.name == object.spec.volumeSnapshotClassName : `+
		`params.driver == {driver} && has(params.metadata.annotations) && {default} in params.metadata.annotations && `+
		`params.metadata.annotations[{default}] == 'true'))`,
		"driver", celString(Provisioner), "default", celString(AnnotationDefaultSnapshotClass))
	return policy{
		name: Snapshots, resources: inGroup(SnapshotGroup, "volumesnapshots"), operations: onCreate(),
		rule: alwaysDeny(), params: &paramKind{SnapshotGroup + "/v1", KindSnapshotClass},
		conditions: []namedExpression{{
			"health-data", "request.namespace in " + celList(sortedUnique(namespaces)),
		}},
		validations: []validation{
			{
				expression: "!" + isUsed + " || params.deletionPolicy == 'Retain'",
				message: `"HDS-BKP-01: the VolumeSnapshotClass " + params.metadata.name + " deletes the snapshot ` +
					`together with its VolumeSnapshot or its namespace. Set volumeSnapshotClassName to " + ` +
					celString(
						s.VolumeSnapshots.ClassName,
					) + ` + "."`,
			},
		},
	}
}
