package guardrails_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

const (
	snapshotGroup             = "snapshot.storage.k8s.io"
	annotationSnapshotDefault = "snapshot.storage.kubernetes.io/is-default-class"
)

var (
	crds = schema.GroupVersionResource{
		Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions",
	}
	snapshotClasses = schema.GroupVersionResource{
		Group:    snapshotGroup,
		Version:  "v1",
		Resource: "volumesnapshotclasses",
	}
	volumeSnapshots  = schema.GroupVersionResource{Group: snapshotGroup, Version: "v1", Resource: "volumesnapshots"}
	snapshotSettings = `volume_snapshots = { health_data_namespaces = ["records"] }`
)

// createSnapshotCRDs installs the custom resource definitions of external-snapshotter, as far as the fields that
// decide, and the two classes of Kapsule. It deletes them at the end of the test: a reset of the API server keeps them.
func (in kubeClient) createSnapshotCRDs() {
	in.t.Helper()
	const class = `type: object, required: [driver, deletionPolicy], properties: {driver: {type: string}, ` +
		`deletionPolicy: {type: string, enum: [Delete, Retain]}, parameters: {type: object, additionalProperties: ` +
		`{type: string}}}`
	const snapshot = `type: object, required: [spec], properties: {spec: {type: object, required: [source], ` +
		`properties: {source: {type: object, properties: {persistentVolumeClaimName: {type: string}, ` +
		`volumeSnapshotContentName: {type: string}}}, volumeSnapshotClassName: {type: string}}}, status: ` +
		`{type: object, x-kubernetes-preserve-unknown-fields: true}}`
	for _, crd := range []struct {
		resource           schema.GroupVersionResource
		kind, scope, model string
	}{
		{snapshotClasses, "VolumeSnapshotClass", "Cluster", class},
		{volumeSnapshots, "VolumeSnapshot", "Namespaced", snapshot},
	} {
		name := crd.resource.GroupResource().String()
		in.mustCreate(crds, "", fmt.Sprintf(`{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, `+
			`metadata: {name: %s, annotations: {api-approved.kubernetes.io: unapproved}}, spec: {group: %s, `+
			`scope: %s, names: {plural: %s, kind: %s}, versions: [{name: v1, served: true, storage: true, schema: `+
			`{openAPIV3Schema: {%s}}}]}}`, name, snapshotGroup, crd.scope, crd.resource.Resource, crd.kind, crd.model))
		in.t.Cleanup(func() {
			ctx := context.WithoutCancel(in.t.Context())
			_ = in.resourceClient(crds, "").Delete(ctx, name, metav1.DeleteOptions{})
			in.await("the deletion of "+name, func() bool {
				_, err := in.resourceClient(crd.resource, "").List(ctx, metav1.ListOptions{})
				return apierrors.IsNotFound(err)
			})
		})
		in.await(name, func() bool {
			_, err := in.resourceClient(crd.resource, "").List(in.t.Context(), metav1.ListOptions{})
			return err == nil
		})
	}
	in.mustCreate(snapshotClasses, "", snapshotClass("scw-snapshot", "Delete", "true"))
	in.mustCreate(snapshotClasses, "", snapshotClass("scw-snapshot-retain", "Retain", "false"))
}

// await waits for a condition.
func (in kubeClient) await(what string, isMet func() bool) {
	in.t.Helper()
	deadline := time.After(30 * time.Second)
	for !isMet() {
		select {
		case <-deadline:
			in.t.Fatalf("timeout: %s", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// snapshotClass returns a VolumeSnapshotClass.
func snapshotClass(name, policy, isDefault string) string {
	return fmt.Sprintf(`{apiVersion: %s/v1, kind: VolumeSnapshotClass, metadata: {name: %s, annotations: {%s: %q}}, `+
		`driver: csi.scaleway.com, deletionPolicy: %s}`, snapshotGroup, name, annotationSnapshotDefault, isDefault,
		policy)
}

// snapshot returns a VolumeSnapshot of a class; "" is the default one.
func snapshot(name, class string) string {
	if class != "" {
		class = "volumeSnapshotClassName: " + class + ", "
	}
	return fmt.Sprintf(`{apiVersion: %s/v1, kind: VolumeSnapshot, metadata: {name: %s}, spec: {%ssource: `+
		`{persistentVolumeClaimName: data}}}`, snapshotGroup, name, class)
}

// drySnapshot creates a VolumeSnapshot as a dry run.
func (in kubeClient) drySnapshot(namespace, class string) error {
	in.t.Helper()
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(snapshot("new", class)), &object.Object); err != nil {
		in.t.Fatal(err)
	}
	_, err := in.resourceClient(volumeSnapshots, namespace).Create(in.t.Context(), object,
		metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	return err
}

// checkSnapshots creates VolumeSnapshots as dry runs. wanted reports whether each is refused, by namespace and class.
func (in kubeClient) checkSnapshots(wanted map[[2]string]bool) {
	in.t.Helper()
	for key, isRefused := range wanted {
		err := in.drySnapshot(key[0], key[1])
		if got := err != nil &&
			strings.Contains(err.Error(), "HDS-BKP-01"); got != isRefused ||
			!isRefused && err != nil {
			in.t.Errorf("namespace %s, class %q: %v, expected a refusal: %t", key[0], key[1], err, isRefused)
		}
	}
}

// checkSnapshotDefaults checks which classes are marked as default.
func (in kubeClient) checkSnapshotDefaults(wanted map[string]string) {
	in.t.Helper()
	for class, want := range wanted {
		if got := in.field(
			snapshotClasses,
			"",
			class,
			"metadata",
			"annotations",
			annotationSnapshotDefault,
		); got != want {
			in.t.Errorf("the default annotation of %s is %q, want %q", class, got, want)
		}
	}
}

// TestVolumeSnapshots adds the settings for snapshots to guardrails, changes and removes them, and destroys guardrails
// with them. Existing snapshots stay.
func TestVolumeSnapshots(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	r.kube.createSnapshotCRDs()
	for _, name := range []string{"records", "shop"} {
		r.kube.mustCreate(namespaces, "", `{apiVersion: v1, kind: Namespace, metadata: {name: `+name+`}}`)
	}
	r.kube.mustCreate(volumeSnapshots, "records", snapshot("old", "scw-snapshot"))
	restored := strings.Replace(snapshot("restored", "scw-snapshot"), "persistentVolumeClaimName: data",
		"volumeSnapshotContentName: content", 1)
	old := r.kube.field(volumeSnapshots, "records", "old", "metadata", "resourceVersion")
	active := func(class string) func(*terraform.State) error {
		return func(*terraform.State) error {
			r.kube.checkSnapshotDefaults(map[string]string{
				class: "true", "scw-snapshot": "false", "scw-snapshot-retain": "false",
			})
			if got := r.kube.field(snapshotClasses, "", class, "deletionPolicy"); got != "Retain" {
				t.Errorf("deletionPolicy of %s: %s", class, got)
			}
			// Velero restores a VolumeSnapshot with its content and its class: the content decides what is deleted.
			r.kube.mustCreate(volumeSnapshots, "records", restored)
			if err := r.kube.resourceClient(volumeSnapshots, "records").Delete(
				t.Context(), "restored", metav1.DeleteOptions{},
			); err != nil {
				t.Error(err)
			}
			r.kube.checkSnapshots(map[[2]string]bool{
				{"records", "scw-snapshot"}: true, {"records", "scw-snapshot-retain"}: false, {"records", class}: false,
				{"records", ""}: false, {"shop", "scw-snapshot"}: false, {"records", "unknown"}: false,
			})
			return nil
		}
	}
	inactive := func(*terraform.State) error {
		r.kube.checkSnapshotDefaults(map[string]string{
			"scw-snapshot": "true", "scw-snapshot-retain": "false", "srm-snapshot-retain": "absent", "other": "absent",
		})
		// The API server enforces a deleted policy for a moment.
		r.kube.await(
			"the end of the policy",
			func() bool { return r.kube.drySnapshot("records", "scw-snapshot") == nil },
		)
		if got := r.kube.field(policies, "", "srm-volume-snapshots", "metadata", "name"); got != "absent" {
			t.Error("the policy is still there")
		}
		return nil
	}
	empty := resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	named := `volume_snapshots = { health_data_namespaces = ["records"], class_name = "other" }`
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config(passphrase, 1, "", ""), Check: inactive, ConfigPlanChecks: empty},
		{
			Config: r.config(passphrase, 1, "", snapshotSettings), Check: active("srm-snapshot-retain"),
			ConfigPlanChecks: empty,
		},
		{
			PreConfig: func() {
				// Another default that deletes: a VolumeSnapshot without a class is refused.
				r.kube.patch(snapshotClasses, "", "scw-snapshot",
					`{"metadata":{"annotations":{"`+annotationSnapshotDefault+`":"true"}}}`)
				r.kube.await("the refusal of the default class", func() bool {
					return r.kube.drySnapshot("records", "") != nil
				})
				r.kube.patch(snapshotClasses, "", "srm-snapshot-retain", `{"deletionPolicy":"Delete"}`)
			},
			Config: r.config(passphrase, 1, "", named), Check: active("other"), ConfigPlanChecks: empty,
		},
		{
			PreConfig: func() {
				r.kube.checkSnapshotDefaults(map[string]string{"srm-snapshot-retain": "absent"})
				r.kube.mustDelete(snapshotClasses, "", "other")
			},
			Config: r.config(passphrase, 1, "", named), Check: active("other"), ConfigPlanChecks: empty,
		},
		{Config: r.config(passphrase, 1, "", ""), Check: inactive, ConfigPlanChecks: empty},
		{Config: r.config(passphrase, 1, "", snapshotSettings), Check: active("srm-snapshot-retain")},
		{
			ResourceName:                         "srm_hds_guardrails.test",
			ImportState:                          true,
			ImportStateId:                        "fr-par/" + r.cluster + "/guardrails",
			ImportStateVerify:                    true,
			ImportStateVerifyIdentifierAttribute: "id",
			ImportStateVerifyIgnore:              []string{"timeouts"},
		},
	}})
	_ = inactive(nil)
	if got := r.kube.field(volumeSnapshots, "records", "old", "metadata", "resourceVersion"); got != old {
		t.Errorf("the old snapshot was changed: %s, was %s", got, old)
	}
}

// TestVolumeSnapshotsWithoutCRDs applies the settings in a cluster that does not serve VolumeSnapshotClasses.
func TestVolumeSnapshotsWithoutCRDs(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config:      r.config(passphrase, 1, "", snapshotSettings),
			ExpectError: regexp.MustCompile(`(?s)does\s+not\s+serve\s+VolumeSnapshotClasses.*external-snapshotter`),
		},
		{PreConfig: r.kube.createSnapshotCRDs, Config: r.config(passphrase, 1, "", snapshotSettings)},
	}})
}

// TestVolumeSnapshotsValidation checks the values that a plan refuses.
func TestVolumeSnapshotsValidation(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	steps := []resource.TestStep{}
	for value, want := range map[string]string{
		`{ health_data_namespaces = [] }`:                                 `at\s+least\s+1\s+element`,
		`{ health_data_namespaces = ["Records"] }`:                        `Records`,
		`{ health_data_namespaces = ["a"], class_name = "scw-snapshot" }`: `none of`,
		`{ class_name = "own" }`:                                          `health_data_namespaces`,
	} {
		steps = append(steps, resource.TestStep{
			Config: r.config(passphrase, 1, "", "volume_snapshots = "+value), ExpectError: regexp.MustCompile(want),
			PlanOnly: true,
		})
	}
	r.Test(t, resource.TestCase{Steps: steps})
}
