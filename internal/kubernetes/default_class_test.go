package kubernetes

import (
	"reflect"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// TestOtherDefaults finds other default classes: StorageClasses of every driver, VolumeSnapshotClasses of one driver.
func TestOtherDefaults(t *testing.T) {
	t.Parallel()
	class := func(driver, annotation, value string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"driver": driver, "metadata": map[string]any{"annotations": map[string]any{annotation: value}},
		}}
	}
	const snapshots, storage = guardrails.AnnotationDefaultSnapshotClass, guardrails.AnnotationBetaDefaultClass
	for _, test := range []struct {
		kind    classKind
		classes map[string]*unstructured.Unstructured
		want    []DefaultClass
		command string
	}{
		{
			snapshotClassKind(), map[string]*unstructured.Unstructured{
				"own":    class(guardrails.Provisioner, snapshots, "true"),
				"second": class(guardrails.Provisioner, snapshots, "true"),
				"former": class(guardrails.Provisioner, snapshots, "false"),
				"nfs":    class("nfs.csi.k8s.io", snapshots, "true"),
			}, []DefaultClass{{"VolumeSnapshotClass", "second", []string{snapshots}}},
			"kubectl annotate volumesnapshotclass second " + snapshots + "=false --overwrite",
		},
		{
			storageClassKind(), map[string]*unstructured.Unstructured{
				"own": class("", storage, "true"), "old": class("", storage, "true"),
			}, []DefaultClass{{"StorageClass", "old", []string{storage}}},
			"kubectl annotate storageclass old " + storage + "=false --overwrite",
		},
	} {
		found := otherDefaults(test.kind, test.classes, "own")
		if !reflect.DeepEqual(found, test.want) {
			t.Fatalf("%+v, expected %+v", found, test.want)
		}
		if command := found[0].UnmarkCommand(); command != test.command {
			t.Errorf("command %q", command)
		}
	}
}
