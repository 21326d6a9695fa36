package collect

import (
	"errors"
	"slices"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// TestBucketFacts converts buckets of which all, a part and nothing could be read.
func TestBucketFacts(t *testing.T) {
	t.Parallel()
	read := &scaleway.Bucket{Name: "b"}
	read.Region.Value = "fr-par"
	read.Lifecycle.Value = []scaleway.LifecycleRule{
		{Enabled: true, Expires: true}, {Enabled: true, StorageClasses: []string{"GLACIER", "ONEZONE_IA"}},
		{Enabled: true, StorageClasses: []string{"GLACIER"}}, {StorageClasses: []string{"OTHER"}},
	}
	found := newBucket("b", read, nil)
	if found.Region.Missing() != nil || *found.Region.Value != "fr-par" || found.Transitions.Missing() != nil ||
		!slices.Equal(found.Transitions.Items, []string{"GLACIER", "ONEZONE_IA"}) {
		t.Errorf("%+v", found)
	}
	part := &scaleway.Bucket{Name: "b"}
	part.Region.Value, part.Lifecycle.Err = "fr-par", errors.New("no answer")
	found = newBucket("b", part, nil)
	if found.Region.Missing() != nil || found.Transitions.Missing() == nil ||
		found.Transitions.Missing().Reason != assessment.Unreachable {
		t.Errorf("without lifecycle rules: %+v", found)
	}
	gap := &assessment.Gap{Reason: assessment.Forbidden, Needs: "ObjectStorageReadOnly in the Project"}
	found = newBucket("b", nil, gap)
	if found.Region.Missing() != gap || found.Transitions.Missing() != gap {
		t.Errorf("unread: %+v", found)
	}
}
