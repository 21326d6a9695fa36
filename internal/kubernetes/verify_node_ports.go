package kubernetes

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

func nodePortProbes(s guardrails.Settings) []probe {
	templates := s.NodePorts
	if templates.Action == guardrails.Deny {
		templates.Action = guardrails.Warn // the policy refuses only the pods
	}
	labels := map[string]any{"app": "srm-probe"}
	pod := map[string]any{"containers": []any{map[string]any{
		"name": "probe", "image": "probe.invalid/none",
		"ports": []any{map[string]any{"containerPort": int64(443), "hostPort": int64(443)}},
	}}}
	return []probe{
		{
			guardrails.NodePorts,
			s.NodePorts,
			coreResource("services"),
			newProbeObject("v1", "Service", s.Namespace, map[string]any{
				"spec": map[string]any{
					"type": "NodePort", "ports": []any{map[string]any{"port": int64(443), "protocol": "TCP"}},
				},
			}),
		},
		{guardrails.HostPorts, templates, schema.GroupVersionResource{
			Group: "apps", Version: "v1", Resource: "deployments",
		},
			newProbeObject("apps/v1", "Deployment", s.Namespace, map[string]any{"spec": map[string]any{
				"selector": map[string]any{"matchLabels": labels},
				"template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": pod},
			}})},
	}
}
