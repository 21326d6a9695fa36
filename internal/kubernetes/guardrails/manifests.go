package guardrails

import (
	"strings"
	"sync"

	"sigs.k8s.io/yaml"
)

// renderedTexts keeps the last texts of Manifests, by encoded settings. A plan needs the text of each cluster twice,
// and most clusters have the same settings. Rendering a text takes 13 ms.
type renderedTexts struct {
	mu    sync.Mutex
	texts map[string]string
}

// maxRendered limits the memory: a text has 120 kB.
const maxRendered = 16

var rendered = renderedTexts{texts: map[string]string{}} //nolint:gochecknoglobals // a text depends on nothing else

func (r *renderedTexts) get(settings string) (text string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text, ok = r.texts[settings]
	return text, ok
}

func (r *renderedTexts) put(settings, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.texts) >= maxRendered {
		clear(r.texts)
	}
	r.texts[settings] = text
}

// Manifests returns the policies and their bindings as a YAML text, for Git and for checks without a cluster. The other
// objects do not belong in Git: the Secrets, the Role with the lookup data of one cluster, the StorageClass, which is
// immutable, and the namespace, whose deletion deletes the passphrases.
func (s Settings) Manifests() (string, error) {
	settings := s.Encode()
	if text, ok := rendered.get(settings); ok {
		return text, nil
	}
	text, err := s.renderManifests()
	if err == nil {
		rendered.put(settings, text)
	}
	return text, err
}

func (s Settings) renderManifests() (string, error) {
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
