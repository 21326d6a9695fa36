package hdsguardrails_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// labelsOf returns the labels of the guardrails' namespace.
func (r rig) labelsOf(t *testing.T) string {
	t.Helper()
	return r.inside.field(namespaces, "", "srm-system", "metadata", "labels")
}

// TestOwnNamespaceIsIsolated creates the guardrails, tries to create a pod with hostPID in their namespace, and
// destroys them.
func TestOwnNamespaceIsIsolated(t *testing.T) {
	t.Parallel()
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
				if label := "pod-security.kubernetes.io/" + mode + ":restricted"; !strings.Contains(r.labelsOf(t), label) {
					return fmt.Errorf("no label %s: %s", label, r.labelsOf(t))
				}
			}
			if _, err := r.inside.create(pods, "srm-system", pod); err == nil || !strings.Contains(err.Error(), "PodSecurity") {
				return fmt.Errorf("a pod with hostPID: %w", errors.Join(err))
			}
			found := r.inside.field(networkPolicies, "srm-system", "srm-default-deny", "spec")
			if found != "map[podSelector:map[] policyTypes:[Ingress Egress]]" {
				return fmt.Errorf("the NetworkPolicy is %s", found)
			}
			return nil
		},
	}}})
	if found := r.inside.field(networkPolicies, "srm-system", "srm-default-deny", "kind"); found != "absent" {
		t.Errorf("the destroy left the NetworkPolicy: %s", found)
	}
	if found := r.inside.field(namespaces, "", "srm-system", "metadata", "deletionTimestamp"); found == "<nil>" {
		t.Errorf("the destroy left the namespace: %s", found)
	}
}

// TestNamespaceOfOthers uses an existing namespace. Its labels stay, and the destroy removes the labels of the
// guardrails.
func TestNamespaceOfOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.inside.must(namespaces, "", `{apiVersion: v1, kind: Namespace, metadata: {name: srm-system, labels: {team: `+
		`records}}}`)
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: r.config(passphrase, 1, "", ""),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
			Check: func(*terraform.State) error {
				if found := r.labelsOf(t); !strings.Contains(
					found, "enforce:restricted",
				) || !strings.Contains(found, "team:records") {
					return fmt.Errorf("the labels are %s", found)
				}
				return nil
			},
		},
	}})
	if found := r.labelsOf(t); found != "map[kubernetes.io/metadata.name:srm-system team:records]" {
		t.Errorf("the destroy left the labels %s", found)
	}
	if found := r.inside.field(networkPolicies, "srm-system", "srm-default-deny", "kind"); found != "absent" {
		t.Errorf("the destroy left the NetworkPolicy: %s", found)
	}
}

// TestNamespaceThatOthersOpened uses an existing namespace with a label that conflicts with the isolation.
func TestNamespaceThatOthersOpened(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.inside.must(namespaces, "", `{apiVersion: v1, kind: Namespace, metadata: {name: srm-system, `+
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
	if found := r.labelsOf(t); !strings.Contains(found, "enforce:privileged") {
		t.Errorf("the labels of others were changed: %s", found)
	}
}
