package guardrails

// claimTemplatePolicy warns of workloads and pods whose claims claimPolicy and restorePolicy will refuse: those of the
// volumeClaimTemplates of a StatefulSet, and those of generic ephemeral volumes. The API server gives a claim without a
// class the default one, which is that of the guardrails.
func (s Settings) claimTemplatePolicy() policy {
	class := text(s.ClassName)
	has := func(key string) string { return `(has(c.of.metadata) && ` + hasAnnotation("c.of", key) + `)` }
	attested := `(` + has(
		AnnotationEncryptedSource,
	) + ` && c.of.metadata.annotations[` + text(AnnotationEncryptedSource) + `] == 'true')`
	p := policy{
		name: ClaimTemplates, operations: onChange(), rule: Rule{Action: Warn}, refusedLater: true,
		resources:  append(workloads(), resources{"", []string{"pods"}}),
		conditions: []named{notDeleting(), {"pod-is-new", `oldObject == null || request.kind.kind != 'Pod'`}},
		variables: []named{
			{"spec", `request.kind.kind == 'Pod' ? dyn(object.spec) : dyn(` + podOfTemplate().expression + `)`},
			{"templates", `request.kind.kind == 'StatefulSet' && has(object.spec.volumeClaimTemplates) ? ` +
				`dyn(object.spec.volumeClaimTemplates) : dyn([])`},
			{"ephemeral", `('volumes' in variables.spec ? variables.spec.volumes : []).filter(v, has(v.ephemeral) && ` +
				`has(v.ephemeral.volumeClaimTemplate) && !variables.templates.exists(c, c.metadata.name == v.name))`},
			{"claims", `variables.templates.map(c, {'name': dyn(c.metadata.name), 'of': dyn(c)}) + ` +
				`variables.ephemeral.map(v, {'name': dyn(v.name), 'of': dyn(v.ephemeral.volumeClaimTemplate)})`},
			{"otherClass", expand(`variables.claims.filter(c, (has(c.of.spec.storageClassName) ? c.of.spec.storageClassName `+
				`!= {class} : `+
				`{has}) || {has} && c.of.metadata.annotations[{key}] != {class}).map(c, c.name)`,
				"class", class, "has", has(betaClass), "key", text(betaClass))},
			{"sources", expand(`variables.claims.filter(c, {clone} || {reference} || (has(c.of.spec.dataSource) || `+
				`has(c.of.spec.dataSourceRef)) && !({attested} && request.namespace in {namespaces})).map(c, c.name)`,
				"clone", isClaim("c.of.spec.dataSource"), "reference", isClaim("c.of.spec.dataSourceRef"),
				"attested", attested, "namespaces", list(namespacesOf(s.AttestedRestores)))},
		},
	}
	const refused = "HDS-ENC-03: claims of templates will be refused, "
	p.checks = []check{
		{
			expression: `size(variables.otherClass) == 0`,
			message: text(refused+"as they name another StorageClass than "+s.ClassName+": ") + ` + ` +
				`variables.otherClass.join(', ') + ` +
				text(". Set their storageClassName to it, or leave it out. The templates of a StatefulSet cannot be changed: "+
					"delete it with --cascade=orphan, and create it again."),
		},
		{
			expression: `size(variables.sources) == 0`,
			message: text(refused+"as they have a data source that is not attested to be encrypted, or is a claim: ") +
				` + variables.sources.join(', ') + ` + text(". Restore a VolumeSnapshot, and attest it with the annotation "+
				AnnotationEncryptedSource+`: "true", in a namespace that attested_restores of srm_hds_guardrails lists.`),
		},
	}
	return p
}
