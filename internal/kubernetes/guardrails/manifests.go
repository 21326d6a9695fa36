package guardrails

import (
	"strings"

	"sigs.k8s.io/yaml"
)

// Manifests returns the policies and their bindings as a YAML text, for Git and for checks without a cluster. The other
// objects do not belong in Git: the Secrets, the Role with the lookup data of one cluster, the StorageClass, which is
// immutable, and the namespace, whose deletion deletes the passphrases.
func (s Settings) Manifests() (string, error) {
	documents := []string{}
	for _, o := range s.Objects() {
		if o.Kind != KindPolicy && o.Kind != KindBinding {
			continue
		}
		document, err := yaml.Marshal(o.Content)
		if err != nil {
			return "", err
		}
		documents = append(documents, string(document))
	}
	return strings.Join(documents, "---\n"), nil
}
