package guardrails

// claimTemplatePolicy warns about workloads and pods whose claims claimPolicy or restorePolicy will refuse: those from
// the volumeClaimTemplates of a StatefulSet, and those of generic ephemeral volumes. A claim without a class is
// accepted: the API server sets the default class, which is that of the guardrails.
func (s Settings) claimTemplatePolicy() policy {
	class := celString(s.ClassName)
	has := func(key string) string { return `(has(c.of.metadata) && ` + hasAnnotationExpr("c.of", key) + `)` }
	attested := `(` + has(
		AnnotationEncryptedSource,
	) + ` && c.of.metadata.annotations[` + celString(AnnotationEncryptedSource) + `] == 'true')`
	p := policy{
		name: ClaimTemplates, operations: onChange(), rule: Rule{Action: Warn}, refusedLater: true,
		resources:  append(workloads(), resources{"", []string{"pods"}}),
		conditions: []namedExpression{notDeleting(), {"pod-is-new", `oldObject == null || request.kind.kind != 'Pod'`}},
		variables: []namedExpression{
			{"spec", `request.kind.kind == 'Pod' ? dyn(object.spec) : dyn(` + podSpecVariable().expression + `)`},
			{"templates", `request.kind.kind == 'StatefulSet' && has(object.spec.volumeClaimTemplates) ? ` +
				`dyn(object.spec.volumeClaimTemplates) : dyn([])`},
			{"ephemeral", `('volumes' in variables.spec ? variables.spec.volumes : []).filter(v, has(v.ephemeral) && ` +
				`has(v.ephemeral.volumeClaimTemplate) && !variables.templates.exists(c, c.metadata.name == v.name))`},
			{"claims", `variables.templates.map(c, {'name': dyn(c.metadata.name), 'of': dyn(c)}) + ` +
				`variables.ephemeral.map(v, {'name': dyn(v.name), 'of': dyn(v.ephemeral.volumeClaimTemplate)})`},
			{"otherClass", expand(`variables.claims.filter(c, (has(c.of.spec.storageClassName) ? `+
				`c.of.spec.storageClassName `+
				`!= {class} : `+
				`{has}) || {has} && c.of.metadata.annotations[{key}] != {class}).map(c, c.name)`,
				"class", class, "has", has(betaClassAnnotation), "key", celString(betaClassAnnotation))},
			{"sources", expand(`variables.claims.filter(c, {clone} || {reference} || (has(c.of.spec.dataSource) || `+
				`has(c.of.spec.dataSourceRef)) && !({attested} && request.namespace in {namespaces})).map(c, c.name)`,
				"clone", isClaimExpr("c.of.spec.dataSource"), "reference", isClaimExpr("c.of.spec.dataSourceRef"),
				"attested", attested, "namespaces", celList(exceptionNamespaces(s.AttestedRestores)))},
		},
	}
	const refused = "HDS-ENC-03: the policies will refuse the claims of these templates "
	p.validations = []validation{
		{
			expression: `size(variables.otherClass) == 0`,
			message: celString(refused+"because they name a StorageClass other than "+s.ClassName+": ") + ` + ` +
				`variables.otherClass.join(', ') + ` +
				celString(". Set their storageClassName to that class, or omit it. The claim templates of a "+
					"StatefulSet are immutable: delete the StatefulSet with --cascade=orphan and create it again."),
		},
		{
			expression: `size(variables.sources) == 0`,
			message: celString(refused+"because their data source is a claim or is not attested to be encrypted: ") +
				` + variables.sources.join(', ') + ` + celString(". Restore a VolumeSnapshot and attest it with the "+
				"annotation "+
				AnnotationEncryptedSource+`: "true" in a namespace listed in attested_restores of srm_hds_guardrails.`),
		},
	}
	return p
}
