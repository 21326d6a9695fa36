package sandbox

import "github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

// additionalComponents returns the components that Scaleway ships with a version of Kubernetes, as far as its
// changelogs of 2026 name them.
//
// [INFERRED k8s-additional-components] No recording has the field: its keys are the sandbox's choice.
func additionalComponents(versionName string) map[string]*k8s.ComponentInfo {
	shipped := map[string]map[string]string{
		"1.35.9": {"cilium": "1.18.14", "containerd": "2.2.9", "runc": "1.4.3"},
		"1.36.5": {"calico": "3.32.2", "cilium": "1.19.8", "runc": "1.4.3", "csi-driver": "0.3.5"},
		"1.37.0": {
			"calico": "3.32.1", "cilium": "1.20.1", "kilo": "0.7.0", "containerd": "2.3.4", "runc": "1.5.1",
			"cni-plugins": "1.9.1", "coredns": "1.14.7", "metrics-server": "0.9.0", "csi-driver": "0.3.6",
			"cloud-controller-manager": "0.36.2",
		},
		"1.37.1": {
			"calico": "3.32.2", "cilium": "1.20.1", "kilo": "0.7.0", "containerd": "2.3.6", "runc": "1.5.2",
			"cni-plugins": "1.9.1", "coredns": "1.14.7", "metrics-server": "0.9.0", "csi-driver": "0.3.6",
			"cloud-controller-manager": "0.36.2",
		},
	}
	found := map[string]*k8s.ComponentInfo{}
	for name, component := range shipped[versionName] {
		found[name] = &k8s.ComponentInfo{Version: component}
	}
	return found
}
