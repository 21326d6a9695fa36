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

// adminClient returns a client with the rights of an administrator.
func (s *Server) adminClient() (*dynamic.DynamicClient, error) {
	return dynamic.NewForConfig(&rest.Config{
		Host: s.url, BearerToken: s.token, TLSClientConfig: rest.TLSClientConfig{CAData: s.ca}, QPS: -1,
		WarningHandlerWithContext: rest.NoWarnings{},
	})
}

// resourceV1 returns a resource of version v1.
func resourceV1(group, name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: group, Version: "v1", Resource: name}
}

// manifest is an object to create.
type manifest struct {
	resource  schema.GroupVersionResource
	namespace string
	content   map[string]any
}

// Seed creates the objects that a new Kapsule cluster has: RBAC for API keys, StorageClasses, and the managed add-ons
// in kube-system.
func (s *Server) Seed(ctx context.Context) error {
	if err := s.SeedRBAC(ctx); err != nil {
		return err
	}
	if err := s.SeedStorageClasses(ctx); err != nil {
		return err
	}
	objects := []manifest{}
	for _, name := range []string{"coredns", "metrics-server"} {
		objects = append(objects, addonManifest("deployments", "Deployment", name))
	}
	for _, name := range []string{"cilium", "csi-node", "kube-proxy"} {
		objects = append(objects, addonManifest("daemonsets", "DaemonSet", name))
	}
	return s.createAll(ctx, objects)
}

// SeedRBAC binds the groups of Scaleway's permission sets to roles: cluster-write has all rights, cluster-read may
// read everything except Secrets.
func (s *Server) SeedRBAC(ctx context.Context) error {
	const group = "rbac.authorization.k8s.io"
	bind := func(name, role string) manifest {
		return manifest{resourceV1(group, "clusterrolebindings"), "", map[string]any{
			"apiVersion": group + "/v1", "kind": "ClusterRoleBinding", "metadata": map[string]any{"name": name},
			"roleRef":  map[string]any{"apiGroup": group, "kind": "ClusterRole", "name": role},
			"subjects": []any{map[string]any{"apiGroup": group, "kind": "Group", "name": name}},
		}}
	}
	readRule := func(groups, resources []any) map[string]any {
		return map[string]any{"apiGroups": groups, "resources": resources, "verbs": []any{"get", "list", "watch"}}
	}
	return s.createAll(ctx, []manifest{
		{resourceV1(group, "clusterroles"), "", map[string]any{
			"apiVersion": group + "/v1", "kind": "ClusterRole", "metadata": map[string]any{
				"name": "scaleway:cluster-read",
			},
			"rules": []any{
				readRule([]any{""}, []any{
					"configmaps", "namespaces", "nodes", "persistentvolumeclaims", "persistentvolumes", "pods",
					"replicationcontrollers", "services", "serviceaccounts",
				}),
				readRule(
					[]any{
						"apps", "batch", "networking.k8s.io", "storage.k8s.io", "admissionregistration.k8s.io",
					}, []any{"*"},
				),
			},
		}},
		bind("scaleway:cluster-write", "cluster-admin"), bind("scaleway:cluster-read", "scaleway:cluster-read"),
	})
}

// SeedStorageClasses creates the StorageClasses of a new Kapsule cluster. None of them encrypts volumes.
func (s *Server) SeedStorageClasses(ctx context.Context) error {
	objects := []manifest{}
	for name, iops := range map[string]string{"sbs-default": "", "sbs-5k": "5000", "sbs-15k": "15000"} {
		metadata := map[string]any{"name": name}
		content := map[string]any{
			"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": metadata,
			"provisioner":   "csi.scaleway.com",
			"reclaimPolicy": "Delete", "allowVolumeExpansion": true, "volumeBindingMode": "WaitForFirstConsumer",
		}
		if iops == "" {
			metadata["annotations"] = map[string]any{"storageclass.kubernetes.io/is-default-class": "true"}
		} else {
			content["parameters"] = map[string]any{"iops": iops}
		}
		objects = append(objects, manifest{resourceV1("storage.k8s.io", "storageclasses"), "", content})
	}
	return s.createAll(ctx, objects)
}

// addonManifest returns a workload in kube-system like those that Scaleway manages.
func addonManifest(plural, kind, name string) manifest {
	labels := map[string]any{"k8s-app": name}
	return manifest{resourceV1("apps", plural), "kube-system", map[string]any{
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

// createAll creates objects, except those that already exist.
func (s *Server) createAll(ctx context.Context, objects []manifest) error {
	client, err := s.adminClient()
	if err != nil {
		return err
	}
	for _, m := range objects {
		object := &unstructured.Unstructured{Object: m.content}
		_, err := resourceClient(
			client,
			m.resource,
			m.namespace,
		).Create(ctx, object, metav1.CreateOptions{FieldManager: "kapsule"})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("seed %s %s: %w", m.resource.Resource, object.GetName(), err)
		}
	}
	return nil
}

// resourceClient returns the client of a resource in a namespace, or in the cluster if namespace is "".
func resourceClient(
	client dynamic.Interface,
	gvr schema.GroupVersionResource,
	namespace string,
) dynamic.ResourceInterface {
	if namespace == "" {
		return client.Resource(gvr)
	}
	return client.Resource(gvr).Namespace(namespace)
}

// ScalewayUsers returns three users: an administrator, a user with read access, and a user without rights. As on
// Scaleway, the token of a user is the secret key of an API key, the name is scaleway:bearer:ID, and the groups are
// those of the permission sets.
func ScalewayUsers(adminToken, adminID, readerToken, unprivilegedToken string) []User {
	return []User{
		{
			Token: adminToken, Name: "scaleway:bearer:" + adminID, Groups: []string{
				"scaleway:cluster-write", "scaleway:cluster-read",
			},
		},
		{Token: readerToken, Name: "scaleway:bearer:reader", Groups: []string{"scaleway:cluster-read"}},
		{Token: unprivilegedToken, Name: "scaleway:bearer:unprivileged"},
	}
}
