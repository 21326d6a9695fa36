package scaleway

import (
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestSplitID(t *testing.T) {
	t.Parallel()
	const uuid = "abcdef00-4444-4444-4444-444444444444"
	for _, test := range []struct {
		id       string
		fallback scw.Region
		region   scw.Region
		err      string
	}{
		{"fr-par/" + uuid, "nl-ams", "fr-par", ""},
		{uuid, "nl-ams", "nl-ams", ""},
		{strings.ToUpper(uuid), "fr-par", "fr-par", ""},
		{" fr-par/" + uuid + "\n", "", "fr-par", ""},
		{uuid, "", "", "has no region, and the provider has no default region; write fr-par/UUID"},
		{"/" + uuid, "fr-par", "", "has no region"},
		{"fr-par-1/" + uuid, "fr-par", "", "starts with the zone fr-par-1"},
		{"paris 1/" + uuid, "fr-par", "", "is not a region; regions are fr-par, nl-ams"},
		{"us-east/" + uuid, "fr-par", "", `starts with "us-east", which is not a region; regions are fr-par, nl-ams, ` +
			`pl-waw, it-mil`},
		{"fr-par/nope", "fr-par", "", "is not an id; write region/UUID"},
		{"fr-par/" + uuid + "/x", "fr-par", "", "is not an id"},
		{"", "fr-par", "", "is not an id"},
	} {
		gotRegion, gotID, err := SplitID(test.id, test.fallback)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("SplitID(%q) error = %v, want %q", test.id, err, test.err)
			}
			continue
		}
		if err != nil || gotRegion != test.region || gotID != uuid {
			t.Errorf("SplitID(%q) = %q, %q, %v, want %q, %q", test.id, gotRegion, gotID, err, test.region, uuid)
		}
		if joined := JoinID(gotRegion, gotID); joined != string(test.region)+"/"+uuid {
			t.Errorf("JoinID = %q", joined)
		}
	}
}

func TestSplitZonedID(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		id   string
		zone scw.Zone
		err  string
	}{
		{"fr-par-2/" + testID, "fr-par-2", ""},
		{testID, "fr-par-1", ""},
		{"fr-par/" + testID, "", "starts with the region fr-par"},
		{"x/" + testID, "", "is not a zone"},
		{"us-east-1/" + testID, "", `starts with "us-east-1", which is not a zone; zones are fr-par-1, `},
		{"x", "", "write zone/UUID"},
	} {
		zone, id, err := SplitZonedID(test.id, "fr-par-1")
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("SplitZonedID(%q) error = %v, want %q", test.id, err, test.err)
			}
			continue
		}
		if err != nil || zone != test.zone || id != testID || JoinZonedID(zone, id) != string(test.zone)+"/"+testID {
			t.Errorf("SplitZonedID(%q) = %q, %q, %v", test.id, zone, id, err)
		}
	}
}
