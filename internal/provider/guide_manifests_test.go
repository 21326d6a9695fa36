package provider_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"
)

// manifestClient applies the manifests of a guide to an API server.
type manifestClient struct {
	t      *testing.T
	folder string
	dynamic.Interface
}

func newManifestClient(t *testing.T, kubeconfig []byte, folder string) manifestClient {
	t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.WarningHandlerWithContext = rest.NoWarnings{}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return manifestClient{t, folder, client}
}

// read returns a file of the guide.
func (in manifestClient) read(name string) string {
	in.t.Helper()
	text, err := os.ReadFile(filepath.Join(in.folder, name))
	if err != nil {
		in.t.Fatal(err)
	}
	return string(text)
}

// tryApply applies the objects of a YAML text, up to the first that the API server refuses.
func (in manifestClient) tryApply(text string) error {
	in.t.Helper()
	for document := range strings.SplitSeq(text, "\n---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			in.t.Fatal(err)
		}
		plural, _ := meta.UnsafeGuessKindToResource(object.GroupVersionKind())
		var client dynamic.ResourceInterface = in.Resource(plural)
		if namespace := object.GetNamespace(); namespace != "" {
			client = in.Resource(plural).Namespace(namespace)
		}
		_, err := client.Apply(in.t.Context(), object.GetName(), object, metav1.ApplyOptions{FieldManager: "kubectl"})
		if err != nil {
			return err
		}
	}
	return nil
}

func (in manifestClient) apply(text string) {
	in.t.Helper()
	if err := in.tryApply(text); err != nil {
		in.t.Fatalf("%v:\n%s", err, text)
	}
}

// createSnapshotAPI installs the API of snapshots without a schema, and the default class of Kapsule. It removes them
// at the end of the test.
func (in manifestClient) createSnapshotAPI() {
	in.t.Helper()
	const group = "snapshot.storage.k8s.io"
	for _, kind := range [][3]string{
		{"volumesnapshotclasses", "VolumeSnapshotClass", "Cluster"},
		{"volumesnapshots", "VolumeSnapshot", "Namespaced"},
	} {
		name := kind[0] + "." + group
		in.apply(
			fmt.Sprintf(`{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: %s, `+
				`annotations: {api-approved.kubernetes.io: unapproved}}, spec: {group: %s, scope: %s, names: `+
				`{plural: %s, kind: %s}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: `+
				`{type: object, x-kubernetes-preserve-unknown-fields: true}}}]}}`,
				name, group, kind[2], kind[0], kind[1]),
		)
		resource := schema.GroupVersionResource{Group: group, Version: "v1", Resource: kind[0]}
		in.t.Cleanup(func() {
			_ = in.Resource(schema.GroupVersionResource{
				Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions",
			}).Delete(context.WithoutCancel(in.t.Context()), name, metav1.DeleteOptions{})
		})
		deadline := time.After(30 * time.Second)
		for {
			if _, err := in.Resource(resource).List(in.t.Context(), metav1.ListOptions{}); err == nil {
				break
			}
			select {
			case <-deadline:
				in.t.Fatalf("the API server does not serve %s", name)
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	in.apply(`{apiVersion: ` + group + `/v1, kind: VolumeSnapshotClass, metadata: {name: scw-snapshot, annotations: ` +
		`{snapshot.storage.kubernetes.io/is-default-class: "true"}}, driver: csi.scaleway.com, deletionPolicy: Delete}`)
}
