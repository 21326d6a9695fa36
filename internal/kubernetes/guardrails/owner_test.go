package guardrails_test

import (
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

func TestOwnerRecordRoundTrip(t *testing.T) {
	t.Parallel()
	started := time.Date(2026, 11, 29, 15, 0, 0, 0, time.UTC)
	for _, record := range []guardrails.OwnerRecord{
		{Owner: guardrails.NewOwnerID(), Phase: guardrails.Applied},
		{
			Owner: guardrails.NewOwnerID(), Phase: guardrails.Creating, Settings: `{"iops":5000}`,
			Started: started, Timeout: 30 * time.Minute,
		},
	} {
		metadata, _ := record.Object().Content["metadata"].(map[string]any)
		annotations := map[string]string{}
		for key, value := range metadata["annotations"].(map[string]any) { //nolint:forcetypeassert // a test
			annotations[key], _ = value.(string)
		}
		if found := guardrails.ParseOwnerRecord(annotations); found != record {
			t.Errorf("got %+v, want %+v", found, record)
		}
	}
}

func TestOwnerRecordMayStillRun(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 15, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		phase   guardrails.Phase
		started time.Time
		timeout time.Duration
		want    bool
	}{
		"applied":                {guardrails.Applied, time.Time{}, 0, false},
		"within its timeout":     {guardrails.Creating, now.Add(-time.Minute), time.Hour, true},
		"at its timeout":         {guardrails.Creating, now.Add(-time.Hour), time.Hour, true},
		"older than its timeout": {guardrails.Creating, now.Add(-time.Hour - time.Second), time.Hour, false},
		"no start":               {guardrails.Creating, time.Time{}, time.Hour, true},
		"no timeout":             {guardrails.Creating, now.Add(-time.Hour), 0, true},
		"start in the future":    {guardrails.Creating, now.Add(time.Hour), time.Minute, true},
	} {
		record := guardrails.OwnerRecord{Phase: test.phase, Started: test.started, Timeout: test.timeout}
		if got := record.MayStillRun(now); got != test.want {
			t.Errorf("%s: got %t, want %t", name, got, test.want)
		}
	}
}
