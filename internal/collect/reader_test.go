package collect_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestReader checks that facts name the permission sets of their reader, or say why they are not known.
func TestReader(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	id := e.cluster(t, "hds-prod")
	sets := []string{"IAMReadOnly", "KubernetesReadOnly"}
	access, secret := e.newOrganizationKey(t, sets)
	for name, reader := range map[string]assessment.Reader{
		"cluster":      e.collectAs(t, id, access, secret).Reader,
		"organization": e.organization(t, access, secret).Reader,
	} {
		if !slices.Equal(reader.PermissionSets, sets) || !strings.HasPrefix(reader.Principal, "application/") ||
			reader.PermissionSetsUnread != (assessment.Text{}) {
			t.Errorf("%s: %+v", name, reader)
		}
	}
	access, secret = e.newKey(t, []string{"KubernetesReadOnly"})
	facts := e.collectAs(t, id, access, secret)
	if r := facts.Reader; len(r.PermissionSets) > 0 ||
		!strings.Contains(r.PermissionSetsUnread.EN, "not allowed to read it (IAMReadOnly") {
		t.Errorf("without access to IAM: %+v", r)
	}
	if facts.Cluster.Missing() != nil {
		t.Errorf("the cluster was not read: %+v", facts.Cluster.Missing())
	}
	owner := e.collectAs(t, id, sandbox.AccessKey, sandbox.SecretKey).Reader
	if !strings.HasPrefix(owner.Principal, "user/") || len(owner.PermissionSets) > 0 ||
		!strings.Contains(owner.PermissionSetsUnread.EN, "owner") {
		t.Errorf("the owner: %+v", owner)
	}
}
