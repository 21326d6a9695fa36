package tfkit

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

func TestParseAsOf(t *testing.T) {
	t.Parallel()
	for text, valid := range map[string]bool{
		"2026-11-24T00:00:00Z": true, "2026-11-24T01:30:00+01:00": true, "2026-11-24": false, "today": false,
	} {
		if err := checkAsOf(text); (err == nil) != valid {
			t.Errorf("as_of %q: %v", text, err)
		}
		if _, _, err := ParseAsOf(types.StringValue(text), nil); (err == nil) != valid {
			t.Errorf("parsing as_of %q: %v", text, err)
		}
	}
	noon := func() time.Time { return time.Date(2026, 11, 24, 0, 30, 0, 0, time.FixedZone("CET", 3600)) }
	at, value, err := ParseAsOf(types.StringNull(), noon)
	if err != nil || !at.Equal(
		time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC),
	) || value.ValueString() != "2026-11-23T00:00:00Z" {
		t.Errorf("the default is %s, %s, %v", at, value, err)
	}
	at, value, err = ParseAsOf(types.StringValue("2027-01-01T01:00:00+01:00"), noon)
	if err != nil || !at.Equal(
		time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
	) || value.ValueString() != "2027-01-01T01:00:00+01:00" {
		t.Errorf("got %s, %s, %v", at, value, err)
	}
}

func TestForcedUpgradeWindow(t *testing.T) {
	t.Parallel()
	end := time.Date(2027, 3, 19, 0, 0, 0, 0, time.UTC)
	dates := DatesFromAPI(&k8s.Version{EndOfLifeAt: &end})
	if dates != (lifecycle.Dates{EndOfSupportAt: end}) {
		t.Errorf("got %+v", dates)
	}
	window := NewForcedUpgradeWindow(dates)
	if window == nil || window.Start.ValueString() != "2027-03-19T00:00:00Z" ||
		window.End.ValueString() != "2027-04-18T00:00:00Z" {
		t.Errorf("got %+v", window)
	}
	if none := NewForcedUpgradeWindow(DatesFromAPI(&k8s.Version{})); none != nil {
		t.Errorf("got the window %+v without an end of support", none)
	}
}
