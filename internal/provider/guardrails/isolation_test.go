package guardrails_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// namespaceLabels returns the labels of the guardrails' namespace.
func (r rig) namespaceLabels(t *testing.T) string {
	t.Helper()
	return r.kube.field(namespaces, "", "srm-system", "metadata", "labels")
}

// TestNamespaceIsIsolated creates the guardrails, tries to create a pod with hostPID in their namespace, and
// destroys them.
func TestNamespaceIsIsolated(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	const pod = `{apiVersion: v1, kind: Pod, metadata: {name: intruder}, spec: {hostPID: true, containers: [{name: ` +
		`main, ` +
		`image: registry.example.org/main:1.0}]}}`
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: r.config(passphrase, 1, "", ""),
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
		Check: func(*terraform.State) error {
			for _, mode := range []string{"enforce", "audit", "warn"} {
				if label := "pod-security.kubernetes.io/" + mode + ":restricted"; !strings.Contains(
					r.namespaceLabels(t), label,
				) {
					return fmt.Errorf("no label %s: %s", label, r.namespaceLabels(t))
				}
			}
			if _, err := r.kube.create(pods, "srm-system", pod); err == nil || !strings.Contains(
				err.Error(), "PodSecurity",
			) {
				return fmt.Errorf("a pod with hostPID: %w", errors.Join(err))
			}
			found := r.kube.field(networkPolicies, "srm-system", "srm-default-deny", "spec")
			if found != "map[podSelector:map[] policyTypes:[Ingress Egress]]" {
				return fmt.Errorf("the NetworkPolicy is %s", found)
			}
			return nil
		},
	}}})
	if found := r.kube.field(networkPolicies, "srm-system", "srm-default-deny", "kind"); found != "absent" {
		t.Errorf("the destroy left the NetworkPolicy: %s", found)
	}
	if found := r.kube.field(namespaces, "", "srm-system", "metadata", "deletionTimestamp"); found == "<nil>" {
		t.Errorf("the destroy left the namespace: %s", found)
	}
}

// TestExistingNamespace uses an existing namespace. Its labels stay, and the destroy removes the labels of the
// guardrails.
func TestExistingNamespace(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	r.kube.mustCreate(namespaces, "", `{apiVersion: v1, kind: Namespace, metadata: {name: srm-system, labels: {team: `+
		`records}}}`)
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: r.config(passphrase, 1, "", ""),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
			Check: func(*terraform.State) error {
				if found := r.namespaceLabels(t); !strings.Contains(
					found, "enforce:restricted",
				) || !strings.Contains(found, "team:records") {
					return fmt.Errorf("the labels are %s", found)
				}
				return nil
			},
		},
	}})
	if found := r.namespaceLabels(t); found != "map[kubernetes.io/metadata.name:srm-system team:records]" {
		t.Errorf("the destroy left the labels %s", found)
	}
	if found := r.kube.field(networkPolicies, "srm-system", "srm-default-deny", "kind"); found != "absent" {
		t.Errorf("the destroy left the NetworkPolicy: %s", found)
	}
}

// TestExistingNamespaceWithPrivilegedLabel uses an existing namespace with a label that conflicts with the isolation.
func TestExistingNamespaceWithPrivilegedLabel(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	r.kube.mustCreate(namespaces, "", `{apiVersion: v1, kind: Namespace, metadata: {name: srm-system, `+
		`labels: {pod-security.kubernetes.io/enforce: privileged}}}`)
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: r.config(passphrase, 1, "", ""),
			ExpectError: regexp.MustCompile(
				`(?s)Namespace/srm-system\s+metadata\.labels\[pod-security\.kubernetes\.io/enforce\]\s+is\s+` +
					`"privileged"`,
			),
		},
	}})
	if found := r.namespaceLabels(t); !strings.Contains(found, "enforce:privileged") {
		t.Errorf("the labels of others were changed: %s", found)
	}
}
