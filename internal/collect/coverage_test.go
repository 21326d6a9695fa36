package collect

import (
	"reflect"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// TestCoverageOfSchedules reads what schedules back up.
func TestCoverageOfSchedules(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]assessment.Coverage{
		`{}`: {},
		`spec: {template: {includedNamespaces: ["*"], excludedNamespaces: [kube-system]}}`: {
			Excluded: []string{"kube-system"},
		},
		`spec: {template: {includedNamespaces: [records], includedResources: ["*"]}}`: {Included: []string{"records"}},
		`spec: {template: {includedResources: [secrets]}}`:                            {Partial: true},
		`spec: {template: {labelSelector: {matchLabels: {a: b}}}}`:                    {Partial: true},
		`spec: {template: {snapshotVolumes: false}}`:                                  {Partial: true},
		`spec: {template: {snapshotVolumes: false, defaultVolumesToFsBackup: true}}`:  {},
	} {
		if got := veleroCoverage(object(t, text)); !reflect.DeepEqual(got, want) {
			t.Errorf("Velero, %s: %+v", text, got)
		}
	}
	got := cloudNativeCoverage(object(t, `{metadata: {namespace: db}, spec: {cluster: {name: records}}}`))
	if !reflect.DeepEqual(got, assessment.Coverage{Included: []string{"db/records"}}) {
		t.Errorf("CloudNativePG: %+v", got)
	}
	got = k8upCoverage(object(t, `{metadata: {namespace: db}, spec: {backup: {labelSelectors: [{}]}}}`))
	if !reflect.DeepEqual(got, assessment.Coverage{Included: []string{"db"}, Partial: true}) {
		t.Errorf("k8up: %+v", got)
	}
}

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		t.Fatal(err)
	}
	return o
}
