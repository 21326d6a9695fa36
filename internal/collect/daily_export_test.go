package collect_test

import (
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestDailyExport follows the daily runs of an export of Audit Trail: they succeed, fail, and no longer happen. On days
// without another result the digest is the same, although the time of the last run moves.
func TestDailyExport(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	var jobs []struct{ ID string }
	if err := e.Objects("export-jobs", &jobs); err != nil || len(jobs) != 1 {
		t.Fatalf("%v, %v", jobs, err)
	}
	last := assessment.Assessment{}
	for _, day := range []struct {
		name    string
		change  map[string]any
		want    assessment.Result
		changes bool // Whether the digest is another one than on the day before.
	}{
		{"first run", nil, assessment.Pass, true},
		{"second run", nil, assessment.Pass, false},
		{"a run fails", map[string]any{"failure": "access denied"}, assessment.Fail, true},
		{"it fails again", nil, assessment.Fail, false},
		{"repaired", map[string]any{"failure": ""}, assessment.Pass, true},
		{"one run is missing", map[string]any{"stalled": true}, assessment.Pass, false},
		{"two runs are missing", nil, assessment.Fail, true},
		{"three runs are missing", nil, assessment.Fail, false},
	} {
		if day.change != nil {
			if err := e.Patch("export-jobs", jobs[0].ID, day.change); err != nil {
				t.Fatal(err)
			}
		}
		e.Advance(24 * time.Hour)
		one := e.judge(t, e.organization(t, sandbox.AccessKey, sandbox.SecretKey))
		f, _ := one.Finding("audit_trail_export")
		if f.Result != day.want {
			t.Errorf("%s: %s, expected %s: %s", day.name, f.Result, day.want, f.Found.EN)
		}
		t.Logf("%s: %s: %s", day.name, f.Result, f.Found.EN)
		if day.changes == (one.Digest == last.Digest) {
			t.Errorf("%s: the digest was %s and is %s", day.name, last.Digest, one.Digest)
		}
		last = one
	}
}
