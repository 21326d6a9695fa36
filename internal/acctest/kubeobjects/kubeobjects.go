// Package kubeobjects holds what tests on a real API server need to create objects of any kind.
package kubeobjects

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
)

// Config returns the configuration of a client of an API server, without a limit of requests and without warnings.
func Config(server *apiserver.Server) (*rest.Config, error) {
	config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		return nil, err
	}
	config.QPS, config.WarningHandlerWithContext = -1, rest.NoWarnings{}
	return config, nil
}

// Resource returns the client of the kind and the namespace of an object.
func Resource(client dynamic.Interface, o *unstructured.Unstructured) dynamic.ResourceInterface {
	plural, _ := meta.UnsafeGuessKindToResource(o.GroupVersionKind())
	if o.GetKind() == "Gateway" {
		plural.Resource = "gateways"
	}
	if o.GetNamespace() == "" {
		return client.Resource(plural)
	}
	return client.Resource(plural).Namespace(o.GetNamespace())
}

// Parse parses the documents of a YAML text that keep accepts. Each is an object.
func Parse(text string, keep func(document string, o *unstructured.Unstructured) bool) (
	[]*unstructured.Unstructured, error,
) {
	found := []*unstructured.Unstructured{}
	for document := range strings.SplitSeq(text, "\n---\n") {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &o.Object); err != nil {
			return nil, fmt.Errorf("%w:\n%s", err, document)
		}
		if len(o.Object) > 0 && (keep == nil || keep(document, o)) {
			found = append(found, o)
		}
	}
	return found, nil
}

// Definition returns a custom resource definition without validation. Scope is Namespaced or Cluster.
func Definition(group, version, plural, kind, scope string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{
			"name": plural + "." + group, "annotations": map[string]any{
				"api-approved.kubernetes.io": "unapproved, test only",
			},
		},
		"spec": map[string]any{
			"group": group, "scope": scope,
			"names": map[string]any{
				"kind": kind, "listKind": kind + "List", "plural": plural, "singular": strings.ToLower(kind),
			},
			"versions": []any{map[string]any{
				"name": version, "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object", "x-kubernetes-preserve-unknown-fields": true,
				}},
			}},
		},
	}}
}
