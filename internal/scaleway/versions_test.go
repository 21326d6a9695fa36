package scaleway

import (
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

func TestVersions(t *testing.T) {
	t.Parallel()
	versions := []*k8s.Version{{Name: "1.36.1"}, {Name: "1.35.9"}, {Name: "next"}, {Name: "1.35.10"}}
	minor := lifecycle.Minor{Major: 1, Minor: 35}
	if found := HighestPatch(versions, minor); found == nil || found.Name != "1.35.10" {
		t.Errorf("highest patch of %s: %v", minor, found)
	}
	if found := HighestPatch(versions, minor.Next().Next()); found != nil {
		t.Errorf("patch of a minor that is not offered: %v", found)
	}
	if text := JoinMinors(versions); text != "1.35, 1.36" {
		t.Errorf("minors %q", text)
	}
	if text := JoinMinors(nil); text != "none at present" {
		t.Errorf("no minors %q", text)
	}
}
