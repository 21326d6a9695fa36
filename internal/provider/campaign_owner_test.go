package provider_test

import (
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// ownerMark is the object that names the owner of the guardrails.
const ownerMark = "srm-owner"

// writesMark says whether a request of kinds writes the mark: the plain POST of a policy, the change of its phase, its
// removal. Every other policy is applied, with a PATCH.
func writesMark(request string) bool {
	method, path, _ := strings.Cut(request, " ")
	return method == "POST" && strings.HasSuffix(path, "/validatingadmissionpolicies") ||
		(method == "PUT" || method == "DELETE") && strings.HasSuffix(path, "/"+ownerMark)
}

// owned says what is wrong with the mark of guardrails that are in the state.
func (g *guarded) owned() string {
	g.t.Helper()
	of := schema.GroupVersionResource{
		Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicies",
	}
	mark, err := g.objects.Resource(of).Get(g.t.Context(), ownerMark, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return "the cluster has no mark of the owner"
	case err != nil:
		g.t.Fatal(err)
	}
	const domain = "terraform-srm.github.io/"
	owner, phase := mark.GetAnnotations()[domain+"owner"], mark.GetAnnotations()[domain+"phase"]
	if owner != g.life.Text("owner_id") || phase != "applied" {
		return "the mark names " + owner + ", phase " + phase + ", the state has " + g.life.Text("owner_id")
	}
	return ""
}

// TestOwnerCampaign meets each write of the mark of the owner with every fault: the first and the last write of a
// create, and the last of a destroy. The guardrails end with one owner, that of the state, or with no mark.
func TestOwnerCampaign(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	c := newGuardedCampaign(t)
	requests := 0
	for _, operation := range operations() {
		kinds, _ := c.withoutFaults(operation)
		for _, n := range distinct(kinds) {
			if writesMark(kinds[n]) {
				c.meetEach(operation, campaign(requests), n, c.inside.AddFault)
				requests++
			}
		}
	}
	if requests != 3 {
		t.Errorf("%d requests write the mark, want 3: two of a create and one of a destroy", requests)
	}
	t.Logf("%d cells", c.cells)
	c.table.compare(t)
}
