package assessment

// storageChecks returns the checks of volumes, disks and databases.
func storageChecks() []Check {
	return []Check{
		{
			ID: "volume_type_eligible", Layer: LayerAPI, Severity: High, HDSOnly: true,
			Title: Text{EN: "Types of the volumes in use", FR: "Types des volumes utilisés"},
			Expected: Text{
				EN: "Nodes and PersistentVolumes use Block Storage (sbs), no legacy volume (b_ssd).",
				FR: "Les nœuds et les PersistentVolumes utilisent Block Storage (sbs), aucun ancien volume (b_ssd).",
			},
			Remedy: Text{
				EN: "Run scw instance volume plan-migration, then apply-migration on a detached volume: it becomes " +
					"a Block Storage volume; its workload stops meanwhile.",
				FR: "Exécuter scw instance volume plan-migration, puis apply-migration sur un volume détaché : il " +
					"devient un volume Block Storage ; sa charge de travail s'arrête pendant ce temps.",
			},
			judge: judgeVolumeTypes,
		},
		{
			ID: "node_root_disk_plaintext", Layer: LayerAPI, Severity: Medium,
			Title: Text{EN: "Key of the nodes' root disks", FR: "Clé des disques racines des nœuds"},
			Expected: Text{
				EN: "The root disks of nodes are encrypted with a key of the customer, or hold no sensitive data.",
				FR: "Les disques racines des nœuds sont chiffrés avec une clé du client ou ne contiennent rien de " +
					"sensible.",
			},
			Remedy: Text{
				EN: "Kapsule offers no key for root disks: state in an attestation of the kind encryption why no " +
					"health data is written to them.",
				FR: "Kapsule n'offre pas de clé pour les disques racines : déclarer dans une attestation de type " +
					"encryption pourquoi aucune donnée de santé n'y est écrite.",
			},
			judge: judgeRootDisks,
		},
		{
			ID: "database_neighbour", Layer: LayerAPI, Severity: High,
			Title: Text{
				EN: "Managed databases of the Project (PostgreSQL and MySQL)",
				FR: "Bases gérées du Projet (PostgreSQL et MySQL)",
			},
			Expected: Text{
				EN: "Databases have no public endpoint or a restricted one, and are encrypted at rest. For health " +
					"data, they and their backups are in fr-par.",
				FR: "Les bases n'ont pas d'endpoint public, ou un endpoint restreint, et sont chiffrées au repos. " +
					"Pour des données de santé, elles et leurs sauvegardes sont en fr-par.",
			},
			Remedy: Text{
				EN: "Run scw rdb endpoint delete or scw rdb acl set, scw rdb instance upgrade " +
					"enable-encryption=true (final, with an interruption) and scw rdb instance update " +
					"backup-same-region=true.",
				FR: "Exécuter scw rdb endpoint delete ou scw rdb acl set, scw rdb instance upgrade " +
					"enable-encryption=true (définitif, la base s'interrompt) et scw rdb instance update " +
					"backup-same-region=true.",
			},
			judge: judgeDatabases,
		},
	}
}

// nodeServers returns the ids of the Instances of the cluster's nodes.
func nodeServers(facts Facts) map[string]bool {
	servers := map[string]bool{}
	for _, n := range facts.Nodes.Items {
		if n.ServerID != "" {
			servers[n.ServerID] = true
		}
	}
	return servers
}

// usesVolume returns a function that reports whether the cluster uses a volume: it is attached to a node, or it is not
// attached, and a PersistentVolume has it or the CSI driver named it. The name does not tell the cluster, so that it
// counts only while the PersistentVolumes are not known. Then every other volume that is not attached may belong to a
// PersistentVolume, too: the function returns what is missing to know.
func usesVolume(facts Facts) func(Volume) (uses bool, missing *Gap) {
	servers, handles := nodeServers(facts), map[string]bool{}
	for _, v := range facts.InCluster.Volumes.Items {
		if v.Driver == csiDriver {
			handles[volumeID(v)] = true
		}
	}
	missing := facts.InCluster.Volumes.Missing()
	return func(v Volume) (bool, *Gap) {
		switch {
		case v.ServerID != "":
			return servers[v.ServerID], nil
		case handles[v.ID]:
			return true, nil
		}
		return missing != nil && v.IsCSI, missing
	}
}

func judgeVolumeTypes(j *judgement) {
	j.nothing("The cluster uses no volume.", "Le cluster n'utilise aucun volume.")
	project := j.facts.Project
	j.reads(j.facts.Nodes.Missing())
	uses := usesVolume(j.facts)
	judge := func(source string) func(Volume) {
		return func(v Volume) {
			object := v.object(source, "specs.class", "")
			isUsed, missing := uses(v)
			if !isUsed {
				if missing != nil && (v.Class == nil || *v.Class != "sbs") {
					j.unknown(object, *missing)
				}
				return
			}
			class, ok := known(j, object, v.Class)
			if !ok {
				return
			}
			object.Value = class
			if class != "sbs" {
				j.fail(object, High, "It is a legacy volume ("+class+").", "C'est un ancien volume ("+class+").")
				return
			}
			j.pass(object)
		}
	}
	each(j, project.Volumes, judge(project.Volumes.Source))
	each(j, project.InstanceVolumes, judge(project.InstanceVolumes.Source))
}

// object returns the volume as the object of a check.
func (v Volume) object(source, attribute, value string) Object {
	return Object{ID: v.Zone + "/" + v.ID, Name: v.Name, Source: source, Attribute: attribute, Value: value}
}

func judgeRootDisks(j *judgement) {
	j.nothing("The cluster has no node that is an Instance.", "Le cluster n'a pas de nœud qui soit une Instance.")
	project := j.facts.Project
	j.reads(j.facts.Nodes.Missing())
	disks, volumes := map[string]RootDisk{}, map[string]Volume{}
	for _, d := range project.RootDisks.Items {
		disks[d.ServerID] = d
	}
	for _, v := range project.Volumes.Items {
		volumes[v.ID] = v
	}
	each(j, j.facts.Pools, func(p Pool) {
		if p.IsExternal {
			return
		}
		object := j.poolObject(p, "kms_key_id of root disks", "")
		object.Source = project.Volumes.Source
		withKey, without := 0, 0
		var missing *Gap
		for _, n := range j.facts.Nodes.Items {
			if n.PoolID != p.ID || n.IsExternal {
				continue
			}
			switch hasKey, gap := rootDiskHasKey(project, disks, volumes, n); {
			case gap != nil:
				missing = gap
			case hasKey:
				withKey++
			default:
				without++
			}
		}
		switch {
		case without > 0:
			object.Value = "none"
			if withKey > 0 {
				object.Value = "not all"
			}
			j.decide(object, "Root disks of nodes have no key of the customer.",
				"Des disques racines de nœuds n'ont pas de clé du client.")
		case missing != nil:
			j.unknown(object, *missing)
		case withKey > 0:
			object.Value = "all"
			j.pass(object)
		}
	})
}

// rootDiskHasKey reports whether the root disk of a node has a key of the customer, or why that is not known. A local
// disk never has one.
func rootDiskHasKey(project Project, disks map[string]RootDisk, volumes map[string]Volume, n Node) (bool, *Gap) {
	absent := func(missing *Gap, detail string) *Gap {
		if missing != nil {
			return missing
		}
		return &Gap{Reason: Changing, Detail: detail}
	}
	disk, ok := disks[n.ServerID]
	if !ok {
		return false, absent(project.RootDisks.Missing(), "the Instance of a node is not in the list")
	}
	if disk.Type != nil && *disk.Type == "l_ssd" {
		return false, nil
	}
	volume, ok := volumes[disk.VolumeID]
	switch {
	case !ok:
		return false, absent(project.Volumes.Missing(), "the root disk of a node is not in the list of volumes")
	case volume.KMSKeyID == nil:
		return false, &Gap{Reason: NoAPIField, Needs: "kms_key_id"}
	}
	return *volume.KMSKeyID != "", nil
}
