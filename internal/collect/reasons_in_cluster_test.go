package collect

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// TestReasonsInCluster checks the reason of each cause of a failed request to the API server.
func TestReasonsInCluster(t *testing.T) {
	t.Parallel()
	const server = "https://11111111.api.k8s.fr-par.scw.cloud:6443"
	for cause, want := range map[kubernetes.Reason]assessment.Gap{
		kubernetes.Refused:       {Reason: assessment.Unreachable, Needs: server},
		kubernetes.Unreachable:   {Reason: assessment.Unreachable, Needs: server},
		kubernetes.ProxyResponse: {Reason: assessment.Unreachable, Needs: server},
		kubernetes.Untrusted:     {Reason: assessment.Untrusted, Needs: server},
		kubernetes.Unauthorized:  {Reason: assessment.Unauthenticated, Needs: "credentials of the cluster"},
		kubernetes.Forbidden:     {Reason: assessment.Forbidden, Needs: "list pods"},
		kubernetes.NotFound:      {Reason: assessment.NotFound, Needs: "pods"},
		kubernetes.Unavailable:   {Reason: assessment.APIFailed, Needs: "unavailable"},
	} {
		err := fmt.Errorf("list: %w", &kubernetes.Error{Op: "list", Object: "pods", Server: server, Reason: cause})
		got := *gapInCluster(err, "list pods")
		want.Detail = err.Error()
		if got != want {
			t.Errorf("%s: %+v, expected %+v", cause, got, want)
		}
	}
	for _, err := range []error{context.DeadlineExceeded, errors.New("no kubeconfig")} {
		if got := gapInCluster(err, "list pods"); got.Reason != assessment.Unreachable || got.Detail != err.Error() {
			t.Errorf("%v: %+v", err, got)
		}
	}
	if gapInCluster(nil, "list pods") != nil {
		t.Error("a gap without an error")
	}
}
