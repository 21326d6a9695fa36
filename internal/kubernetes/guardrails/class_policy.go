package guardrails

import (
	"fmt"
	"slices"
	"strings"
)

func (s Settings) classPolicy() policy {
	pairs := []string{}
	for key, value := range s.parameters() {
		pairs = append(pairs, text(key)+": "+text(value))
	}
	slices.Sort(pairs)
	named, scaleway := "object.metadata.name == "+text(s.ClassName), "object.provisioner == "+text(Provisioner)
	// The driver reads the keys of parameters in any case.
	encrypted := expand(`(has(object.parameters) && object.parameters.exists(k, k.lowerAscii() == 'encrypted') && `+
		`object.parameters.all(k, k.lowerAscii() != {kms} && (k.lowerAscii() != 'encrypted' || {true})))`,
		"kms", text(kmsKey), "true", parsesTrue("object.parameters[k]"))
	return policy{
		name: Classes, resources: only("storage.k8s.io", "storageclasses"), operations: onCreate(), rule: always(),
		checks: []check{
			{
				expression: fmt.Sprintf(
					"!(%s) || %s && has(object.parameters) && object.parameters == {%s}", named, scaleway, strings.Join(pairs, ", "),
				),
				message: fmt.Sprintf(`"HDS-ENC-03: the StorageClass " + %s + " belongs to the guardrails, and has other `+
					`parameters than theirs. Choose another name."`, text(s.ClassName)),
			},
			{
				expression: fmt.Sprintf("!(%s) || object.metadata.name in %s || %s", scaleway, list(ShippedClasses()), encrypted),
				message: text("HDS-ENC-03: a StorageClass of " + Provisioner + " must have the parameter encrypted \"true\", and " +
					"no key of a key manager: the driver encrypts nothing then."),
			},
		},
	}
}
