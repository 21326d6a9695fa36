package guardrails

import (
	"strings"

	"sigs.k8s.io/yaml"
)

// Manifests are the policies and their bindings as one YAML text, for Git and for checks without a cluster. The rest
// does not belong in Git: the Secrets; the Role of what is known, which is that of one cluster; the StorageClass, which
// cannot be changed in place; and the namespace, whose deletion takes the passphrases along.
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
