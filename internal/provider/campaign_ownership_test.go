package provider_test

import (
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// ownershipRecordName is the name of the ValidatingAdmissionPolicy that records the owner of the guardrails.
const ownershipRecordName = "srm-owner"

// writesOwnershipRecord reports whether a request, as returned by guarded.requestKinds, writes the ownership record: it
// is created with a POST, its phase is changed with a PUT, and it is removed with a DELETE. All other policies are
// applied with a PATCH.
func writesOwnershipRecord(request string) bool {
	method, path, _ := strings.Cut(request, " ")
	return method == "POST" && strings.HasSuffix(path, "/validatingadmissionpolicies") ||
		(method == "PUT" || method == "DELETE") && strings.HasSuffix(path, "/"+ownershipRecordName)
}

// ownershipProblem returns how the ownership record differs from the state, or an empty string.
func (g *guarded) ownershipProblem() string {
	g.t.Helper()
	of := schema.GroupVersionResource{
		Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicies",
	}
	record, err := g.client.Resource(of).Get(g.t.Context(), ownershipRecordName, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return "the cluster has no ownership record"
	case err != nil:
		g.t.Fatal(err)
	}
	const domain = "terraform-srm.github.io/"
	owner, phase := record.GetAnnotations()[domain+"owner"], record.GetAnnotations()[domain+"phase"]
	if owner != g.resource.StringAttribute("owner_id") || phase != "applied" {
		return "the ownership record names " + owner + ", phase " + phase + "; the state has " +
			g.resource.StringAttribute("owner_id")
	}
	return ""
}

// TestOwnershipRecordCampaign injects every fault into each write of the ownership record: the first and the last write
// of a create, and the last write of a destroy. Afterwards the record names the owner in the state, or does not exist.
func TestOwnershipRecordCampaign(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	c := newGuardedCampaign(t)
	requests := 0
	for _, operation := range operations() {
		kinds, _ := c.runWithoutFaults(operation)
		for _, n := range firstPositions(kinds) {
			if writesOwnershipRecord(kinds[n]) {
				c.runCells(operation, campaignFaults(requests), n, c.apiServer.AddFault)
				requests++
			}
		}
	}
	if requests != 3 {
		t.Errorf("%d requests write the ownership record, want 3: two of a create and one of a destroy", requests)
	}
	t.Logf("%d cells", c.cells)
	c.table.compareWithGuide(t)
}
