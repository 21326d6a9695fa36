package tfkit

import (
	"errors"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

func TestSplitObjectID(t *testing.T) {
	t.Parallel()
	const uuid = "11111111-1111-1111-1111-111111111111"
	for id, want := range map[string]scw.Region{
		"fr-par/" + uuid: scw.RegionFrPar, uuid: scw.RegionNlAms, "fr-par-1/" + uuid: "", "patients": "", "": "",
	} {
		region, found, err := splitObjectID(id, scw.RegionNlAms, "node")
		if want == "" {
			var problem *compliance.Problem
			if !errors.As(err,
				&problem) || problem.Summary != "The id of the node is malformed" || problem.Allowed == "" {
				t.Errorf("%q: %v", id, err)
			}
			continue
		}
		if err != nil || region != want || found != uuid {
			t.Errorf("%q: %s, %s, %v", id, region, found, err)
		}
	}
}
