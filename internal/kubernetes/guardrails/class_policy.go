package guardrails

import (
	"fmt"
	"slices"
	"strings"
)

// classPolicy validates StorageClasses: that of the guardrails, and others of the CSI driver.
func (s Settings) classPolicy() policy {
	pairs := []string{}
	for key, value := range s.parameters() {
		pairs = append(pairs, celString(key)+": "+celString(value))
	}
	slices.Sort(pairs)
	isGuardrailsClass, isScaleway := "object.metadata.name == "+celString(
		s.ClassName,
	), "object.provisioner == "+celString(Provisioner)
	// The driver ignores the case of parameter keys.
	encrypted := expand(`(has(object.parameters) && object.parameters.exists(k, k.lowerAscii() == 'encrypted') && `+
		`object.parameters.all(k, k.lowerAscii() != {kms} && (k.lowerAscii() != 'encrypted' || {true})))`,
		"kms", celString(kmsKey), "true", parsesTrue("object.parameters[k]"))
	return policy{
		name: Classes, resources: inGroup(
			"storage.k8s.io", "storageclasses",
		), operations: onCreate(), rule: alwaysDeny(),
		validations: []validation{
			{
				expression: fmt.Sprintf(
					"!(%s) || %s && has(object.parameters) && object.parameters == {%s}",
					isGuardrailsClass,
					isScaleway,
					strings.Join(pairs, ", "),
				),
				message: fmt.Sprintf(`"HDS-ENC-03: the StorageClass name " + %s + " is reserved for the guardrails, `+
					`and this `+
					`class differs from theirs. Choose another name."`, celString(s.ClassName)),
			},
			{
				expression: fmt.Sprintf(
					"!(%s) || object.metadata.name in %s || %s",
					isScaleway,
					celList(ShippedClasses()),
					encrypted,
				),
				message: celString(
					"HDS-ENC-03: a StorageClass of " + Provisioner + " must have the parameter encrypted \"true\" " +
						"and no Key Manager key (kmsKeyId): with such a key, the driver does not encrypt.",
				),
			},
		},
	}
}
