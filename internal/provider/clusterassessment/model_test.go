package clusterassessment

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// maxStateBytes is the largest state of the data source.
const maxStateBytes = 500_000

// TestStateSize checks the size of the state of a large cluster: each check has 3000 objects with a deviation.
func TestStateSize(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	found := assessment.Evaluate(assessment.Facts{ReadAt: at, ClusterID: "fr-par/11111111-1111-4111-8111-111111111111"},
		assessment.Options{AsOf: at, HDS: true, Layers: assessment.Layers()})
	text := strings.Repeat("x", 250)
	for i := range found.Findings {
		f := &found.Findings[i]
		f.Found = assessment.Text{EN: text, FR: text}
		for n := range 3000 {
			id := fmt.Sprintf("fr-par-1/%08d-1111-4111-8111-111111111111", n)
			f.Subjects = append(f.Subjects, id)
			f.Evidence = append(f.Evidence, assessment.Evidence{
				Subject: id, Source: "GET /k8s/v1/regions/fr-par/clusters/11111111-1111-4111-8111-111111111111/nodes",
				Attribute: "public_ip_v4", Value: "203.0.113.17",
			})
		}
	}
	m := newModel(arguments{}, found)
	encoded, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if len(encoded) > maxStateBytes {
		t.Errorf("%d bytes, more than %d", len(encoded), maxStateBytes)
	}
	if len(m.Findings[0].Subjects) != maxSubjects || m.Findings[0].SubjectCount != 3000 {
		t.Errorf("%d of %d subjects", len(m.Findings[0].Subjects), m.Findings[0].SubjectCount)
	}
	t.Logf("%d bytes, %d findings", len(encoded), len(m.Findings))
}
