package apiserver

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// client is the API server's own administrator.
func (s *Server) client() (*dynamic.DynamicClient, error) {
	return dynamic.NewForConfig(&rest.Config{
		Host: s.url, BearerToken: s.token, TLSClientConfig: rest.TLSClientConfig{CAData: s.ca}, QPS: -1,
		WarningHandlerWithContext: rest.NoWarnings{},
	})
}

func resource(group, name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: group, Version: "v1", Resource: name}
}

// manifest is an object to seed.
type manifest struct {
	resource  schema.GroupVersionResource
	namespace string
	content   map[string]any
}

// Seed makes the cluster as Kapsule ships one: access, StorageClasses, and managed add-ons in kube-system.
func (s *Server) Seed(ctx context.Context) error {
	if err := s.SeedAccess(ctx); err != nil {
		return err
	}
	if err := s.SeedClasses(ctx); err != nil {
		return err
	}
	objects := []manifest{}
	for _, name := range []string{"coredns", "metrics-server"} {
		objects = append(objects, addon("deployments", "Deployment", name))
	}
	for _, name := range []string{"cilium", "csi-node", "kube-proxy"} {
		objects = append(objects, addon("daemonsets", "DaemonSet", name))
	}
	return s.create(ctx, objects)
}

// SeedAccess maps the groups of Scaleway's permission sets to roles: cluster-write may do everything, cluster-read may
// look at everything but Secrets.
func (s *Server) SeedAccess(ctx context.Context) error {
	const group = "rbac.authorization.k8s.io"
	bind := func(name, role string) manifest {
		return manifest{resource(group, "clusterrolebindings"), "", map[string]any{
			"apiVersion": group + "/v1", "kind": "ClusterRoleBinding", "metadata": map[string]any{"name": name},
			"roleRef":  map[string]any{"apiGroup": group, "kind": "ClusterRole", "name": role},
			"subjects": []any{map[string]any{"apiGroup": group, "kind": "Group", "name": name}},
		}}
	}
	look := func(groups, resources []any) map[string]any {
		return map[string]any{"apiGroups": groups, "resources": resources, "verbs": []any{"get", "list", "watch"}}
	}
	return s.create(ctx, []manifest{
		{resource(group, "clusterroles"), "", map[string]any{
			"apiVersion": group + "/v1", "kind": "ClusterRole", "metadata": map[string]any{"name": "scaleway:cluster-read"},
			"rules": []any{
				look([]any{""}, []any{
					"configmaps", "namespaces", "nodes", "persistentvolumeclaims", "persistentvolumes", "pods",
					"replicationcontrollers", "services", "serviceaccounts",
				}),
				look([]any{"apps", "batch", "networking.k8s.io", "storage.k8s.io", "admissionregistration.k8s.io"}, []any{"*"}),
			},
		}},
		bind("scaleway:cluster-write", "cluster-admin"), bind("scaleway:cluster-read", "scaleway:cluster-read"),
	})
}

// SeedClasses makes the StorageClasses that Kapsule ships: none of them encrypts.
func (s *Server) SeedClasses(ctx context.Context) error {
	objects := []manifest{}
	for name, iops := range map[string]string{"sbs-default": "", "sbs-5k": "5000", "sbs-15k": "15000"} {
		metadata := map[string]any{"name": name}
		content := map[string]any{
			"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": metadata, "provisioner": "csi.scaleway.com",
			"reclaimPolicy": "Delete", "allowVolumeExpansion": true, "volumeBindingMode": "WaitForFirstConsumer",
		}
		if iops == "" {
			metadata["annotations"] = map[string]any{"storageclass.kubernetes.io/is-default-class": "true"}
		} else {
			content["parameters"] = map[string]any{"iops": iops}
		}
		objects = append(objects, manifest{resource("storage.k8s.io", "storageclasses"), "", content})
	}
	return s.create(ctx, objects)
}

func addon(plural, kind, name string) manifest {
	labels := map[string]any{"k8s-app": name}
	return manifest{resource("apps", plural), "kube-system", map[string]any{
		"apiVersion": "apps/v1", "kind": kind, "metadata": map[string]any{
			"name": name, "namespace": "kube-system", "labels": labels,
		},
		"spec": map[string]any{
			"selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec": map[string]any{
					"containers": []any{map[string]any{"name": name, "image": "rg.fr-par.scw.cloud/k8s/" + name}},
				},
			},
		},
	}}
}

// create makes objects; what is there already stays as it is.
func (s *Server) create(ctx context.Context, objects []manifest) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	for _, o := range objects {
		object := &unstructured.Unstructured{Object: o.content}
		_, err := in(client, o.resource, o.namespace).Create(ctx, object, metav1.CreateOptions{FieldManager: "kapsule"})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("seed %s %s: %w", o.resource.Resource, object.GetName(), err)
		}
	}
	return nil
}

func in(client dynamic.Interface, of schema.GroupVersionResource, namespace string) dynamic.ResourceInterface {
	if namespace == "" {
		return client.Resource(of)
	}
	return client.Resource(of).Namespace(namespace)
}

// ScalewayUsers are an administrator, a user who may look, and a user who may do nothing, as Scaleway's API server
// knows the bearers of API keys: by their secret key, as scaleway:bearer:ID, in the groups of their permission sets.
func ScalewayUsers(administrator, administratorID, reader, nobody string) []User {
	return []User{
		{
			Token: administrator, Name: "scaleway:bearer:" + administratorID, Groups: []string{
				"scaleway:cluster-write", "scaleway:cluster-read",
			},
		},
		{Token: reader, Name: "scaleway:bearer:reader", Groups: []string{"scaleway:cluster-read"}},
		{Token: nobody, Name: "scaleway:bearer:nobody"},
	}
}
