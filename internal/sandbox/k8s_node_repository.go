package sandbox

import (
	"net/http"

	"sigs.k8s.io/yaml"
)

// nodeRepositoryPath is where the agent of an external node reads what to install.
const nodeRepositoryPath = "/_sandbox/node-repository"

// routeNodeRepository registers the repository that repo_uri in the metadata of an external node names: for each
// version of Kubernetes the components of a node, and for each component how it is installed. The agent sends no token.
// The sandbox's components have nothing to install: a machine of a test is left as it is.
//
// [INFERRED k8s-node-repository] The format is that of the agent's source; the names of the components are the
// sandbox's choice.
func (s *Server) routeNodeRepository() {
	s.mux.HandleFunc("GET "+nodeRepositoryPath+"/releases.yaml", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		releases := map[string]any{}
		for _, v := range s.versions.list(nil) {
			releases[v.Name] = nodeComponents(v)
		}
		s.mu.Unlock()
		writeYAML(w, map[string]any{"versions": releases})
	})
	s.mux.HandleFunc(
		"GET "+nodeRepositoryPath+"/{component}/metadata.yaml",
		func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			installs := map[string]any{}
			for _, v := range s.versions.list(nil) {
				for _, component := range nodeComponents(v) {
					if component.Name == r.PathValue("component") {
						installs[component.installedVersion(v)] = struct{}{}
					}
				}
			}
			s.mu.Unlock()
			if len(installs) == 0 {
				http.NotFound(w, r)
				return
			}
			writeYAML(w, map[string]any{"versions": installs})
		},
	)
}

// nodeComponent is a component of a node. Without a version, it has that of Kubernetes.
type nodeComponent struct {
	Name      string   `json:"name"`
	Version   string   `json:"version,omitempty"`
	DependsOn []string `json:"depends_on,omitempty"`
}

func (c nodeComponent) installedVersion(v *version) string {
	if c.Version != "" {
		return c.Version
	}
	return v.Name
}

// nodeComponents returns the components of a node in the order of their installation. Those of the container runtime
// have the versions of additional_components, where the version has them.
func nodeComponents(v *version) []nodeComponent {
	found := []nodeComponent{}
	for _, name := range []string{"runc", "containerd", "cni-plugins"} {
		component := nodeComponent{Name: name}
		if info, ok := v.AdditionalComponents[name]; ok {
			component.Version = info.Version
		}
		found = append(found, component)
	}
	return append(found, nodeComponent{Name: "kubelet", DependsOn: []string{"containerd", "cni-plugins"}})
}

func writeYAML(w http.ResponseWriter, value any) {
	raw, err := yaml.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(raw) // an error means that the client disconnected
}
