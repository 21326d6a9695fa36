package kubernetes

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// probe is an object that a policy must refuse; it is only ever tried.
type probe struct {
	policy   string
	rule     guardrails.Rule
	resource schema.GroupVersionResource
	content  map[string]any
}

// Prove tries requests that the policies must refuse, or warn of, until they do. A policy that only audits leaves no
// trace that can be seen here, and an API that is not installed cannot be tried: they are passed over. It returns what
// could not be proven, as sentences.
func (c *Client) Prove(ctx context.Context, s guardrails.Settings) ([]string, error) {
	notes := []string{}
	for _, p := range probes(s) {
		if p.rule.Action == guardrails.Audit {
			continue
		}
		if p.policy == guardrails.Changes {
			me, err := c.whoAmI(ctx)
			if err != nil {
				return nil, err
			}
			if slices.Contains(s.Users, me.User) || slices.ContainsFunc(me.Groups, func(g string) bool { return slices.Contains(s.Groups, g) }) {
				notes = append(notes, fmt.Sprintf("That the policy %s is in force could not be tried: the provider's own identity %s is one that it lets through.", p.policy, me.User))
				continue
			}
		}
		if err := c.prove(ctx, p); err != nil {
			return nil, err
		}
	}
	return notes, nil
}

func (c *Client) prove(ctx context.Context, p probe) error {
	patience, cancel := context.WithTimeout(ctx, inForce)
	defer cancel()
	for pause := c.Interval; ; pause = min(pause+pause/2, time.Second) {
		warnings, err := c.tryCreate(ctx, p.resource, &unstructured.Unstructured{Object: p.content})
		said := strings.Join(warnings, "\n")
		if p.rule.Action == guardrails.Deny && err != nil {
			said = err.Error()
		}
		switch {
		case strings.Contains(said, "ValidatingAdmissionPolicy '"+p.policy+"'"):
			return nil
		case Is(err, NotFound) && p.policy == guardrails.Gateways:
			return nil
		case err != nil && !Is(err, Denied) && !Is(err, Forbidden) && !Is(err, NotFound):
			return err
		}
		if sleep(patience, pause) != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			answer := "it was accepted"
			if err != nil {
				answer = err.Error()
			}
			return fmt.Errorf("the policy %s is not in force after %s: what it must refuse was tried, and %s", p.policy, inForce, answer)
		}
	}
}

func probes(s guardrails.Settings) []probe {
	always := guardrails.Rule{Action: guardrails.Deny}
	core := func(resource string) schema.GroupVersionResource {
		return schema.GroupVersionResource{Version: "v1", Resource: resource}
	}
	object := func(apiVersion, kind, namespace string, fields map[string]any) map[string]any {
		metadata := map[string]any{"name": "srm-probe"}
		if namespace != "" {
			metadata["namespace"] = namespace
		}
		fields["apiVersion"], fields["kind"], fields["metadata"] = apiVersion, kind, metadata
		return fields
	}
	claim := func(class string, source map[string]any) map[string]any {
		spec := map[string]any{
			"accessModes": []any{"ReadWriteOnce"}, "storageClassName": class,
			"resources": map[string]any{"requests": map[string]any{"storage": "1Gi"}},
		}
		if source != nil {
			spec["dataSource"] = source
		}
		return object("v1", "PersistentVolumeClaim", s.Namespace, map[string]any{"spec": spec})
	}
	port := map[string]any{"port": int64(80), "protocol": "TCP"}
	return []probe{
		{guardrails.Claims, always, core("persistentvolumeclaims"), claim("srm-probe", nil)},
		{guardrails.Restores, always, core("persistentvolumeclaims"), claim(s.ClassName, map[string]any{
			"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "srm-probe",
		})},
		{guardrails.Volumes, always, volumes, object("v1", "PersistentVolume", "", map[string]any{"spec": map[string]any{
			"accessModes": []any{"ReadWriteOnce"}, "capacity": map[string]any{"storage": "1Gi"},
			"csi": map[string]any{"driver": guardrails.Provisioner, "volumeHandle": "srm-probe"},
		}})},
		{guardrails.Classes, always, storageClasses, object("storage.k8s.io/v1", guardrails.KindClass, "", map[string]any{"provisioner": guardrails.Provisioner})},
		{guardrails.LoadBalancers, s.LoadBalancers, core("services"), object("v1", "Service", s.Namespace, map[string]any{
			"spec": map[string]any{"type": "LoadBalancer", "ports": []any{port}},
		})},
		{guardrails.Ingresses, s.Ingress, schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"},
			object("networking.k8s.io/v1", "Ingress", s.Namespace, map[string]any{"spec": map[string]any{"rules": []any{map[string]any{"host": "srm-probe.invalid"}}}})},
		{guardrails.Gateways, s.Ingress, schema.GroupVersionResource{Group: "gateway.networking.k8s.io", Version: "v1", Resource: "gateways"},
			object("gateway.networking.k8s.io/v1", "Gateway", s.Namespace, map[string]any{"spec": map[string]any{
				"gatewayClassName": "srm-probe", "listeners": []any{map[string]any{"name": "http", "port": int64(80), "protocol": "HTTP"}},
			}})},
		{guardrails.NodeDisk, s.NodeDisk, core("pods"), object("v1", "Pod", s.Namespace, map[string]any{"spec": map[string]any{
			"containers": []any{map[string]any{"name": "probe", "image": "probe.invalid/none"}},
			"volumes":    []any{map[string]any{"name": "disk", "emptyDir": map[string]any{}}},
		}})},
		{guardrails.Changes, s.KubeSystem, core("configmaps"), object("v1", "ConfigMap", guardrails.KubeSystem, map[string]any{"data": map[string]any{}})},
	}
}
