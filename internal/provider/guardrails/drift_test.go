package guardrails_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestDriftIsDetectedAndRepaired makes many kinds of out-of-band changes, one after another. The next plan shows each
// change, and the next apply reverts it. A changed passphrase is refused instead.
func TestDriftIsDetectedAndRepaired(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	in := r.kube
	life := r.Protocol(t).Resource("srm_hds_guardrails", map[string]any{
		"cluster_id": "fr-par/" + r.cluster,
		"volume_encryption": map[string]any{
			"passphrase_wo": passphrase, "passphrase_wo_version": int64(1),
		},
	})
	apply := func() {
		t.Helper()
		if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
			t.Fatal(output)
		}
		if action, output := life.Plan(t.Context()); action != "no-op" {
			t.Errorf("the action of the next plan is %s: %s", action, output)
		}
		if drift := life.ObjectsAttribute("drift"); len(drift) != 0 {
			t.Errorf("drift after an apply: %v", drift)
		}
	}
	apply()
	for _, test := range []struct {
		name          string
		change        func()
		object, field string
		found         func() string
		wanted        string
	}{
		{"a policy is deleted", func() {
			in.mustDelete(policies, "", "srm-volumes")
		}, "ValidatingAdmissionPolicy/srm-volumes", "",
			func() string { return in.field(policies, "", "srm-volumes", "kind") }, "ValidatingAdmissionPolicy"},
		{"a binding is deleted", func() {
			in.mustDelete(bindings, "", "srm-claims")
		}, "ValidatingAdmissionPolicyBinding/srm-claims", "",
			func() string { return in.field(bindings, "", "srm-claims", "kind") }, "ValidatingAdmissionPolicyBinding"},
		{"a binding only warns", func() {
			in.patch(
				bindings, "", "srm-volumes", `{"spec":{"validationActions":["Warn"]}}`,
			)
		}, "ValidatingAdmissionPolicyBinding/srm-volumes", "spec.validationActions",
			func() string { return in.field(bindings, "", "srm-volumes", "spec", "validationActions") }, "[Deny]"},
		{"a binding excludes a namespace", func() {
			in.patch(
				bindings, "", "srm-claims",
				`{"spec":{"matchResources":{"namespaceSelector":{"matchLabels":{"x":"y"}}}}}`,
			)
		}, "ValidatingAdmissionPolicyBinding/srm-claims", "spec.matchResources",
			func() string { return in.field(bindings, "", "srm-claims", "spec", "matchResources") }, "<nil>"},
		{"a policy ignores failures", func() {
			in.patch(
				policies, "", "srm-restores", `{"spec":{"failurePolicy":"Ignore"}}`,
			)
		}, "ValidatingAdmissionPolicy/srm-restores", "spec.failurePolicy",
			func() string { return in.field(policies, "", "srm-restores", "spec", "failurePolicy") }, "Fail"},
		{"a policy has a condition that is never met", func() {
			in.patch(policies, "", "srm-claims", `{"spec":{"matchConditions":[{"name":"never","expression":"false"}]}}`)
		}, "ValidatingAdmissionPolicy/srm-claims", "spec.matchConditions",
			func() string { return in.field(policies, "", "srm-claims", "spec", "matchConditions") }, "<nil>"},
		{"a policy has other validations", func() {
			in.patch(policies, "", "srm-ingresses", `{"spec":{"validations":[{"expression":"true","message":"fine"}]}}`)
		}, "ValidatingAdmissionPolicy/srm-ingresses", "spec.validations",
			func() string { return in.field(policies, "", "srm-ingresses", "spec", "failurePolicy") }, "Fail"},
		{"the settings are edited", func() {
			in.patch(
				policies, "", "srm-claims", `{"metadata":{"annotations":{"terraform-srm.github.io/settings":"{}"}}}`,
			)
		}, "ValidatingAdmissionPolicy/srm-claims", "metadata.annotations[terraform-srm.github.io/settings]",
			func() string { return in.field(policies, "", "srm-claims", "spec", "failurePolicy") }, "Fail"},
		{"the class is deleted", func() {
			in.mustDelete(classes, "", "srm-encrypted")
		}, "StorageClass/srm-encrypted", "",
			func() string { return in.field(classes, "", "srm-encrypted", "parameters", "encrypted") }, "true"},
		{"the class is not default", func() {
			in.patch(
				classes, "", "srm-encrypted",
				`{"metadata":{"annotations":{"storageclass.kubernetes.io/is-default-class":"false"}}}`,
			)
		}, "StorageClass/srm-encrypted", "metadata.annotations[storageclass.kubernetes.io/is-default-class]",
			func() string {
				return in.field(
					classes, "", "srm-encrypted", "metadata", "annotations",
					"storageclass.kubernetes.io/is-default-class",
				)
			}, "true"},
		{"the class does not expand volumes", func() {
			in.patch(
				classes, "", "srm-encrypted", `{"allowVolumeExpansion":false}`,
			)
		}, "StorageClass/srm-encrypted", "allowVolumeExpansion",
			func() string { return in.field(classes, "", "srm-encrypted", "allowVolumeExpansion") }, "true"},
		{"the Secret is deleted", func() {
			in.mustDelete(secrets, "srm-system", "srm-passphrase-v1")
		}, "Secret/srm-system/srm-passphrase-v1", "",
			func() string { return in.field(secrets, "srm-system", "srm-passphrase-v1", "immutable") }, "true"},
		{"a label is removed", func() {
			in.patch(
				secrets, "srm-system", "srm-passphrase-v1",
				`{"metadata":{"labels":{"app.kubernetes.io/managed-by":null}}}`,
			)
		}, "Secret/srm-system/srm-passphrase-v1", "metadata.labels[app.kubernetes.io/managed-by]",
			func() string {
				return in.field(
					secrets, "srm-system", "srm-passphrase-v1", "metadata", "labels", "app.kubernetes.io/managed-by",
				)
			}, "terraform-provider-srm"},
		{"the Role grants more", func() {
			in.patch(roles, "srm-system", "srm-known", `{"rules":[{"apiGroups":["terraform-srm.github.io"],`+
				`"resources":["olderclaims"],"resourceNames":["a/b/c/d"],"verbs":["use"]}]}`)
		}, "Role/srm-known", "rules",
			func() string {
				return fmt.Sprint(strings.Contains(in.field(roles, "srm-system", "srm-known", "rules"), "a/b/c/d"))
			}, "false"},
		{"the Role is deleted", func() { in.mustDelete(roles, "srm-system", "srm-known") }, "Role/srm-known", "",
			func() string { return in.field(roles, "srm-system", "srm-known", "kind") }, "Role"},
		{"the RoleBinding has another subject", func() {
			in.patch(roleBindings, "srm-system", "srm-known", `{"subjects":[{"kind":"ServiceAccount","name":"other",`+
				`"namespace":"srm-system"}]}`)
		}, "RoleBinding/srm-known", "subjects",
			func() string {
				return fmt.Sprint(
					strings.Contains(in.field(roleBindings, "srm-system", "srm-known", "subjects"), "other"),
				)
			}, "false"},
		{"the RoleBinding binds another role", func() {
			in.mustDelete(roleBindings, "srm-system", "srm-known")
			in.mustCreate(roleBindings, "srm-system", `{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, `+
				`metadata: `+
				`{name: srm-known, labels: {app.kubernetes.io/managed-by: terraform-provider-srm}}, `+
				`roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: other}, subjects: [{kind: `+
				`ServiceAccount, `+
				`name: srm-known, namespace: srm-system}]}`)
		}, "RoleBinding/srm-known", "roleRef.name",
			func() string { return in.field(roleBindings, "srm-system", "srm-known", "roleRef", "name") }, "srm-known"},
		{"the namespace admits checkVolumes pod", func() {
			in.patch(
				namespaces, "", "srm-system",
				`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`,
			)
		}, "Namespace/srm-system", "metadata.labels[pod-security.kubernetes.io/enforce]",
			func() string {
				return in.field(
					namespaces, "", "srm-system", "metadata", "labels", "pod-security.kubernetes.io/enforce",
				)
			}, "restricted"},
		{"the namespace does not warn", func() {
			in.patch(namespaces, "", "srm-system", `{"metadata":{"labels":{"pod-security.kubernetes.io/warn":null}}}`)
		}, "Namespace/srm-system", "metadata.labels[pod-security.kubernetes.io/warn]",
			func() string {
				return in.field(namespaces, "", "srm-system", "metadata", "labels", "pod-security.kubernetes.io/warn")
			}, "restricted"},
		{"the NetworkPolicy is deleted", func() { in.mustDelete(networkPolicies, "srm-system", "srm-default-deny") },
			"NetworkPolicy/srm-default-deny", "",
			func() string {
				return in.field(networkPolicies, "srm-system", "srm-default-deny", "spec", "policyTypes")
			},
			"[Ingress Egress]"},
		{"the NetworkPolicy excludes pods", func() {
			in.patch(
				networkPolicies, "srm-system", "srm-default-deny", `{"spec":{"podSelector":{"matchLabels":{"x":"y"}}}}`,
			)
		}, "NetworkPolicy/srm-default-deny", "spec.podSelector.matchLabels",
			func() string {
				return in.field(networkPolicies, "srm-system", "srm-default-deny", "spec", "podSelector")
			}, "map[]"},
		{"the NetworkPolicy allows egress", func() {
			in.patch(networkPolicies, "srm-system", "srm-default-deny", `{"spec":{"egress":[{}]}}`)
		}, "NetworkPolicy/srm-default-deny", "spec.egress",
			func() string {
				return in.field(networkPolicies, "srm-system", "srm-default-deny", "spec", "egress")
			}, "<nil>"},
	} {
		test.change()
		if action, output := life.Plan(t.Context()); action != "update" {
			t.Errorf("%s: the action of the plan is %s: %s", test.name, action, output)
		}
		drift := life.ObjectsAttribute("drift")
		if len(drift) == 0 || drift[0]["object"] != test.object || drift[0]["field"] != test.field {
			t.Errorf("%s: drift %v, want %s, %s", test.name, drift, test.object, test.field)
		}
		apply()
		if found := test.found(); found != test.wanted {
			t.Errorf("%s: not reverted: %s", test.name, found)
		}
	}
	// The Secret is immutable: a change is a delete and a create.
	replaceSecret := func(phrase string) {
		in.mustDelete(secrets, "srm-system", "srm-passphrase-v1")
		in.mustCreate(secrets, "srm-system", `{apiVersion: v1, kind: Secret, metadata: {name: srm-passphrase-v1}, `+
			`stringData: {encryptionPassphrase: `+phrase+`}}`)
	}
	replaceSecret("something-else-entirely-0123456789")
	acctest.Contains(t, life.Apply(t.Context()), "ERROR: A Secret with a passphrase was changed or deleted",
		"Secret/srm-system/srm-passphrase-v1 data.encryptionPassphrase is another value")
	replaceSecret(passphrase)
	apply()
}

// TestShippedClassesCreatedLater uses a cluster whose shipped classes are created later than the guardrails. No
// recording of the API shows that case.
func TestShippedClassesCreatedLater(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, seedAccessOnly)
	// Kubernetes still reads the beta annotation.
	annotations := map[string]string{
		"sbs-default": "storageclass.kubernetes.io/is-default-class",
		"scw-bssd":    "storageclass.beta.kubernetes.io/is-default-class",
	}
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config(passphrase, 1, "", "")},
		{
			PreConfig: func() {
				for name, annotation := range annotations {
					r.kube.mustCreate(classes, "", `{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: `+
						`{name: `+name+`, `+
						`annotations: {`+annotation+`: "true"}}, provisioner: csi.scaleway.com}`)
				}
			},
			Config: r.config(passphrase, 1, "", ""), PlanOnly: true, // another default class is a warning, not drift
		},
		{
			PreConfig: func() {
				if _, err := r.kube.create(claims, "default", claimManifest("none", "")); err == nil {
					t.Error("a claim of the plaintext class was accepted")
				}
			},
			Config: r.config(passphrase, 1, "iops = 15000", ""),
			Check: func(*terraform.State) error {
				for name, annotation := range annotations {
					if found := r.kube.field(
						classes, "", name, "metadata", "annotations", annotation,
					); found != "false" {
						return fmt.Errorf("%s is still default: %s", name, found)
					}
				}
				return nil
			},
		},
	}})
}

// TestPassphraseVersions writes three versions, and creates a volume with each.
func TestPassphraseVersions(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	phrase := func(version int) string { return fmt.Sprintf("passphrase-of-version-%d-0123456789abcdef", version) }
	steps := []resource.TestStep{}
	for version := 1; version <= 3; version++ {
		steps = append(steps, resource.TestStep{
			Config: r.config(phrase(version), version, "", ""),
			Check: func(*terraform.State) error {
				r.kube.mustCreate(volumes, "", volumeManifest(fmt.Sprintf("pvc-%d", version), version))
				if found := r.kube.field(
					classes, "", "srm-encrypted", "parameters", "csi.storage.k8s.io/node-stage-secret-name",
				); found != fmt.Sprintf("srm-passphrase-v%d", version) {
					return fmt.Errorf("the class points to %s", found)
				}
				return nil
			},
		})
	}
	checkVolumes := func(*terraform.State) error {
		for version := 1; version <= 3; version++ {
			secret := r.kube.field(
				volumes, "", fmt.Sprintf("pvc-%d", version), "spec", "csi", "nodeStageSecretRef", "name",
			)
			if held := r.kube.field(
				secrets, "srm-system", secret, "data", "encryptionPassphrase",
			); held != base64Encode(phrase(version)) {
				return fmt.Errorf(
					"the volume of version %d references %s, which does not hold its passphrase", version, secret,
				)
			}
		}
		return nil
	}
	steps = append(steps,
		resource.TestStep{Config: r.config(phrase(3), 3, "", ""), PlanOnly: true},
		resource.TestStep{
			Config: r.config(phrase(9), 3, "", ""), PlanOnly: true,
		}, // a warning: the passphrase is not used
		resource.TestStep{Config: r.config(phrase(9), 2, "", ""), ExpectError: regexp.MustCompile("The passphrase of " +
			"a version cannot be changed")},
		resource.TestStep{Config: r.config(phrase(2), 2, "", ""), Check: checkVolumes}, // back to an older version
		resource.TestStep{
			PreConfig: func() { r.kube.mustDelete(secrets, "srm-system", "srm-passphrase-v1") },
			Config:    r.config(phrase(2), 2, "", ""), ExpectError: regexp.MustCompile(`(?s)A Secret with a ` +
				`passphrase was ` +
				`changed or deleted.*srm-passphrase-v1 is absent`),
		},
		resource.TestStep{
			PreConfig: func() {
				r.kube.mustCreate(secrets, "srm-system", `{apiVersion: v1, kind: Secret, metadata: {name: `+
					`srm-passphrase-v1}, `+
					`immutable: true, stringData: {encryptionPassphrase: `+phrase(1)+`}}`)
			},
			Config: r.config(phrase(2), 2, "", ""), Check: checkVolumes,
		},
	)
	r.Test(t, resource.TestCase{Steps: steps})
	if err := checkVolumes(nil); err != nil {
		t.Errorf("after the destroy: %v", err)
	}
	if found := r.kube.field(classes, "", "srm-encrypted", "kind"); found != "StorageClass" {
		t.Errorf("the destroy deleted a class that volumes use: %s", found)
	}
	if found := r.kube.field(policies, "", "srm-claims", "kind"); found != "absent" {
		t.Errorf("the destroy left a policy: %s", found)
	}
}
