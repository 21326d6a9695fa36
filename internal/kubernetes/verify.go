package kubernetes

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// probe is an object that a policy must refuse. It is only created as a dry run.
type probe struct {
	policy   string
	rule     guardrails.Rule
	resource schema.GroupVersionResource
	content  map[string]any
}

// EnforcementError reports that the provider could not verify that a policy is enforced.
type EnforcementError struct {
	Policy string
	Err    error
}

func (e *EnforcementError) Error() string {
	return "unable to verify that the policy " + e.Policy + " is enforced: " + e.Err.Error()
}

// Unwrap returns the underlying error.
func (e *EnforcementError) Unwrap() error { return e.Err }

// FieldEnforcement is the field of the difference of a policy whose last verification failed.
const FieldEnforcement = "enforcement"

// NotEnforced returns the difference of a policy whose last verification failed. It cannot be read from the cluster.
func NotEnforced(policy string) Difference {
	return Difference{Object: guardrails.KindPolicy + "/" + policy, Field: FieldEnforcement, Found: "not verified"}
}

// VerifyEnforced sends dry-run requests that the policies must refuse or warn about, until they do. It skips policies
// that only audit, which the response does not show, and policies on APIs that are not installed. The returned notes
// are sentences about policies that could not be tested. Its errors are of type EnforcementError.
func (c *Client) VerifyEnforced(ctx context.Context, s guardrails.Settings) ([]string, error) {
	notes, isLookupOpen := []string{}, false
	snapshots, err := c.snapshotProbes(ctx, s)
	if err != nil {
		return nil, &EnforcementError{guardrails.Snapshots, err}
	}
	for _, p := range append(allProbes(s), snapshots...) {
		if p.rule.Action == guardrails.Audit {
			continue
		}
		if p.policy == guardrails.KubeSystemChanges {
			self, err := c.whoAmI(ctx)
			if err != nil {
				return nil, &EnforcementError{p.policy, err}
			}
			if slices.Contains(s.Users, self.User) || slices.ContainsFunc(
				self.Groups, func(g string) bool { return slices.Contains(s.Groups, g) },
			) {
				notes = append(notes, fmt.Sprintf("The provider could not verify that the policy %s is enforced: the "+
					"policy allows the provider's own identity %s.", p.policy, self.User))
				continue
			}
		}
		message, err := c.verifyProbe(ctx, p)
		if err != nil {
			return nil, &EnforcementError{p.policy, err}
		}
		isLookupOpen = isLookupOpen || p.policy == guardrails.KnownVolumes && guardrails.IsOpenLookupMessage(message)
	}
	access := lookupAccess{client: c, settings: s}
	if isLookupOpen {
		return nil, &EnforcementError{guardrails.KnownVolumes, access.findOpenBindings(ctx)}
	}
	switch openErr, err := access.checkSingleNames(ctx); {
	case err != nil:
		return nil, &EnforcementError{guardrails.KnownVolumes, err}
	case openErr != nil:
		return nil, &EnforcementError{guardrails.KnownVolumes, openErr}
	}
	return notes, nil
}

// verifyProbe sends one probe and returns the message of the policy.
func (c *Client) verifyProbe(ctx context.Context, p probe) (string, error) {
	limited, cancel := context.WithTimeout(ctx, enforcementTimeout)
	defer cancel()
	for pause := c.Interval; ; pause = min(pause+pause/2, time.Second) {
		warnings, err := c.dryRunCreate(ctx, p.resource, &unstructured.Unstructured{Object: p.content})
		message := strings.Join(warnings, "\n")
		if p.rule.Action == guardrails.Deny && err != nil {
			message = err.Error()
		}
		switch {
		case strings.Contains(message, "ValidatingAdmissionPolicy '"+p.policy+"'"):
			return message, nil
		case p.policy == guardrails.Gateways && IsUnknownAPI(err):
			return "", nil
		case err != nil && !Is(err, Denied) && !Is(err, Forbidden) && !Is(err, NotFound):
			return "", err
		}
		if sleep(limited, pause) != nil {
			if ctx.Err() != nil {
				return "", ctx.Err()
			}
			result := "the API server accepted it"
			if err != nil {
				result = err.Error()
			}
			return "", fmt.Errorf("a request that it must refuse was sent for %s: %s", enforcementTimeout, result)
		}
	}
}

// allProbes returns the probes of all policies.
func allProbes(s guardrails.Settings) []probe {
	found := []probe{}
	for _, group := range [][]probe{
		storageProbes(s), loadBalancerProbes(s), ingressProbes(s), podProbes(s), kubeSystemProbes(s), nodePortProbes(s),
	} {
		found = append(found, group...)
	}
	return found
}

func coreResource(resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: resource}
}

// newProbeObject returns an object with the name of all probes. An empty namespace means cluster scope.
func newProbeObject(apiVersion, kind, namespace string, fields map[string]any) map[string]any {
	metadata := map[string]any{"name": "srm-probe"}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	fields["apiVersion"], fields["kind"], fields["metadata"] = apiVersion, kind, metadata
	return fields
}

// withAnnotations adds annotations to an object.
func withAnnotations(object map[string]any, annotations map[string]any) map[string]any {
	metadata, _ := object["metadata"].(map[string]any)
	metadata["annotations"] = annotations
	return object
}

// alwaysDeny returns the rule of policies whose action cannot be changed.
func alwaysDeny() guardrails.Rule { return guardrails.Rule{Action: guardrails.Deny} }

func storageProbes(s guardrails.Settings) []probe {
	claim := func(class string, source map[string]any) map[string]any {
		spec := map[string]any{
			"accessModes": []any{"ReadWriteOnce"}, "storageClassName": class,
			"resources": map[string]any{"requests": map[string]any{"storage": "1Gi"}},
		}
		if source != nil {
			spec["dataSource"] = source
		}
		return newProbeObject("v1", "PersistentVolumeClaim", s.Namespace, map[string]any{"spec": spec})
	}
	volume := func(extra map[string]any) map[string]any {
		spec := map[string]any{
			"accessModes": []any{"ReadWriteOnce"}, "capacity": map[string]any{"storage": "1Gi"},
			"csi": map[string]any{"driver": guardrails.Provisioner, "volumeHandle": "srm-probe"},
		}
		maps.Copy(spec, extra)
		return newProbeObject("v1", "PersistentVolume", "", map[string]any{"spec": spec})
	}
	provisioned := func(object map[string]any) map[string]any {
		return withAnnotations(object, map[string]any{guardrails.AnnotationProvisionedBy: guardrails.Provisioner})
	}
	return []probe{
		{guardrails.Claims, alwaysDeny(), claims, claim("srm-probe", nil)},
		{guardrails.Restores, alwaysDeny(), claims, claim(s.ClassName, map[string]any{
			"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "srm-probe",
		})},
		{guardrails.Volumes, alwaysDeny(), volumes, volume(nil)},
		{guardrails.KnownVolumes, alwaysDeny(), volumes, provisioned(volume(map[string]any{
			"claimRef": map[string]any{
				"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": s.Namespace, "name": "srm-probe",
				"uid": "probe",
			},
			"csi": map[string]any{
				"driver": guardrails.Provisioner, "volumeHandle": "srm-probe",
				"volumeAttributes": map[string]any{guardrails.AttributeProvisioner: "srm-probe"},
			},
		}))},
		{guardrails.Classes, alwaysDeny(), storageClasses, newProbeObject("storage.k8s.io/v1", guardrails.KindClass, "",
			map[string]any{
				"provisioner": guardrails.Provisioner,
			})},
	}
}

func loadBalancerProbes(s guardrails.Settings) []probe {
	service := func() map[string]any {
		return newProbeObject("v1", "Service", s.Namespace, map[string]any{"spec": map[string]any{
			"type": "LoadBalancer", "ports": []any{map[string]any{"port": int64(443), "protocol": "TCP"}},
		}})
	}
	return []probe{
		{guardrails.LoadBalancers, s.LoadBalancers, coreResource("services"), service()},
		// The object satisfies the policy on Load Balancers, because the API server reports only one of two refusals.
		{guardrails.BackendTLS, guardrails.Rule{Action: s.BackendTLS}, coreResource("services"),
			withAnnotations(service(), map[string]any{
				"service.beta.kubernetes.io/scw-loadbalancer-certificate-ids": "00000000-0000-0000-0000-000000000000",
				"service.beta.kubernetes.io/scw-loadbalancer-protocol-http":   "true",
			})},
	}
}

func ingressProbes(s guardrails.Settings) []probe {
	return []probe{
		{guardrails.Ingresses, s.Ingress, schema.GroupVersionResource{
			Group: "networking.k8s.io", Version: "v1", Resource: "ingresses",
		},
			newProbeObject("networking.k8s.io/v1", "Ingress", s.Namespace, map[string]any{"spec": map[string]any{
				"rules": []any{map[string]any{"host": "srm-probe.invalid"}},
			}})},
		{guardrails.Gateways, s.Ingress, schema.GroupVersionResource{
			Group: "gateway.networking.k8s.io", Version: "v1", Resource: "gateways",
		},
			newProbeObject("gateway.networking.k8s.io/v1", "Gateway", s.Namespace,
				map[string]any{"spec": map[string]any{
					"gatewayClassName": "srm-probe", "listeners": []any{
						map[string]any{"name": "http", "port": int64(8080), "protocol": "HTTP"},
					},
				}})},
	}
}

func podProbes(s guardrails.Settings) []probe {
	// Pod Security admission runs before the policies, so the pod meets the restricted standard otherwise.
	pod := func(volume map[string]any) map[string]any {
		volume["name"] = "probe"
		return map[string]any{
			"securityContext": map[string]any{
				"runAsNonRoot": true, "seccompProfile": map[string]any{"type": "RuntimeDefault"},
			},
			"containers": []any{map[string]any{
				"name": "probe", "image": "probe.invalid/none", "securityContext": map[string]any{
					"allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []any{"ALL"}},
				},
			}},
			"volumes": []any{volume},
		}
	}
	inlineVolume := func() map[string]any {
		return pod(map[string]any{"csi": map[string]any{"driver": "probe.invalid"}})
	}
	labels := map[string]any{"app": "srm-probe"}
	return []probe{
		{guardrails.NodeDisk, s.NodeDisk, coreResource("pods"), newProbeObject("v1", "Pod", s.Namespace, map[string]any{
			"spec": pod(map[string]any{"emptyDir": map[string]any{}}),
		})},
		{
			guardrails.PodVolumes, alwaysDeny(), coreResource("pods"), newProbeObject(
				"v1", "Pod", s.Namespace, map[string]any{"spec": inlineVolume()},
			),
		},
		{guardrails.PodTemplates, guardrails.Rule{Action: guardrails.Warn}, schema.GroupVersionResource{
			Group: "apps", Version: "v1", Resource: "deployments",
		},
			newProbeObject("apps/v1", "Deployment", s.Namespace, map[string]any{"spec": map[string]any{
				"selector": map[string]any{"matchLabels": labels},
				"template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": inlineVolume()},
			}})},
		{guardrails.ClaimTemplates, guardrails.Rule{Action: guardrails.Warn}, schema.GroupVersionResource{
			Group: "apps", Version: "v1", Resource: "deployments",
		},
			newProbeObject("apps/v1", "Deployment", s.Namespace, map[string]any{"spec": map[string]any{
				"selector": map[string]any{"matchLabels": labels},
				"template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": pod(map[string]any{
					"ephemeral": map[string]any{"volumeClaimTemplate": map[string]any{"spec": map[string]any{
						"accessModes": []any{"ReadWriteOnce"}, "storageClassName": "srm-probe",
						"resources": map[string]any{"requests": map[string]any{"storage": "1Gi"}},
					}}},
				})},
			}})},
	}
}

func kubeSystemProbes(s guardrails.Settings) []probe {
	return []probe{{guardrails.KubeSystemChanges, s.KubeSystem, configMaps,
		newProbeObject("v1", "ConfigMap", guardrails.KubeSystem, map[string]any{"data": map[string]any{}})}}
}
